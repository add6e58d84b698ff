"""Right codes that are typed at the same time are kept by one statement: what stands against one harms no other."""

import asyncio
import uuid

from cast import Admin, Cast, Person

from dega.bank import Bank
from dega.store import codes
from dega.store.codes import Admission

OLD = "UPDATE lockout SET blocked_at = bank_clock() - interval '2 h', blocked_until = bank_clock() - interval '1 h'"


async def _typed(admin: Admin, person: Person) -> tuple[uuid.UUID, bytes, int | None]:
    """A challenge of this customer, and the subject that it counts against."""
    challenge_id = uuid.uuid4()
    await admin.execute(
        "INSERT INTO challenge (id, purpose, customer_id, digest, issued_at, expires_at)"
        " VALUES ($1, 'payment', $2, '', bank_clock(), bank_clock() + interval '5 min')",
        challenge_id, person.id,
    )  # fmt: skip
    return challenge_id, bytes(31) + bytes([person.id % 256]), person.id


async def _count(admin: Admin, subject: bytes, failures: int, *, blocked: bool = False) -> None:
    await admin.execute(
        "INSERT INTO lockout (subject, failures, blocked_at) VALUES ($1, $2, CASE WHEN $3 THEN bank_clock() END)",
        subject, failures, blocked,
    )  # fmt: skip


async def _authorised(admin: Admin) -> set[uuid.UUID]:
    rows = await admin.fetch("SELECT id FROM challenge WHERE authorised_at IS NOT NULL AND authorised_by = 'sms'")
    return {row["id"] for row in rows}


async def test_a_block_and_a_bar_refuse_their_own_alone(bank: Bank, admin: Admin, cast: Cast) -> None:
    free, blocked, barred = [await _typed(admin, person) for person in (cast.arta, cast.besnik, cast.genti)]
    await _count(admin, blocked[1], 3, blocked=True)
    await admin.execute("INSERT INTO bar (customer_id, barred_at, barred_by) VALUES ($1, bank_clock(), 'x')", barred[2])
    asked = [bank.together.ask(codes.admit, one) for one in (free, blocked, barred)]
    assert await asyncio.gather(*asked) == [Admission(False, None), Admission(True, None), Admission(True, None)]
    assert await _authorised(admin) == {free[0]}


async def test_failures_are_forgiven_once_and_not_by_the_same_code_again(bank: Bank, admin: Admin, cast: Cast) -> None:
    typed = await _typed(admin, cast.arta)
    await _count(admin, typed[1], 2)
    await bank.together.ask(codes.admit, typed)
    assert await admin.fetchval("SELECT failures FROM lockout WHERE subject = $1", typed[1]) == 0
    await admin.execute("UPDATE lockout SET failures = 2")
    assert await bank.together.ask(codes.admit, typed) == Admission(False, None)
    assert await admin.fetchval("SELECT failures FROM lockout WHERE subject = $1", typed[1]) == 2


async def test_a_block_whose_end_has_come_refuses_nobody(bank: Bank, admin: Admin, cast: Cast) -> None:
    typed = await _typed(admin, cast.arta)
    await _count(admin, typed[1], 3, blocked=True)
    await admin.execute(OLD)
    assert await bank.together.ask(codes.admit, typed) == Admission(False, None)
    assert await _authorised(admin) == {typed[0]}


async def test_the_same_codes_in_any_order_at_once_hold_nobody_up(bank: Bank, admin: Admin, cast: Cast) -> None:
    typed = [await _typed(admin, person) for person in (cast.arta, cast.besnik, cast.drita, cast.genti)]

    async def admit(order: list[tuple[uuid.UUID, bytes, int | None]]) -> None:
        async with bank.database.connection() as connection:
            assert len(await codes.admit(connection, order)) == 4

    await asyncio.wait_for(asyncio.gather(*(admit(typed[n % 4 :] + typed[: n % 4]) for n in range(24))), 5)
    assert await _authorised(admin) == {one[0] for one in typed}
