"""Sessions: found by the browser's id alone, ended by idleness, age, logout, another login, or the bank."""

import asyncio
from dataclasses import replace

import pytest
from access.doors import HOME, enter, kept, last_code, to_code
from cast import PASSWORD, Cast
from conftest import Phones

from dega.access import devices, login, sessions, staff
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.config import Cache as CacheSettings
from dega.errors import PartAway, SignInFailed, SignInNeeded
from dega.store.cache import Cache


@pytest.mark.requirement("R29")
@pytest.mark.parametrize(("seconds", "lives"), [(299, True), (300, False), (301, False)])
async def test_a_session_ends_after_five_idle_minutes(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, seconds: int, lives: bool
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await machine.wait(seconds - 0.5 if lives else seconds)
    assert (await sessions.load(bank, session.id) is not None) is lives


@pytest.mark.requirement("R29")
async def test_a_session_ends_after_half_an_hour_however_busy(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    for _ in range(29):
        await machine.wait(60)
        assert await sessions.load(bank, session.id) is not None
    await machine.wait(60)
    assert await sessions.load(bank, session.id) is None


async def test_looking_without_touching_keeps_nobody_logged_in(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    for _ in range(2):
        await machine.wait(149)
        assert await sessions.load(bank, session.id, touch=False) is not None
    await machine.wait(2)
    assert await sessions.load(bank, session.id, touch=False) is None


async def test_a_moved_calendar_ends_no_session(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await machine.travel_to(bank.clock.now().replace(year=2027))
    assert await sessions.load(bank, session.id) is not None


async def test_a_session_expires_in_valkey_by_itself(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await sessions.load(bank, session.id)
    for key in await _keys(bank, "session*"):
        assert 0 < await bank.cache.command("TTL", key) <= 1800
    short = replace(bank, config=replace(bank.config, sessions=replace(bank.config.sessions, absolute_seconds=200)))
    await sessions.load(short, session.id)
    assert await bank.cache.command("TTL", (await _keys(bank, "session:*"))[0]) <= 200


@pytest.mark.requirement("R29")
async def test_each_step_up_has_a_new_id_and_the_old_one_is_void(bank: Bank, cast: Cast, phones: Phones) -> None:
    number_given = await login.give_number(bank, cast.arta.number, HOME)
    password_given = await login.give_password(bank, number_given, PASSWORD, HOME)
    assert number_given.id != password_given.id
    assert await sessions.load(bank, number_given.id) is None
    with pytest.raises(SignInNeeded):
        await login.give_password(bank, number_given, PASSWORD, HOME)


@pytest.mark.requirement("R29")
async def test_valkey_does_not_know_the_id(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    assert len(session.id) == 43
    for key in await _keys(bank, "*"):
        value = await bank.cache.command("DUMP", key)
        assert session.id.encode() not in key + value


@pytest.mark.parametrize(
    "written",
    [
        ("HDEL", "record"),  # as it was before there were records
        ("HSET", "record", '{"level":"full"}'),
        ("HSET", "record", '{"level":"half","customer_number":"1","started":1.0,"client":""}'),
        ("HSET", "record", "\x00"),
        ("HSET", "record", b'{"level":"\xff"}'),
        ("HSET", "facts", '["a"]'),
    ],
)
async def test_what_another_version_of_the_bank_kept_is_no_session(
    bank: Bank, cast: Cast, phones: Phones, written: tuple[str | bytes, ...]
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    (key,) = await _keys(bank, "session:*")
    command, *words = written
    await bank.cache.command(command, key, *words)
    assert await sessions.load(bank, session.id) is None
    assert await sessions.load(bank, (await enter(bank, phones, cast.arta.number)).id) is not None


@pytest.mark.parametrize("made_up", ["", "x", "A" * 43, "../../session:1", "\x00", "\udcff"])
async def test_an_id_that_was_never_given_opens_nothing(bank: Bank, made_up: str) -> None:
    assert await sessions.load(bank, made_up) is None


@pytest.mark.requirement("R29")
async def test_logging_in_elsewhere_ends_the_session_before(bank: Bank, cast: Cast, phones: Phones) -> None:
    first = await enter(bank, phones, cast.arta.number)
    genti = await enter(bank, phones, cast.genti.number)
    second = await enter(bank, phones, cast.arta.number)
    assert await sessions.load(bank, first.id) is None
    assert await sessions.load(bank, second.id) == kept(second)
    assert await sessions.load(bank, genti.id) == kept(genti)


@pytest.mark.requirement("R29")
async def test_logging_out_ends_it(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await sessions.end(bank, session)
    assert await sessions.load(bank, session.id) is None
    assert await _keys(bank, "session*") == []


async def test_what_was_logged_out_meanwhile_does_not_come_back(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await to_code(bank, cast.arta.number)
    await sessions.end(bank, session)
    with pytest.raises(SignInNeeded):
        await sessions.raise_level(bank, session, Level.CODE)
    with pytest.raises(SignInNeeded):
        await sessions.keep(bank, session, note="x")
    assert await _keys(bank, "session:*") == []


async def test_of_many_step_ups_at_once_one_lives(bank: Bank, cast: Cast) -> None:
    session = await login.give_number(bank, cast.arta.number, HOME)
    outcomes = await asyncio.gather(
        *(sessions.raise_level(bank, session, Level.CODE) for _ in range(50)), return_exceptions=True
    )
    assert sum(isinstance(outcome, sessions.Session) for outcome in outcomes) == 1
    assert len(await _keys(bank, "session:*")) == 1


async def test_notes_are_kept_beside_each_other(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await asyncio.gather(*(sessions.keep(bank, session, **{f"note{n}": str(n)}) for n in range(20)))
    loaded = await sessions.load(bank, session.id)
    assert loaded is not None
    assert {f"note{n}": str(n) for n in range(20)}.items() <= loaded.facts.items()
    noted = await sessions.keep(bank, loaded, note0=None, note1='ë & \r\n/\0"\\')
    assert "note0" not in noted.facts
    assert await sessions.load(bank, session.id) == noted


async def test_only_what_is_given_goes_to_the_next_level(bank: Bank, cast: Cast) -> None:
    session = await login.give_number(bank, cast.arta.number, HOME)
    session = await sessions.keep(bank, session, left_behind="x")
    raised = await sessions.raise_level(bank, session, Level.CODE, facts={"taken": "y"})
    assert raised.facts == {"taken": "y"}
    assert await sessions.load(bank, raised.id) == raised


async def test_nobody_is_logged_in_without_a_customer(bank: Bank, cast: Cast) -> None:
    session = await login.give_number(bank, cast.arta.number, HOME)
    with pytest.raises(ValueError, match="needs a customer"):
        await sessions.raise_level(bank, session, Level.FULL)


async def test_all_sessions_end_and_logins_under_way_with_them(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    under_way = await to_code(bank, cast.arta.number)
    await devices.end_all(bank, session, HOME)
    assert await sessions.load(bank, session.id) is None
    assert not await sessions.still_good(bank, session)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, under_way, last_code(phones), HOME)


@pytest.mark.requirement("R29")
async def test_what_ends_during_a_login_wins(bank: Bank, cast: Cast, phones: Phones) -> None:
    """The end falls after the code was used up and before the session stands: the moment that nothing locks."""

    class Late(Cache):
        def __init__(self, cache: Cache) -> None:
            self.prefix, self.cache = cache.prefix, cache

        async def run(self, script, keys, arguments):  # type: ignore[no-untyped-def]
            if len(keys) == 3:
                await staff.block(bank, cast.arta.number, operator="elona", reason="lost phone")
            return await self.cache.run(script, keys, arguments)

    session = await to_code(bank, cast.arta.number)
    with pytest.raises(SignInNeeded):
        await login.give_code(replace(bank, cache=Late(bank.cache)), session, last_code(phones), HOME)
    assert await _keys(bank, "session:*") == []


@pytest.mark.refusal("part_away", "sign_in_needed")
async def test_without_valkey_nobody_is_let_in(bank: Bank, cast: Cast, phones: Phones) -> None:
    away = Cache(CacheSettings(url="unix:///nowhere/valkey.sock?db=0", timeout_ms=50, prefix="dega:"))
    cut_off = replace(bank, cache=away)
    session = await to_code(bank, cast.arta.number)
    for step in (
        sessions.load(cut_off, session.id),
        login.give_number(cut_off, cast.arta.number, HOME),
        login.give_code(cut_off, session, last_code(phones), HOME),
    ):
        with pytest.raises(PartAway):
            await step
    await away.close()
    assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL


async def _keys(bank: Bank, pattern: str) -> list[bytes]:
    return list(await bank.cache.command("KEYS", f"{bank.cache.prefix}{pattern}"))
