"""Suggestions and complaints ("Sugjerime & Ankesa", R41). The law gives 15 working days to answer a complaint."""

from dega.bank import Bank
from dega.contact.limits import BY_HAND, Author, Sent
from dega.contact.messages import LONGEST_EXPECTED, keep, read_said, text_refusal
from dega.contact.words import Kind
from dega.errors import KindMissing, Refusal, Refusals, TextMissing
from dega.ids import TextError, clean_text

_KINDS: dict[str, Kind] = {"suggestion": "suggestion", "complaint": "complaint"}


async def complain(
    bank: Bank,
    author: Author,
    kind: str,
    name: str,
    contact: str,
    text: str,
    expected: str = "",
    sent: Sent = BY_HAND,
) -> str:
    """Keep a `suggestion` or a `complaint` and, if its author says so, what they expect of the bank; its reference.

    The same form sent twice is one letter. Raises Refusals with all that is wrong in `kind`, `name`, `contact`, `text`
    and `expected`, and only then what speaks against the form; TooManyLetters, PartAway.
    """
    refusals: list[Refusal] = []
    known = _KINDS.get(kind)
    if known is None:
        refusals.append(KindMissing("kind"))
    said = read_said(author, name, contact, text, refusals)
    if expected.strip():
        try:
            said = said._replace(expected=clean_text(expected, LONGEST_EXPECTED, lines=True))
        except TextError as error:
            refusals.append(text_refusal(error, "expected", TextMissing, LONGEST_EXPECTED))
    if known is None or refusals:
        raise Refusals(refusals)
    return await keep(bank, author, known, "other", said, sent)
