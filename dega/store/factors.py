"""The rows of what customers prove themselves by beside the SMS: their factors and recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("factors")

Kind = Literal["app", "passkey"]


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor that counts, with its moments (UTC). `leaves_at`: when its removal, asked for already, takes effect."""

    id: UUID
    kind: Kind
    name: str
    added_at: datetime
    leaves_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class App:
    """An authenticator app: its sealed seed, and the last step of which a code was taken."""

    id: UUID
    sealed_seed: str
    last_step: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is kept of one recovery code."""

    hash: bytes
    salt: bytes


async def in_force(connection: Connection, customer_id: int) -> list[Factor]:
    """The customer's factors that count now, the oldest first; those about to leave are among them."""
    return [Factor(**row) for row in await connection.fetch(_sql.in_force, customer_id)]


async def kinds_in_force(connection: Connection, customers: Sequence[int]) -> dict[int, set[Kind]]:
    """Of which kinds these customers' factors are; who has none is missing."""
    found: dict[int, set[Kind]] = {}
    for customer_id, kind in await connection.fetch(_sql.kinds_in_force, customers):
        found.setdefault(customer_id, set()).add(kind)
    return found


async def app_in_force(connection: Connection, customer_id: int | None) -> App | None:
    """The customer's authenticator app; nobody has one, by the same statement."""
    row = await connection.fetchrow(_sql.app_in_force, customer_id)
    return App(**row) if row else None


async def use_step(connection: Connection, factor_id: UUID, step: int) -> bool:
    """Use up the app's code of that step and all before it; True for one caller only."""
    return bool(await connection.fetchval(_sql.use_step, factor_id, step))


async def open_recovery_codes(connection: Connection, customer_id: int | None) -> list[Recovery]:
    """What is kept of the recovery codes that can still be used."""
    return [Recovery(**row) for row in await connection.fetch(_sql.open_recovery_codes, customer_id)]


async def use_recovery_code(connection: Connection, customer_id: int, hash_: bytes) -> bool:
    """Use a recovery code up; True for one caller only."""
    return bool(await connection.fetchval(_sql.use_recovery_code, customer_id, hash_))


async def replace_recovery_codes(connection: Connection, customer_id: int, codes: list[Recovery], kid: str) -> None:
    """Make the codes that there were void, and keep these; `kid` is the key that they are kept under."""
    await connection.execute(_sql.replace_recovery_codes, customer_id)
    hashes, salts = [code.hash for code in codes], [code.salt for code in codes]
    await connection.execute(_sql.add_recovery_codes, customer_id, hashes, salts, kid)


async def begin_change(connection: Connection, customer_id: int, auth_epoch: int, counter: bytes) -> int | None:
    """Lock the customer's factors and end the sessions before; the new epoch, or None where `auth_epoch` has passed or
    the session, its failures counted under `counter`, is blocked."""
    epoch: int | None = await connection.fetchval(_sql.begin_change, customer_id, auth_epoch, counter)
    return epoch


async def add_app(connection: Connection, app: App, customer_id: int, name: str) -> None:
    """Keep a new authenticator app, which counts at once."""
    await connection.execute(_sql.add_app, app.id, customer_id, name, app.sealed_seed, app.last_step)


async def remove(connection: Connection, customer_id: int, factor_id: UUID) -> bool:
    """Remove a factor now and wipe its seed; False where there is no such factor any more."""
    return bool(await connection.fetchval(_sql.remove, customer_id, factor_id))


async def leave(connection: Connection, customer_id: int, factor_id: UUID, hours: int) -> datetime | None:
    """Let a factor be removed in so many hours; when (UTC), or None where it leaves already or isn't there."""
    leaves_at: datetime | None = await connection.fetchval(_sql.leave, customer_id, factor_id, hours)
    return leaves_at


async def keep(connection: Connection, customer_id: int, factor_id: UUID) -> bool:
    """Take a removal back; False where there is none to take back."""
    return bool(await connection.fetchval(_sql.keep, customer_id, factor_id))


async def rename(connection: Connection, customer_id: int, factor_id: UUID, name: str) -> bool:
    """Give a factor another name; False where there is no such factor."""
    return bool(await connection.fetchval(_sql.rename, customer_id, factor_id, name))


async def let_leave(connection: Connection, customer_id: int | None = None) -> int:
    """Remove the factors whose time has come, of one customer or of all; how many there were."""
    return int((await connection.execute(_sql.let_leave, customer_id)).split()[-1])
