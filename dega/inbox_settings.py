"""`[inbox]` of config.toml: how soon people are answered, who is reminded of it, and how much one of them may write."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

Days = Annotated[int, msgspec.Meta(ge=1, le=60)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Inbox:
    """What `config.toml` says about each key holds here; days are working days. The law allows 15 for a complaint."""

    complaint_days: Annotated[int, msgspec.Meta(ge=1, le=15)]
    message_days: Days
    reminder_days: Annotated[int, msgspec.Meta(ge=0, le=15)]
    reminder_email: Annotated[str, msgspec.Meta(pattern=r"^([^@\s]+@[^@\s]+)?$")]
    least_seconds: Annotated[int, msgspec.Meta(ge=0, le=60)]
    hourly_strangers: Count
    daily_customer: Count
    authority_address: Text
    authority_url: Annotated[str, msgspec.Meta(pattern=r"^https://")]
