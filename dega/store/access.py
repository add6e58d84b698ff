"""The rows of who is there: customers with their internet user, failures and blocks, passwords, sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dega.sealing import Fields
from dega.store import sealed
from dega.store.database import Connection, Record
from dega.store.queries import queries

_sql = queries("access")


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, and the internet user if there is one (`state` is None where nobody registered)."""

    id: int
    number: str
    personal_number: str | None
    kind: str
    name: str
    mobile: str | None
    email: str | None
    kshbi_version: int | None
    language: str
    state: str | None
    password_hash: str | None
    password_changed_at: datetime | None
    auth_epoch: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many failures stand against a subject, whether and until when they block it (None: without an end), and
    whether its customer is barred."""

    failures: int
    is_blocked: bool
    blocked_until: datetime | None
    is_barred: bool


@dataclass(frozen=True, slots=True)
class Lockout:
    """Failures of a counter, the block they ended in and the bar of its customer, with their moments (UTC).

    `is_blocked`: the block stands now; one without `blocked_until` has no end.
    """

    failures: int
    failed_at: datetime | None
    blocked_at: datetime | None
    blocked_until: datetime | None
    is_blocked: bool
    barred_at: datetime | None
    barred_by: str | None

    @property
    def is_lasting(self) -> bool:
        """Whether something stands that doesn't end by itself."""
        return self.barred_at is not None or (self.is_blocked and self.blocked_until is None)

    @property
    def since(self) -> datetime | None:
        """Since when access is closed (UTC), if it is."""
        return self.barred_at or (self.blocked_at if self.is_blocked else None)

    @property
    def by(self) -> str | None:
        """By whom or what it is closed: `customer`, `operator:NAME` or `failures`."""
        return self.barred_by or ("failures" if self.is_blocked else None)


@dataclass(frozen=True, slots=True)
class Block:
    """A block that fell now, and its end (UTC), if it has one."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Fallen:
    """A block by failures: the how-manieth in a row, and its end (UTC), if it has one."""

    subject: bytes
    customer_id: int | None
    blocks: int
    blocked_until: datetime | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in or a failed one (UTC), with as much of the address and browser as is kept."""

    at: datetime
    succeeded: bool
    address_prefix: str
    browser: str


async def customer_by_number(connection: Connection, fields: Fields, number: str) -> Customer | None:
    """The customer of a customer number or personal number."""
    row = await connection.fetchrow(_sql.customer_by_number, number)
    if row is None:
        sealed.work_as_for_a_contact(fields)
        return None
    return _customer(fields, row)


async def customer_by_id(connection: Connection, fields: Fields, customer_id: int | None) -> Customer | None:
    """The customer of an id; of None there is none, by the same statement."""
    row = await connection.fetchrow(_sql.customer_by_id, customer_id)
    return _customer(fields, row) if row else None


async def search_customers(connection: Connection, fields: Fields, text: str, most: int) -> list[Customer]:
    """Customers by number, personal number, whole mobile or a part of the name, in the order of their names."""
    indexes = fields.indexes(text, sealed.MOBILE)
    return [_customer(fields, row) for row in await connection.fetch(_sql.search_customers, text, indexes, most)]


def _customer(fields: Fields, row: Record) -> Customer:
    """The row with mobile and e-mail as they are read. Raises NotSealedHere."""
    return Customer(**{**row, **sealed.reveal_contact(fields, row["id"], row)})


async def count_failures(connection: Connection, subject: bytes, customer_id: int | None, failures: int) -> Count:
    """Count so many failures more and lock the subject for this transaction; how many there are now."""
    row = await connection.fetchrow(_sql.count_failures, subject, customer_id, failures)
    assert row is not None, "an upsert answers"  # noqa: S101
    return Count(**row)


async def block_after_failures(
    connection: Connection, subject: bytes, tries: int, known: bool, lengths: list[int]
) -> Block | None:
    """Block a subject with that many failures if one of them is `known`, for so many seconds the first time, the second
    time …, then for good. None where no block fell now."""
    row = await connection.fetchrow(_sql.block_after_failures, subject, tries, known, lengths)
    return Block(row["blocked_until"]) if row else None


async def take_untold(connection: Connection, most: int) -> list[Fallen]:
    """Blocks whose owners are to be told in this transaction."""
    return [Fallen(**row) for row in await connection.fetch(_sql.take_untold, most)]


async def bar(connection: Connection, customer_id: int, barred_by: str) -> bool:
    """Close the access by somebody's will; False where it was closed before."""
    return bool(await connection.fetchval(_sql.bar, customer_id, barred_by))


async def lift_bar(connection: Connection, customer_id: int) -> bool:
    """Let the customer in again; False where no bar stood."""
    return bool(await connection.fetchval(_sql.lift_bar, customer_id))


async def forgive(connection: Connection, subject: bytes) -> None:
    """Let the failures before a success count no longer."""
    await connection.execute(_sql.forgive, subject)


async def take_back(connection: Connection, subject: bytes) -> None:
    """Let one failure count no longer: what was counted beforehand turned out to be none."""
    await connection.execute(_sql.take_back, subject)


async def unblock(connection: Connection, subject: bytes, customer_id: int) -> list[bytes]:
    """End the customer's blocks and forget the failures; of which subjects there were any."""
    return [row["subject"] for row in await connection.fetch(_sql.unblock, subject, customer_id)]


async def lockout(connection: Connection, subject: bytes, customer_id: int | None) -> Lockout:
    """How a subject and its customer stand."""
    row = await connection.fetchrow(_sql.lockout, subject, customer_id)
    assert row is not None, "it answers of anyone"  # noqa: S101
    return Lockout(**row)


async def lockouts(connection: Connection, subjects: list[bytes], customer_ids: list[int]) -> list[Lockout]:
    """How customers stand with the worst of their counters, in their order; `subjects` are those of their numbers."""
    return [Lockout(**row) for row in await connection.fetch(_sql.lockouts, subjects, customer_ids)]


async def advance_epoch(connection: Connection, customer_id: int) -> int | None:
    """End all sessions of a user; the new epoch, or None where the customer isn't a user."""
    epoch: int | None = await connection.fetchval(_sql.advance_epoch, customer_id)
    return epoch


async def may_stay(
    connection: Connection, sessions: Sequence[tuple[int | None, int, bytes]]
) -> dict[tuple[int | None, int, bytes], bool]:
    """Which sessions still count (others are missing), each by customer, epoch and the counter of failures."""
    rows = await connection.fetch(_sql.may_stay, *map(list, zip(*sessions, strict=True)))
    return {(row[0], row[1], row[2]): True for row in rows}


async def register(connection: Connection, customer_id: int, password_hash: str) -> int | None:
    """Make the customer an active user; the epoch, or None where there is one who isn't reset."""
    epoch: int | None = await connection.fetchval(_sql.register, customer_id, password_hash)
    return epoch


async def change_password(connection: Connection, customer_id: int, auth_epoch: int, password_hash: str) -> int | None:
    """Replace the password; the new epoch, or None where the user isn't active in `auth_epoch` any more."""
    epoch: int | None = await connection.fetchval(_sql.change_password, customer_id, auth_epoch, password_hash)
    return epoch


async def renew_hash(connection: Connection, customer_id: int, kept: str, renewed: str) -> None:
    """Keep the same password's new hash, unless another password has taken its place."""
    await connection.execute(_sql.renew_hash, customer_id, kept, renewed)


async def remember_password(connection: Connection, customer_id: int) -> None:
    """Keep the present password among the past ones, before it is replaced."""
    await connection.execute(_sql.remember_password, customer_id)


async def past_passwords(connection: Connection, customer_id: int, most: int) -> list[str]:
    """What is kept of the passwords before the present one, newest first."""
    return [row["password_hash"] for row in await connection.fetch(_sql.past_passwords, customer_id, most)]


async def set_state(connection: Connection, customer_id: int, state: str, out_of: list[str]) -> bool:
    """Another state, and the end of all sessions; False where the user isn't in one of `out_of`."""
    return await connection.fetchval(_sql.set_state, customer_id, state, out_of) is not None


async def lock_customer(connection: Connection, number: str) -> None:
    """Let other deeds of staff on the customer of this number wait until this transaction ends."""
    await connection.execute(_sql.lock_customer, number)


async def lock_personal_number(connection: Connection, personal_number: str) -> None:
    """Let others who open a customer with this personal number wait until this transaction ends."""
    await connection.execute(_sql.lock_personal_number, personal_number)


async def set_mobile(connection: Connection, fields: Fields, customer_id: int, mobile: str) -> None:
    """Keep the mobile number declared at the branch (`+355…`), and since when where there was another one."""
    kept = sealed.seal_contact(fields, customer_id, mobile, None)
    await connection.execute(_sql.set_mobile, customer_id, kept.mobile, kept.mobile_index)


async def set_email(connection: Connection, fields: Fields, customer_id: int, email: str) -> None:
    """Keep the e-mail address declared at the branch."""
    kept = sealed.seal_contact(fields, customer_id, None, email)
    await connection.execute(_sql.set_email, customer_id, kept.email)


async def set_kshbi(connection: Connection, customer_id: int, version: int) -> None:
    """Keep which version of the retail banking terms was signed."""
    await connection.execute(_sql.set_kshbi, customer_id, version)


async def write_sign_in(connection: Connection, customer_id: int, address_prefix: str, browser: str) -> None:
    """Keep a sign-in. Failed ones stand in the audit trail alone: there they cost the same for whichever number."""
    await connection.execute(_sql.write_sign_in, customer_id, address_prefix, browser)


async def last_sign_ins(connection: Connection, customer_id: int, most: int) -> list[SignIn]:
    """The last sign-ins and failed ones, newest first."""
    return [
        SignIn(**row)
        for row in await connection.fetch(_sql.last_sign_ins, customer_id, f"customer:{customer_id}", most)
    ]
