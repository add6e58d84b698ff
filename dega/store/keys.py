"""Which keys the rows of the database still need, and how rows come under the current ones.

A table with sealed columns has its line in SHELVES, and its part of the statement `needs`.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

from dega.keyring import Keyring
from dega.sealing import VERSION, NotSealedHere, SealedFields, kid_of_sealed
from dega.store import sealed
from dega.store.database import Connection, Record
from dega.store.queries import queries

_sql = queries("keys")


@dataclass(frozen=True, slots=True)
class Need:
    """So many values of a place need one key; `kid` is empty for values of before the bank sealed or labelled them."""

    purpose: str
    place: str
    count: int
    kid: str


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys of a purpose, and what they open and close."""

    ring: Keyring
    fields: SealedFields


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table with sealed values: its stale rows, how one is sealed anew, and the statement that keeps it so.

    `before_all` is an id that comes before every other.
    """

    purpose: str
    stale: str
    renew: Callable[[Seals, Record], tuple[object, ...]]
    keep: str
    before_all: int | UUID = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of resealing did: rows made anew, and why some couldn't be."""

    renewed: int
    unreadable: list[str]


async def needs(connection: Connection, *, of_staff: bool = True) -> list[Need]:
    """How many values need which key, by purpose and place. Looks at every row; `of_staff` needs their role."""
    rows = await connection.fetch(_sql.needs)
    rows += await connection.fetch(_sql.needs_of_staff) if of_staff else []
    return [Need(**row) for row in rows]


async def others(connection: Connection) -> list[str]:
    """The names of other processes at this database, each with the keys that it uses (`database.name_with`)."""
    return [row["application_name"] for row in await connection.fetch(_sql.others)]


async def reseal(connection: Connection, shelf: Shelf, seals: Seals, most: int) -> AsyncIterator[Batch]:
    """Bring the rows of a shelf under the current key, so many at a time; each batch is kept before the next begins.

    Whoever changes a row meanwhile goes first, and what is done stays done whenever this ends.
    """
    after, current = shelf.before_all, f"{VERSION}|{seals.ring.kid}|%"
    while rows := await connection.fetch(shelf.stale, after, current, most):
        renewed, unreadable = [], []
        for row in rows:
            try:
                renewed.append(shelf.renew(seals, row))
            except NotSealedHere as error:
                unreadable.append(str(error))
        await connection.executemany(shelf.keep, renewed)
        after = rows[-1]["id"]
        yield Batch(len(renewed), unreadable)


def _customer(seals: Seals, row: Record) -> tuple[object, ...]:
    mobile = _plain(seals, row["mobile"], f"{sealed.MOBILE}|{row['id']}")
    email = _plain(seals, row["email"], f"{sealed.EMAIL}|{row['id']}")
    kept = sealed.seal_contact(seals.fields, row["id"], mobile, email)
    return (*row.values(), kept.mobile, kept.mobile_index, kept.email)


def _recipient(seals: Seals, row: Record) -> tuple[object, ...]:
    plain = _plain(seals, row["recipient"], f"{sealed.RECIPIENT}|{row['id']}")
    assert plain is not None, "a row of the outbox is for someone"  # noqa: S101
    return (*row.values(), sealed.seal_recipient(seals.fields, row["id"], plain))


def _contact(seals: Seals, row: Record) -> tuple[object, ...]:
    plain = _plain(seals, row["contact"], f"{sealed.CONTACT_OF_MESSAGE}|{row['id']}")
    assert plain is not None, "stale is only what is there"  # noqa: S101
    return (*row.values(), sealed.seal_contact_of_message(seals.fields, row["id"], plain))


def _seed(seals: Seals, row: Record) -> tuple[object, ...]:
    place = f"{sealed.SEED}|{row['id']}"
    return (*row.values(), seals.fields.seal(seals.fields.reveal(row["sealed_seed"], place), place))


def _arguments(seals: Seals, row: Record) -> tuple[object, ...]:
    place = f"{sealed.ARGUMENTS}|{row['customer_id']}"
    kept = row["arguments"]
    return (row["id"], kept, seals.fields.seal(seals.fields.reveal(kept, place), place))


def _plain(seals: Seals, kept: str | None, place: str) -> str | None:
    """The value of a row, sealed or not yet: the schema takes no plain one any more."""
    if kept is None or kid_of_sealed(kept) is None:
        return kept
    return seals.fields.reveal(kept, place)


def _password(seals: Seals, row: Record) -> tuple[object, ...]:
    """The hash under the current pepper; one of before is labelled with the only pepper that can have made it."""
    kept = row["password_hash"]
    if kid_of_sealed(kept) is not None:
        return (*row.values(), seals.fields.seal(seals.fields.reveal(kept, sealed.ARGON2), sealed.ARGON2))
    if seals.ring.older:
        raise NotSealedHere(f"a password of customer {row['id']} doesn't say which pepper it was made with")
    return (*row.values(), f"{sealed.PEPPER_INSIDE}|{seals.ring.kid}|{kept}")


SHELVES = (
    Shelf("fields", _sql.stale_customers, _customer, _sql.reseal_customer),
    Shelf("fields", _sql.stale_recipients, _recipient, _sql.reseal_recipient),
    Shelf("fields", _sql.stale_contacts, _contact, _sql.reseal_contact),
    Shelf("fields", _sql.stale_seeds, _seed, _sql.reseal_seed, UUID(int=0)),
    Shelf("fields", _sql.stale_arguments, _arguments, _sql.reseal_arguments),
    Shelf("pepper", _sql.stale_passwords, _password, _sql.reseal_password),
    Shelf("pepper", _sql.stale_past_passwords, _password, _sql.reseal_past_password),
)
