"""How long the bank keeps what isn't the books: the section [retention] of config.toml, in days."""

from dataclasses import dataclass
from typing import Annotated

import msgspec


@dataclass(frozen=True, slots=True)
class Retention:
    """The least of each is kept by the database too, whatever stands here."""

    drafts_days: Annotated[int, msgspec.Meta(ge=2)]
    codes_days: Annotated[int, msgspec.Meta(ge=2)]
    notices_days: Annotated[int, msgspec.Meta(ge=7)]
    messages_days: Annotated[int, msgspec.Meta(ge=365)]
    sign_ins_days: Annotated[int, msgspec.Meta(ge=30)]
    faults_days: Annotated[int, msgspec.Meta(ge=30)]
