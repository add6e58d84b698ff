"""Customers block their own access, with or without the phone."""

import pytest
from access.doors import HOME, enter, last_code, to_code
from cast import PASSWORD, Cast
from conftest import Phones

from dega.access import block, login, sessions, staff
from dega.bank import Bank
from dega.errors import PasswordMissing, SignInFailed, SignInNeeded

WRONG = "Wrong12345"


async def _block_by_password(bank: Bank, number: str, password: str) -> None:
    await block.block_with_password(bank, await login.give_number(bank, number, HOME), password, HOME)


async def _blocked_by(admin, customer_id: int) -> str | None:
    return await admin.fetchval("SELECT barred_by FROM bar WHERE customer_id = $1 AND lifted_at IS NULL", customer_id)


@pytest.mark.requirement("R27")
async def test_it_wasnt_me_blocks_from_inside(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await block.block_own(bank, session, HOME)
    await block.block_own(bank, session, HOME)
    assert await _blocked_by(admin, cast.arta.id) == "customer"
    assert await sessions.load(bank, session.id) is None
    trail = await admin.fetch("SELECT actor FROM audit WHERE action = 'access.block'")
    assert [row["actor"] for row in trail] == [f"customer:{cast.arta.id}"]
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.arta.number), last_code(phones), HOME)


@pytest.mark.requirement("R20", "R26")
async def test_a_bar_that_falls_while_the_right_code_is_typed_holds(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await to_code(bank, cast.arta.number)
    await _block_by_password(bank, cast.arta.number, PASSWORD)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, last_code(phones), HOME)


@pytest.mark.requirement("R26")
async def test_a_lost_phone_is_no_hindrance_to_blocking(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    inside = await enter(bank, phones, cast.arta.number)
    await _block_by_password(bank, cast.arta.number, PASSWORD)
    assert await _blocked_by(admin, cast.arta.id) == "customer"
    assert await sessions.load(bank, inside.id) is None
    told = await admin.fetch("SELECT template FROM outbox")
    assert {row["template"] for row in told} == {"access_blocked"}
    assert len(phones.sent) == 1


@pytest.mark.requirement("R15", "R26")
async def test_the_block_only_page_answers_everyone_the_same(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    for number, password in ((cast.arta.number, WRONG), ("987654321", WRONG), (cast.elira.number, WRONG)):
        session = await login.give_number(bank, number, HOME)
        await block.block_with_password(bank, session, password, HOME)
        assert await sessions.load(bank, session.id) is None
    assert await admin.fetchval("SELECT count(*) FROM lockout WHERE blocked_at IS NOT NULL") == 0
    assert await admin.fetchval("SELECT min(failures) FROM lockout") == 1
    assert phones.sent == []


@pytest.mark.requirement("R20", "R26")
async def test_guessing_there_counts_with_guessing_at_login(bank: Bank, cast: Cast, admin) -> None:
    await to_code(bank, cast.arta.number, WRONG)
    await _block_by_password(bank, cast.arta.number, WRONG)
    await _block_by_password(bank, cast.arta.number, WRONG)
    assert await admin.fetchval("SELECT blocked_at IS NOT NULL FROM lockout WHERE customer_id = $1", cast.arta.id)


async def test_blocking_needs_its_steps(bank: Bank, cast: Cast, phones: Phones) -> None:
    with pytest.raises(PasswordMissing):
        await _block_by_password(bank, cast.arta.number, "")
    with pytest.raises(SignInNeeded):
        await block.block_with_password(bank, await to_code(bank, cast.arta.number), PASSWORD, HOME)
    with pytest.raises(SignInNeeded):
        await block.block_own(bank, await to_code(bank, cast.arta.number), HOME)


@pytest.mark.requirement("R20")
async def test_only_staff_take_the_block_back(bank: Bank, office: Bank, cast: Cast, phones: Phones) -> None:
    await _block_by_password(bank, cast.arta.number, PASSWORD)
    await staff.unblock(office, cast.arta.number, operator="elona", reason="phone found")
    assert (await enter(bank, phones, cast.arta.number)).customer_id == cast.arta.id
