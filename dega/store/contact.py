"""What people wrote and what was answered: letters and the replies on them. Where to answer is sealed in the table."""

from dataclasses import dataclass
from datetime import date, datetime

from dega.sealing import Fields
from dega.store import sealed
from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("contact")

_NOBODYS = f"{sealed.CONTACT_OF_MESSAGE}|nobody"


@dataclass(frozen=True, slots=True)
class NewLetter:
    """What is to be kept; `contact` is plain, None where its author reads the answer in the internet branch."""

    reference: str
    kind: str
    topic: str
    customer_id: int | None
    name: str
    contact: str | None
    text: str
    expected: str
    language: str
    due_on: date
    form_key: bytes | None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A letter in its author's list; `last_at` in UTC, `due_on` a day in Tirana."""

    reference: str
    kind: str
    topic: str
    state: str
    due_on: date
    last_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter as its author may see it; `received_at` in UTC."""

    id: int
    reference: str
    kind: str
    topic: str
    text: str
    expected: str
    received_at: datetime
    due_on: date
    state: str


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """What was said on a letter. `operator` is None where its author said it; `told` is how the answer travels."""

    id: int
    operator: str | None
    text: str
    said_at: datetime
    told: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """A letter that nobody else changes until the transaction ends; `contact` is plain."""

    id: int
    kind: str
    is_closed: bool
    customer_id: int | None
    contact: str | None
    language: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A letter in the list of the staff."""

    reference: str
    kind: str
    topic: str
    state: str
    name: str
    received_at: datetime
    due_on: date
    assigned_to: str | None
    is_undelivered: bool


@dataclass(frozen=True, slots=True)
class WholeRow:
    """All of a letter, for whoever answers it; `contact` is plain."""

    id: int
    reference: str
    kind: str
    topic: str
    state: str
    name: str
    contact: str | None
    customer_number: str | None
    text: str
    expected: str
    language: str
    received_at: datetime
    due_on: date
    assigned_to: str | None
    is_undelivered: bool


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A letter of which staff are reminded: it waits for an answer, or its answer reached nobody."""

    reference: str
    kind: str
    due_on: date
    assigned_to: str | None
    is_waiting: bool


async def keep(connection: Connection, fields: Fields, new: NewLetter) -> bool:
    """Keep it; False where the reference is given already, or the form was sent before."""
    row_id: int = await connection.fetchval(_sql.next_message)
    contact = None if new.contact is None else sealed.seal_contact_of_message(fields, row_id, new.contact)
    kept: int | None = await connection.fetchval(
        _sql.keep_message, row_id, new.reference, new.kind, new.topic, new.customer_id, new.name, contact, new.text,
        new.expected, new.language, new.due_on, new.form_key,
    )  # fmt: skip
    return kept is not None


async def reference_of_form(connection: Connection, form_key: bytes | None) -> str | None:
    """The reference that the form got when it was sent first; None where it wasn't, or is no form (None)."""
    reference: str | None = await connection.fetchval(_sql.message_by_form, form_key)
    return reference


async def letters_of(connection: Connection, customer_id: int, most: int, skip: int) -> list[SummaryRow]:
    """What the customer wrote while logged in, what was said on last first; without so many at the beginning."""
    return [SummaryRow(*row) for row in await connection.fetch(_sql.letters_of, customer_id, most, skip)]


async def letter_of(connection: Connection, customer_id: int, reference: str) -> LetterRow | None:
    """One letter of the customer's."""
    row = await connection.fetchrow(_sql.letter_of, reference, customer_id)
    return LetterRow(*row) if row else None


async def contact_of(connection: Connection, fields: Fields, reference: str) -> tuple[int | None, str]:
    """Id and plain contact of the letter with this reference; None where there is none, or no contact was left with it:
    after the same work, and with a contact that nobody has."""
    row = await connection.fetchrow(_sql.contact_of, reference)
    nobodys = fields.seal("nobody", _NOBODYS)
    if row is None or row["contact"] is None:
        return None, fields.reveal(nobodys, _NOBODYS)
    return row["id"], fields.reveal(row["contact"], f"{sealed.CONTACT_OF_MESSAGE}|{row['id']}")


async def letter_by_id(connection: Connection, message_id: int) -> LetterRow:
    """The letter of an id that is known to be one."""
    row = await connection.fetchrow(_sql.letter_by_id, message_id)
    assert row is not None, "a letter is never removed"  # noqa: S101
    return LetterRow(*row)


async def replies(connection: Connection, message_id: int) -> list[ReplyRow]:
    """What was said on a letter, in its order."""
    return [ReplyRow(*row) for row in await connection.fetch(_sql.replies, message_id)]


async def mark_read(connection: Connection, message_id: int, upto: int) -> None:
    """Its author has seen what was said on it up to this reply."""
    await connection.execute(_sql.mark_read, message_id, upto)


async def unread_of(connection: Connection, customer_ids: list[int]) -> dict[int, int]:
    """How many letters of each customer have an answer that they haven't seen."""
    rows = await connection.fetch(_sql.unread_of, customer_ids)
    return {row["customer_id"]: row["unread"] for row in rows}


async def hold_own(connection: Connection, customer_id: int, reference: str) -> tuple[int, str, bool] | None:
    """Id, kind and whether it is closed of a letter of the customer's, which nobody else changes meanwhile."""
    row = await connection.fetchrow(_sql.hold_own, reference, customer_id)
    return (row["id"], row["kind"], row["is_closed"]) if row else None


async def hold(connection: Connection, fields: Fields, reference: str) -> Held | None:
    """A letter that nobody else changes until the transaction ends."""
    row = await connection.fetchrow(_sql.hold, reference)
    if row is None:
        return None
    contact = sealed.reveal_contact_of_message(fields, row["id"], row["contact"])
    return Held(row["id"], row["kind"], row["is_closed"], row["customer_id"], contact, row["language"])


async def add_reply(connection: Connection, message_id: int, text: str, due_on: date, form_key: bytes | None) -> bool:
    """What its author says besides, to be answered until `due_on`; False where the form was sent before."""
    added: int | None = await connection.fetchval(_sql.add_reply, message_id, text, due_on, form_key)
    return added is not None


async def last_reply(connection: Connection, message_id: int) -> tuple[str | None, str] | None:
    """Who (None: the author) said what last."""
    row = await connection.fetchrow(_sql.last_reply, message_id)
    return (row["operator"], row["text"]) if row else None


async def answer(connection: Connection, message_id: int, operator: str, text: str, outbox_id: int | None) -> None:
    """What the bank says; `outbox_id` is what tells the author of it. Needs the role of staff."""
    await connection.execute(_sql.answer, message_id, operator, text, outbox_id)


async def inbox(connection: Connection, states: list[str], assigned_to: str | None, most: int) -> list[InboxRow]:
    """Letters in these states, of this operator or of all, the first due first."""
    return [InboxRow(*row) for row in await connection.fetch(_sql.inbox, states, assigned_to, most)]


async def overdue(connection: Connection) -> list[InboxRow]:
    """Letters that should have been answered before today in Tirana, the longest first."""
    return [InboxRow(*row) for row in await connection.fetch(_sql.overdue)]


async def whole(connection: Connection, fields: Fields, reference: str) -> WholeRow | None:
    """All of one letter."""
    row = await connection.fetchrow(_sql.whole, reference)
    if row is None:
        return None
    contact = sealed.reveal_contact_of_message(fields, row["id"], row["contact"])
    return WholeRow(**{**row, "contact": contact})


async def assign(connection: Connection, message_id: int, operator: str | None) -> None:
    """Somebody has taken it; None: nobody. Needs the role of staff."""
    await connection.execute(_sql.assign, message_id, operator)


async def close(connection: Connection, message_id: int, closed_by: str) -> None:
    """Nothing more is to be said. Needs the role of staff."""
    await connection.execute(_sql.close, message_id, closed_by)


async def remind(connection: Connection, today: date, soon: date) -> list[ReminderRow]:
    """Letters of which staff are to be reminded and weren't today: due until `soon`, or with an answer undelivered."""
    return [ReminderRow(*row) for row in await connection.fetch(_sql.remind, today, soon)]
