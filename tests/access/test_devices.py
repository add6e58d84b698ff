"""Browsers that a customer came in with: strangers can't lock the owner out of them, and sessions live nowhere else."""

from uuid import uuid4

import pytest
from access.apps import begin
from access.doors import HOME, enter, kept, last_code
from access.watching import generous, strict
from cast import PASSWORD, Cast
from conftest import Phones
from msgspec import structs

from dega.access import devices, factors, lockout, login, sessions, staff
from dega.access.sessions import Client, Session
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import BlockedForNow, NotFound, SignInFailed
from dega.night.timetable import TIMETABLE


async def _enter(bank: Bank, phones: Phones, number: str, client: Client) -> Session:
    session = await login.give_number(bank, number, client)
    session = await login.give_password(bank, session, PASSWORD, client)
    return await login.give_code(bank, session, last_code(phones), client)


async def _guess(bank: Bank, number: str, client: Client, times: int = 3) -> None:
    for _ in range(times):
        session = await login.give_number(bank, number, client)
        await login.give_password(bank, session, "Wrong12345", client)


async def _at_home(bank: Bank, phones: Phones, number: str) -> Client:
    """A browser in which the customer logged in once."""
    return structs.replace(HOME, device=(await enter(bank, phones, number)).device_token)


@pytest.mark.requirement("R20", "R29")
async def test_strangers_cannot_lock_the_owner_out_of_a_known_browser(bank: Bank, cast: Cast, phones: Phones) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    await _guess(bank, cast.arta.number, HOME)
    with pytest.raises(BlockedForNow):
        await _enter(bank, phones, cast.arta.number, HOME)
    assert (await _enter(bank, phones, cast.arta.number, home)).customer_id == cast.arta.id


@pytest.mark.requirement("R20", "R29")
async def test_strangers_cannot_keep_the_owner_from_changing_factors(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await _guess(bank, cast.arta.number, HOME)
    assert await lockout.is_blocked(bank, await lockout.find(bank, cast.arta.number))
    session, telephone = await begin(bank, phones, session)
    session, _ = await factors.finish_app(bank, session, telephone.code(), HOME)
    assert [factor.kind for factor in await factors.mine(bank, cast.arta.id)] == ["app"]


@pytest.mark.requirement("R20")
async def test_a_known_browser_has_no_more_tries_than_others(bank: Bank, cast: Cast, phones: Phones) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    await _guess(bank, cast.arta.number, home)
    with pytest.raises(BlockedForNow):
        await _enter(bank, phones, cast.arta.number, home)
    assert (await _enter(bank, phones, cast.arta.number, HOME)).customer_id == cast.arta.id


@pytest.mark.requirement("R20")
async def test_with_one_counter_all_browsers_count_together(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = generous(strict(bank))
    home = await _at_home(bank, phones, cast.arta.number)
    await _guess(bank, cast.arta.number, HOME, 2)
    await _guess(bank, cast.arta.number, home, 1)
    for client in (home, HOME):
        with pytest.raises(BlockedForNow):
            await _enter(bank, phones, cast.arta.number, client)


@pytest.mark.requirement("R20", "R26")
async def test_a_block_by_staff_holds_in_known_browsers_too(
    bank: Bank, office: Bank, cast: Cast, phones: Phones
) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    session = await login.give_number(bank, cast.arta.number, home)
    session = await login.give_password(bank, session, PASSWORD, home)
    await staff.block(office, cast.arta.number, operator="elona", reason="lost phone")
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, last_code(phones), home)


async def test_a_browser_is_known_to_the_customer_who_came_in_with_it_and_to_no_other(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    arta = await lockout.find(bank, cast.arta.number, home)
    genti = await lockout.find(bank, cast.genti.number, home)
    assert (arta.in_known_browser, genti.in_known_browser) == (True, False)
    assert genti.id == lockout.subject_id(bank, cast.genti.number)
    family = await _enter(bank, phones, cast.genti.number, home)
    assert family.device_token == home.device
    assert (await lockout.find(bank, cast.genti.number, home)).id != arta.id


async def test_a_token_that_we_never_gave_out_is_replaced(bank: Bank, cast: Cast, phones: Phones) -> None:
    planted = structs.replace(HOME, device="planted-by-somebody-else")
    session = await _enter(bank, phones, cast.arta.number, planted)
    assert session.device_token != planted.device
    assert not (await lockout.find(bank, cast.arta.number, planted)).in_known_browser


async def test_what_is_kept_of_a_browser_does_not_open_it(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    row = str([tuple(line) for line in await admin.fetch("SELECT * FROM device")])
    assert home.device not in row
    assert await bank.cache.command("KEYS", f"*{home.device}*") == []


async def test_a_browser_is_forgotten_half_a_year_after_its_last_login(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    await machine.wait(179 * 86400)
    assert (await lockout.find(bank, cast.arta.number, home)).in_known_browser
    await machine.wait(86400)
    assert not (await lockout.find(bank, cast.arta.number, home)).in_known_browser


async def test_a_browser_that_nobody_came_in_with_for_a_year_leaves_no_row(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    await enter(bank, phones, cast.arta.number)
    (job,) = (job for job in TIMETABLE if job.name == "forget browsers")
    await machine.wait(365 * 86400)
    assert await job.run(bank) == 0
    await machine.wait(2 * 86400)
    assert await job.run(bank) == 1
    assert await admin.fetchval("SELECT count(*) FROM device") == 0


@pytest.mark.requirement("R20", "R27")
async def test_a_browser_that_was_forgotten_comes_in_as_a_new_one_whatever_stood_against_it(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    for _ in range(len(bank.config.access.block_minutes) + 1):
        await _guess(bank, cast.arta.number, home)
        await machine.wait(2 * 86400)
    await machine.wait(180 * 86400)
    session = await _enter(bank, phones, cast.arta.number, home)
    assert session.device_token != home.device
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE template = 'new_device' AND channel = 'sms'") == 1


@pytest.mark.requirement("R27")
async def test_a_login_with_a_new_browser_is_told_to_the_owner_but_not_the_first_one(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    told = "SELECT count(*) FROM outbox WHERE template = 'new_device'"
    home = await _at_home(bank, phones, cast.arta.number)
    await _enter(bank, phones, cast.arta.number, home)
    assert await admin.fetchval(told) == 0
    await enter(bank, phones, cast.arta.number)
    assert await admin.fetchval(f"{told} AND channel = 'sms'") == 1


@pytest.mark.requirement("R29")
async def test_a_removed_browser_is_a_stranger_and_only_its_owner_removes_it(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    session = await enter(bank, phones, cast.arta.number)
    away = structs.replace(HOME, device=session.device_token)
    (first,) = [device for device in await devices.mine(bank, session) if device.token_mac.hex() != session.device]
    genti = await enter(bank, phones, cast.genti.number)
    for owner, device_id in ((genti, first.id), (session, uuid4())):
        with pytest.raises(NotFound):
            await devices.remove(bank, owner, device_id, away)
    assert await devices.remove(bank, session, first.id, away) is False
    assert not (await lockout.find(bank, cast.arta.number, home)).in_known_browser
    assert await sessions.load(bank, session.id) == kept(session)


@pytest.mark.requirement("R29")
async def test_a_removed_browser_that_comes_in_again_has_another_token(bank: Bank, cast: Cast, phones: Phones) -> None:
    home = await _at_home(bank, phones, cast.arta.number)
    await _enter(bank, phones, cast.genti.number, home)
    session = await enter(bank, phones, cast.arta.number)
    (first,) = [device for device in await devices.mine(bank, session) if device.token_mac.hex() != session.device]
    await devices.remove(bank, session, first.id, HOME)
    session = await _enter(bank, phones, cast.arta.number, home)
    assert session.device_token != home.device, "whoever copied the old one would be known again"
    assert not (await lockout.find(bank, cast.arta.number, home)).in_known_browser
    assert (await lockout.find(bank, cast.genti.number, home)).in_known_browser


@pytest.mark.requirement("R29")
async def test_removing_the_browser_in_hand_logs_out(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    (only,) = await devices.mine(bank, session)
    assert await devices.remove(bank, session, only.id, HOME) is True
    assert await sessions.load(bank, session.id) is None


@pytest.mark.requirement("R29")
async def test_logging_out_everywhere_leaves_no_session_and_one_browser(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    await _at_home(bank, phones, cast.arta.number)
    under_way = await login.give_number(bank, cast.arta.number, HOME)
    session = await enter(bank, phones, cast.arta.number)
    await devices.end_all(bank, session, structs.replace(HOME, device=session.device_token))
    assert await sessions.load(bank, session.id) is None
    assert not await sessions.still_good(bank, session)
    assert await admin.fetchval("SELECT count(*) FROM device WHERE removed_at IS NULL") == 1
    assert await sessions.load(bank, under_way.id) is not None, "a number alone proves nothing, and may go on"


@pytest.mark.requirement("R29")
async def test_a_session_is_at_home_only_in_the_browser_it_began_in(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    assert devices.is_at_home(bank, session, structs.replace(HOME, device=session.device_token))
    for device in ("", "another", session.device):
        assert not devices.is_at_home(bank, session, structs.replace(HOME, device=device))
