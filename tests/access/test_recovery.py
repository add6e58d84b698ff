"""Recovery codes: each good once in the place of a lost factor."""

import asyncio

import pytest
from access.apps import (
    add_app,
    begin_another,
    confirm_by_app,
    told,
    trail,
)
from access.doors import HOME, to_code
from access.watching import generous
from cast import Admin, Cast
from conftest import Phones

from dega.access import factors, login, recovery
from dega.access.changes import RECOVERY_NEW, Change
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    SignInFailed,
)


async def test_a_recovery_code_logs_in_once_and_the_customer_is_told(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    assert len(set(telephone.paper)) == recovery.CODES
    await admin.execute("DELETE FROM outbox")
    code = telephone.paper[0]
    assert (await login.give_code(bank, await to_code(bank, cast.arta.number), code, HOME)).level is Level.FULL
    assert await told(admin) == {("recovery_used", "sms"): 1, ("recovery_used", "email"): 1}
    assert await factors.recovery_codes_left(bank, cast.arta.id) == recovery.CODES - 1
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.arta.number), code, HOME)
    assert await trail(admin, "recovery_code.use") == ["recovery_code.use"]


async def test_twenty_logins_at_once_by_one_recovery_code_are_one_login(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    bank = generous(bank)
    _, telephone = await add_app(bank, phones, cast.arta.number)
    at_the_door = []
    for _ in range(20):
        at_the_door.append(await to_code(bank, cast.arta.number))
        await admin.execute("UPDATE lockout SET failures = 0")
    outcomes = await asyncio.gather(
        *(login.give_code(bank, session, telephone.paper[3], HOME) for session in at_the_door), return_exceptions=True
    )
    assert len([outcome for outcome in outcomes if isinstance(outcome, Session)]) == 1
    assert (await told(admin))[("recovery_used", "sms")] == 1
    assert await factors.recovery_codes_left(bank, cast.arta.id) == recovery.CODES - 1


async def test_recovery_codes_of_somebody_else_or_without_a_factor_log_nobody_in(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    _, artas = await add_app(bank, phones, cast.arta.number)
    _, besniks = await add_app(bank, phones, cast.besnik.number)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.besnik.number), artas.paper[0], HOME)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.genti.number), besniks.paper[0], HOME)


async def test_new_recovery_codes_make_the_old_ones_void(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    session = await confirm_by_app(bank, telephone, session, Change(RECOVERY_NEW))
    session, codes = await factors.new_recovery_codes(bank, session, HOME)
    assert not set(codes) & set(telephone.paper)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.arta.number), telephone.paper[0], HOME)
    await login.give_code(bank, await to_code(bank, cast.arta.number), codes[0], HOME)
    assert (await told(admin))[("recovery_made", "email")] == 1
    assert await trail(admin, "recovery_code.make") == ["recovery_code.make"]


async def test_no_database_holds_a_seed_or_a_recovery_code(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    _, other = await begin_another(bank, telephone, session, machine)
    held = [str(row) for table in ("factor", "recovery_code", "audit") for row in await admin.fetch(f"TABLE {table}")]
    for key in await bank.cache.command("KEYS", f"{bank.cache.prefix}*"):
        held.append(str(await bank.cache.command("DUMP", key)))
    everything = " ".join(held)
    secrets = [telephone.seed, other.seed, *telephone.paper, *(code.replace(" ", "") for code in telephone.paper)]
    assert [secret for secret in secrets if secret in everything] == []
    assert "v1|" in everything
