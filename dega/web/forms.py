"""What was typed: read once, kept, and given back beside the sentences about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from dega.errors import NotFound, Refusal
from dega.i18n import Language, sentence_of


class Typed(dict[str, str]):
    """The fields of a form; one that wasn't sent is empty."""

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class FieldError:
    """A sentence about one field; `field` is empty where it concerns the whole form, `code` where it is no refusal."""

    field: str
    text: str
    code: str = ""


async def read(request: web.Request) -> Typed:
    """The fields that were posted, trimmed (but for passwords). Files and repeated fields are not taken."""
    posted = await request.post()
    return Typed(
        {
            name: value if "password" in name else value.strip()
            for name, value in posted.items()
            if isinstance(value, str)
        }
    )


def read_query(request: web.Request) -> Typed:
    """The fields of the address, trimmed."""
    return Typed({name: value.strip() for name, value in request.query.items()})


def read_id(text: str) -> UUID:
    """What an address or a hidden field names. Raises NotFound."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


def sentences(language: Language, refusals: Iterable[Refusal]) -> list[FieldError]:
    """The refusals as sentences in the order of the form."""
    return [FieldError(refusal.field or "", sentence_of(language, refusal), refusal.code) for refusal in refusals]


def by_field(errors: Iterable[FieldError]) -> Mapping[str, str]:
    """The first sentence about each field."""
    found = Typed()
    for error in errors:
        found.setdefault(error.field, error.text)
    return found
