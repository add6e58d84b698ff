"""The inbox of the staff: what was said, who said it, where to answer; and the state that its author is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from dega.audit import Actor, record
from dega.bank import Bank
from dega.contact.messages import Kind, State
from dega.errors import NotFound
from dega.ids import CodeError, parse_message_reference
from dega.store import contact as store

EARLIER: dict[State, list[str]] = {"received": [], "answered": ["received"], "closed": ["received", "answered"]}
"""From which states each is reached: a message only moves forwards."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, suggestion or complaint, as staff see it; `received_at` in UTC."""

    reference: str
    kind: Kind
    name: str
    contact: str
    text: str
    language: str
    received_at: datetime
    state: State


async def inbox(bank: Bank, state: State = "received", most: int = 50) -> list[Letter]:
    """What is in this state, the oldest first."""
    async with bank.database.connection() as connection:
        return [_letter(row) for row in await store.inbox(connection, state, most)]


async def read(bank: Bank, reference: str, actor: Actor) -> Letter:
    """One letter, by its reference however it is typed; that it was read is kept. Raises NotFound."""
    reference = _parse(reference)
    async with bank.database.transaction() as connection:
        row = await store.message(connection, reference)
        if row is None:
            raise NotFound()
        await record(connection, actor, "message.read", f"message:{reference}")
    return _letter(row)


async def mark(bank: Bank, reference: str, state: State, actor: Actor) -> None:
    """Move a letter on, as staff (no other role may). Raises NotFound where it isn't in an earlier state."""
    reference = _parse(reference)
    async with bank.database.transaction() as connection:
        if not await store.move(connection, reference, state, EARLIER[state]):
            raise NotFound()
        await record(connection, actor, f"message.{state}", f"message:{reference}")


def _parse(reference: str) -> str:
    try:
        return parse_message_reference(reference)
    except CodeError:
        raise NotFound() from None


def _letter(row: store.InboxRow) -> Letter:
    return Letter(
        row.reference,
        cast(Kind, row.kind),
        row.name,
        row.contact,
        row.text,
        row.language,
        row.received_at,
        cast(State, row.state),
    )
