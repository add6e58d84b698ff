"""Failures in a row end in a block, whatever happens in between: other sessions, crashes, the loss of Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from access.doors import HOME, another, enter, known_browser, last_code, to_code
from access.watching import Counting, generous, lose_valkey, strict
from cast import Cast, told
from conftest import Phones

from dega.access import lockout, login, sessions, staff
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import Busy, Refusal, SignInFailed, TooManyCodes, UserBlocked


async def _fail(bank: Bank, number: str, times: int) -> None:
    for _ in range(times):
        await to_code(bank, number, "Wrong12345")


async def _refusal(bank: Bank, phones: Phones, number: str) -> str:
    """How a login with the right password and, if one is sent, the right code ends."""
    sent = len(phones.sent)
    session = await to_code(bank, number)
    code = last_code(phones) if len(phones.sent) > sent else "123456"
    try:
        await login.give_code(bank, session, code, HOME)
    except Refusal as refusal:
        return refusal.code
    return "entered"


@pytest.mark.requirement("R20")
@pytest.mark.parametrize(("failures", "ending"), [(1, "entered"), (2, "entered"), (3, "blocked_for_now")])
async def test_three_wrong_passwords_block(bank: Bank, cast: Cast, phones: Phones, failures: int, ending: str) -> None:
    await _fail(bank, cast.arta.number, failures)
    assert await _refusal(bank, phones, cast.arta.number) == ending


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("tries", [1, 2, 3, 4, 5])
async def test_the_number_of_tries_is_the_configurations(
    bank: Bank, cast: Cast, phones: Phones, admin, tries: int
) -> None:
    bank = _with_tries(bank, tries)
    await _fail(bank, cast.arta.number, tries - 1)
    assert not await _is_blocked(admin, cast.arta.id)
    await _fail(bank, cast.arta.number, 1)
    assert await _is_blocked(admin, cast.arta.id)


@pytest.mark.requirement("R20")
async def test_the_right_password_does_not_open_a_block(bank: Bank, cast: Cast, phones: Phones) -> None:
    await _fail(bank, cast.arta.number, 3)
    session = await to_code(bank, cast.arta.number)
    assert session.level is Level.CODE
    assert phones.sent == []
    with pytest.raises(UserBlocked):
        await login.give_code(bank, session, "123456", HOME)


@pytest.mark.requirement("R20")
async def test_wrong_codes_count_in_the_same_row(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    session = await to_code(bank, cast.arta.number)
    code = last_code(phones)
    for failures in (1, 2):
        with pytest.raises(SignInFailed):
            await login.give_code(bank, session, another(code), HOME)
        assert await _failures(admin, cast.arta.id) == failures
    with pytest.raises(UserBlocked):
        await login.give_code(bank, session, another(code), HOME)
    with pytest.raises(UserBlocked):
        await login.give_code(bank, session, code, HOME)


@pytest.mark.requirement("R20")
async def test_a_full_success_ends_the_counting(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    for _ in range(3):
        await _fail(bank, cast.arta.number, 2)
        assert await _failures(admin, cast.arta.id) == 2
        await _forget_caps(bank)
        await enter(bank, phones, cast.arta.number)
        assert await _failures(admin, cast.arta.id) == 0


@pytest.mark.requirement("R20")
async def test_a_right_password_alone_is_no_success(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    for _ in range(3):
        await to_code(bank, cast.arta.number)
    assert not await _is_blocked(admin, cast.arta.id)
    assert await _refusal(bank, phones, cast.arta.number) == "blocked_for_now"
    assert len(phones.sent) == 3


@pytest.mark.requirement("R20")
async def test_an_attempt_that_dies_in_the_middle_counts(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    class Crashing:
        @asynccontextmanager
        async def place(self) -> AsyncIterator["Crashing"]:
            yield self

        async def verify(self, kept: str | None, password: str) -> bool:
            raise RuntimeError("the process dies here")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            await to_code(replace(bank, hasher=Crashing()), cast.arta.number)
    assert await _failures(admin, cast.arta.id) == 3
    assert await _refusal(bank, phones, cast.arta.number) == "blocked_for_now"


@pytest.mark.requirement("R20")
async def test_losing_valkey_unblocks_nobody(bank: Bank, cast: Cast, phones: Phones) -> None:
    await _fail(bank, cast.arta.number, 2)
    await lose_valkey(bank)
    await _fail(bank, cast.arta.number, 1)
    await lose_valkey(bank)
    assert await _refusal(bank, phones, cast.arta.number) == "blocked_for_now"


@pytest.mark.requirement("R20")
async def test_blocks_grow_longer_and_the_last_one_stands(
    bank: Bank, office: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    bank = generous(bank)
    for minutes in (15, 60, 24 * 60):
        await _fail(bank, cast.arta.number, 3)
        await machine.wait(minutes * 60 - 10)
        assert await _refusal(bank, phones, cast.arta.number) == "blocked_for_now"
        await machine.wait(10)
    await _fail(bank, cast.arta.number, 3)
    await machine.wait(90 * 86400)
    assert await _refusal(bank, phones, cast.arta.number) == "user_blocked"
    await staff.unblock(office, cast.arta.number, operator="elona", reason="asked in person")
    assert await _refusal(bank, phones, cast.arta.number) == "entered"


@pytest.mark.requirement("R20")
async def test_a_success_makes_the_next_block_a_short_one_again(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    bank = generous(bank)
    for _ in range(3):
        await _fail(bank, cast.arta.number, 3)
        await machine.wait(15 * 60)
        assert await _refusal(bank, phones, cast.arta.number) == "entered"
    await _fail(bank, cast.arta.number, 3)
    await machine.wait(15 * 60)
    assert await _refusal(bank, phones, cast.arta.number) == "entered"


@pytest.mark.requirement("R20")
async def test_sixty_wrong_passwords_at_once_are_evaluated_three_times(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    bank = generous(bank)
    hasher = Counting(bank)
    watched = replace(bank, hasher=hasher)
    given = [await login.give_number(bank, cast.arta.number, HOME) for _ in range(20)]
    await asyncio.gather(*(login.give_password(watched, session, "Wrong12345", HOME) for session in given))
    assert hasher.evaluated == 3
    assert hasher.asked == 20
    assert await _is_blocked(admin, cast.arta.id)
    assert await lockout.tell_owners(bank) == 1
    assert await lockout.tell_owners(bank) == 0
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'access.block'") == 1


@pytest.mark.requirement("R20")
async def test_the_personal_number_counts_with_the_customer_number(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    await _fail(bank, "J61023041K", 2)
    await _fail(bank, cast.arta.number, 1)
    assert await _is_blocked(admin, cast.arta.id)


@pytest.mark.requirement("R20")
async def test_the_owner_is_told_of_a_block_by_sms_and_email(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    await _fail(bank, cast.arta.number, 4)
    await lockout.tell_owners(bank)
    assert await told(bank, admin) == [
        ("sms", cast.arta.mobile, "access_paused"),
        ("email", "c1@example.org", "access_paused"),
    ]
    rows = await admin.fetch("SELECT language, data::text FROM outbox")
    assert {row["language"] for row in rows} == {"sq"}
    assert '"at": "23.11.2026 10:0' in rows[0]["data"]
    assert '"until": "23.11.2026 10:15"' in rows[0]["data"]


@pytest.mark.requirement("R20")
async def test_the_owner_is_warned_before_a_block_is_for_good(
    bank: Bank, cast: Cast, machine: TimeMachine, admin
) -> None:
    bank = generous(bank)
    for minutes in (15, 60, 24 * 60, 0):
        await _fail(bank, cast.arta.number, 3)
        await lockout.tell_owners(bank)
        await machine.wait(minutes * 60)
    told = await admin.fetch("SELECT template FROM outbox WHERE channel = 'sms' ORDER BY id")
    assert [row["template"] for row in told] == [
        *("access_paused", "access_paused", "access_paused_last", "access_blocked"),
    ]


@pytest.mark.requirement("R20")
async def test_a_block_of_strangers_ends_no_session_unless_there_is_one_counter(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await _fail(bank, cast.arta.number, 3)
    await lockout.tell_owners(bank)
    assert await sessions.still_good(bank, session)
    single = strict(bank)
    session = await enter(single, phones, cast.genti.number)
    await _fail(single, cast.genti.number, 3)
    assert not await sessions.still_good(single, session)
    await lockout.tell_owners(single)
    assert await sessions.load(single, session.id) is None


@pytest.mark.requirement("R20")
async def test_a_block_that_falls_while_the_code_is_typed_holds(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await to_code(bank, cast.arta.number)
    await staff.block(bank, cast.arta.number, operator="elona", reason="lost phone")
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, last_code(phones), HOME)


@pytest.mark.requirement("R22")
async def test_a_block_leaves_the_accounts_alone(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    statement = "SELECT id, status, balance_minor, floor_minor FROM account WHERE customer_id = $1 ORDER BY id"
    before = await admin.fetch(statement, cast.arta.id)
    await _fail(bank, cast.arta.number, 3)
    assert await admin.fetch(statement, cast.arta.id) == before


async def test_strangers_numbers_are_not_kept_in_the_clear(bank: Bank, cast: Cast, admin) -> None:
    for _ in range(3):
        await to_code(bank, "987654321", "Wrong12345")
    await lockout.tell_owners(bank)
    row = await admin.fetchrow("SELECT * FROM lockout")
    assert row["subject"] == lockout.subject_id(bank, "987654321")
    assert (row["failures"], row["customer_id"], row["blocks"]) == (3, None, 1)
    kept = await admin.fetch("SELECT actor, subject, data::text FROM audit")
    assert "987654321" not in str([tuple(line) for line in kept])


@pytest.mark.requirement("R20")
async def test_a_number_blocked_before_it_was_given_to_anyone_stays_blocked(
    bank: Bank, office: Bank, cast: Cast, admin
) -> None:
    await _fail(bank, "123123123", 3)
    await admin.execute(
        "INSERT INTO customer (number, kind, name, kshbi_version, opened_at)"
        " VALUES ('123123123', 'individual', 'Nora Deda', 2, bank_clock())"
    )
    assert (await staff.show(bank, "123123123")).state is staff.UserState.BLOCKED
    await staff.unblock(office, "123123123", operator="elona", reason="new customer")
    assert (await staff.show(bank, "123123123")).state is staff.UserState.NOT_REGISTERED


@pytest.mark.requirement("R20")
async def test_too_many_codes_is_said_before_the_attempt_counts(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    for _ in range(5):
        await enter(bank, phones, cast.arta.number)
    for _ in range(5):
        with pytest.raises(TooManyCodes):
            await to_code(bank, cast.arta.number)
    assert await _failures(admin, cast.arta.id) == 0


@pytest.mark.requirement("R20")
async def test_an_overload_counts_against_nobody(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    await _fail(bank, cast.arta.number, 2)
    async with AsyncExitStack() as crowd:
        for _ in range(bank.config.access.hash_threads + bank.config.access.hash_queue):
            await crowd.enter_async_context(bank.hasher.place())
        numbers = [f"98765{number:04d}" for number in range(40)] + [cast.arta.number] * 10
        outcomes = await asyncio.gather(*(to_code(bank, number) for number in numbers), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Busy}
    assert await admin.fetchval("SELECT sum(failures) FROM lockout") == 2
    assert await _refusal(bank, phones, cast.arta.number) == "entered"


@pytest.mark.requirement("R20")
async def test_whoever_is_counted_was_never_busy(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    strangers = [f"98765{number:04d}" for number in range(60)]
    attempts = (to_code(bank, number) for number in strangers)
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    evaluated = sum(isinstance(outcome, sessions.Session) for outcome in outcomes)
    assert evaluated + sum(isinstance(outcome, Busy) for outcome in outcomes) == 60
    assert await admin.fetchval("SELECT sum(failures) FROM lockout") == evaluated


@pytest.mark.requirement("R20")
async def test_in_a_known_browser_a_code_that_the_banks_gateway_did_not_send_is_nobodys_failure(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    home = await known_browser(bank, phones, cast.arta.number)
    phones.reachable = False
    for _ in range(5):
        await to_code(bank, cast.arta.number, client=home)
        await asyncio.gather(*phones.tasks)
    assert await _failures(admin, cast.arta.id) == 0
    phones.reachable = True
    await machine.wait(3600)
    session = await to_code(bank, cast.arta.number, client=home)
    assert (await login.give_code(bank, session, last_code(phones), home)).level is Level.FULL


@pytest.mark.requirement("R15", "R20")
async def test_elsewhere_it_stays_a_failure_since_tries_left_would_tell_of_the_password(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    phones.reachable = False
    await to_code(bank, cast.arta.number)
    await asyncio.gather(*phones.tasks)
    assert await _failures(admin, cast.arta.id) == 1


@pytest.mark.requirement("R20")
async def test_an_attempt_is_excused_once_however_often_its_code_was_not_sent(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    home = await known_browser(bank, phones, cast.arta.number)
    for _ in range(2):
        await to_code(bank, cast.arta.number, "Wrong12345", home)
    phones.reachable = False
    session = await to_code(bank, cast.arta.number, client=home)
    await asyncio.gather(*phones.tasks)
    for _ in range(3):
        await machine.wait(30)
        await login.resend(bank, session)
        await asyncio.gather(*phones.tasks)
    assert await _failures(admin, cast.arta.id) == 2


@pytest.mark.requirement("R20")
async def test_unblocked_after_wrong_codes_the_customer_can_type_a_code_at_once(
    bank: Bank, office: Bank, cast: Cast, phones: Phones
) -> None:
    session = await to_code(bank, cast.arta.number)
    for _ in range(3):
        with pytest.raises(Refusal):
            await login.give_code(bank, session, another(last_code(phones)), HOME)
    await staff.unblock(office, cast.arta.number, operator="elona", reason="asked in person")
    assert await _refusal(bank, phones, cast.arta.number) == "entered"


async def _forget_caps(bank: Bank) -> None:
    for pattern in ("codes-of-hour:*", "sms-of-day:*"):
        for key in await bank.cache.command("KEYS", f"{bank.cache.prefix}{pattern}"):
            await bank.cache.command("DEL", key)


def _with_tries(bank: Bank, tries: int) -> Bank:
    return replace(bank, config=replace(bank.config, access=replace(bank.config.access, tries=tries)))


async def _failures(admin, customer_id: int) -> int:
    return await admin.fetchval("SELECT sum(failures) FROM lockout WHERE customer_id = $1", customer_id)


async def _is_blocked(admin, customer_id: int) -> bool:
    blocked = "SELECT bool_or(stands(blocked_at, blocked_until)) FROM lockout WHERE customer_id = $1"
    return bool(await admin.fetchval(blocked, customer_id))
