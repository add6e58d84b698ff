"""The rows of who is there: customers with their internet user, failures and blocks, passwords, sign-ins."""

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
    """How many failures stand against a subject, and whether it is blocked."""

    failures: int
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Lockout:
    """Failures and the block of a subject, with their moments (UTC)."""

    failures: int
    failed_at: datetime | None
    blocked_at: datetime | None
    blocked_by: str | None


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
    return _customer(fields, row) if row else None


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


async def block_after_failures(connection: Connection, subject: bytes, tries: int, known: bool) -> bool:
    """Block a subject with that many failures if one of them is `known`; whether the block fell now."""
    return bool(await connection.fetchval(_sql.block_after_failures, subject, tries, known))


async def block(connection: Connection, subject: bytes, customer_id: int, blocked_by: str) -> bool:
    """Block by somebody's will; False where the subject was blocked before."""
    return bool(await connection.fetchval(_sql.block, subject, customer_id, blocked_by))


async def forgive(connection: Connection, subject: bytes) -> None:
    """Let the failures before a success count no longer."""
    await connection.execute(_sql.forgive, subject)


async def take_back(connection: Connection, subject: bytes) -> None:
    """Let one failure count no longer: what was counted beforehand turned out to be none."""
    await connection.execute(_sql.take_back, subject)


async def unblock(connection: Connection, subject: bytes) -> bool:
    """End a block and forget the failures; False where there was neither."""
    return bool(await connection.fetchval(_sql.unblock, subject))


async def lockout(connection: Connection, subject: bytes) -> Lockout | None:
    """Failures and block of a subject, if it has any."""
    row = await connection.fetchrow(_sql.lockout, subject)
    return Lockout(**row) if row else None


async def lockouts(connection: Connection, subjects: list[bytes]) -> dict[bytes, Lockout]:
    """Failures and blocks of those subjects that have any."""
    rows = await connection.fetch(_sql.lockouts, subjects)
    return {
        row["subject"]: Lockout(row["failures"], row["failed_at"], row["blocked_at"], row["blocked_by"]) for row in rows
    }


async def advance_epoch(connection: Connection, customer_id: int) -> int | None:
    """End all sessions of a user; the new epoch, or None where the customer isn't a user."""
    epoch: int | None = await connection.fetchval(_sql.advance_epoch, customer_id)
    return epoch


async def may_stay(connection: Connection, customer_id: int, auth_epoch: int) -> bool:
    """Whether a session of this epoch still counts."""
    return bool(await connection.fetchval(_sql.may_stay, customer_id, auth_epoch))


async def register(connection: Connection, customer_id: int, password_hash: str) -> int | None:
    """Make the customer an active user; the epoch, or None where there is one who isn't reset."""
    epoch: int | None = await connection.fetchval(_sql.register, customer_id, password_hash)
    return epoch


async def change_password(connection: Connection, customer_id: int, auth_epoch: int, password_hash: str) -> int | None:
    """Replace the password; the new epoch, or None where the user isn't active in `auth_epoch` any more."""
    epoch: int | None = await connection.fetchval(_sql.change_password, customer_id, auth_epoch, password_hash)
    return epoch


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


async def write_sign_in(
    connection: Connection, customer_id: int | None, succeeded: bool, address_prefix: str, browser: str
) -> None:
    """Keep a sign-in or a failed one; for nobody nothing, by the same statement."""
    await connection.execute(_sql.write_sign_in, customer_id, succeeded, address_prefix, browser)


async def last_sign_ins(connection: Connection, customer_id: int, most: int) -> list[SignIn]:
    """The last sign-ins and failed ones, newest first."""
    return [SignIn(**row) for row in await connection.fetch(_sql.last_sign_ins, customer_id, most)]
