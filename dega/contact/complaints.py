"""Suggestions and complaints ("Sugjerime & Ankesa", R41). The law gives 15 working days to answer a complaint."""

from dega.audit import Actor
from dega.bank import Bank
from dega.contact.messages import Kind, keep, read_said
from dega.errors import KindMissing, Refusal, Refusals
from dega.i18n import Language

ANSWERED_WITHIN_WORKING_DAYS = 15
"""Law 55/2020 on payment services."""

_KINDS: dict[str, Kind] = {"suggestion": "suggestion", "complaint": "complaint"}


async def complain(
    bank: Bank,
    kind: str,
    name: str,
    contact: str,
    text: str,
    customer_id: int | None,
    language: Language,
    actor: Actor,
) -> str:
    """Keep a `suggestion` or a `complaint`; its reference.

    Raises Refusals with all that is wrong in `kind`, `name`, `contact` and `text`.
    """
    refusals: list[Refusal] = []
    known = _KINDS.get(kind)
    if known is None:
        refusals.append(KindMissing("kind"))
    said = read_said(name, contact, text, refusals)
    if known is None or refusals:
        raise Refusals(refusals)
    return await keep(bank, known, said, customer_id, language, actor)
