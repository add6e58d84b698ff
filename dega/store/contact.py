"""What people said: messages, suggestions and complaints."""

from dataclasses import dataclass
from datetime import datetime

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("contact")


@dataclass(frozen=True, slots=True)
class MessageRow:
    """What whoever said it may see again; `received_at` in UTC."""

    reference: str
    kind: str
    text: str
    received_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """What whoever answers it must see; `received_at` in UTC."""

    reference: str
    kind: str
    name: str
    contact: str
    text: str
    language: str
    received_at: datetime
    state: str


async def keep(
    connection: Connection,
    reference: str,
    kind: str,
    customer_id: int | None,
    name: str,
    contact: str,
    text: str,
    language: str,
) -> bool:
    """Keep it under this reference; False where the reference is given already."""
    kept: int | None = await connection.fetchval(
        _sql.keep_message, reference, kind, customer_id, name, contact, text, language
    )
    return kept is not None


async def messages_of(connection: Connection, customer_id: int, most: int) -> list[MessageRow]:
    """What the customer said last, newest first."""
    return [MessageRow(*row) for row in await connection.fetch(_sql.messages_of, customer_id, most)]


async def message_by_contact(connection: Connection, reference: str, contact: str) -> MessageRow | None:
    """The message with this reference, if this is the contact that was left with it."""
    row = await connection.fetchrow(_sql.message_by_contact, reference, contact)
    return MessageRow(*row) if row else None


async def inbox(connection: Connection, state: str, most: int) -> list[InboxRow]:
    """What is in this state, the oldest first."""
    return [InboxRow(*row) for row in await connection.fetch(_sql.inbox, state, most)]


async def message(connection: Connection, reference: str) -> InboxRow | None:
    """All of one message."""
    row = await connection.fetchrow(_sql.message, reference)
    return InboxRow(*row) if row else None


async def move(connection: Connection, reference: str, state: str, earlier: list[str]) -> bool:
    """Move it to the state from one of the earlier ones; False where it is in none of them."""
    moved: int | None = await connection.fetchval(_sql.move_message, reference, state, earlier)
    return moved is not None
