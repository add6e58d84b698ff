"""Changing the password: the old one and a code, or the old one alone where it has expired."""

import asyncio
import itertools
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from access.doors import HOME, another, enter, kept, last_code, to_code
from cast import PASSWORD, Cast, told
from conftest import MONDAY_MORNING, Phones
from night.eventually import eventually

from dega.access import lockout, login, password, sessions, staff
from dega.access.hasher import Hasher
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import (
    Busy,
    CodeExpired,
    CodeSpent,
    CodeWrong,
    OldPasswordWrong,
    PasswordAlike,
    PasswordRecent,
    PasswordShort,
    Refusal,
    Refusals,
    SignInFailed,
    SignInNeeded,
    UserBlocked,
)
from dega.ids import is_gsm7
from dega.keyring import Keyring

NEW = "Ne kala rri 1 plak"


async def _change(bank: Bank, phones: Phones, session: Session, old: str, new: str) -> Session:
    session = await password.start_change(bank, session, old, new, new)
    return await password.finish_change(bank, session, last_code(phones), HOME)


@pytest.mark.requirement("R23")
async def test_the_old_password_and_a_code_make_a_new_one(bank: Bank, cast: Cast, phones: Phones) -> None:
    before = await enter(bank, phones, cast.arta.number)
    after = await _change(bank, phones, before, PASSWORD, NEW)
    assert (after.level, after.customer_id) == (Level.FULL, cast.arta.id)
    assert await sessions.load(bank, before.id) is None
    assert await sessions.load(bank, after.id) == kept(after)
    assert await sessions.still_good(bank, after)
    assert (await enter(bank, phones, cast.arta.number, NEW)).level is Level.FULL
    old = await to_code(bank, cast.arta.number, PASSWORD)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, old, last_code(phones), HOME)


@pytest.mark.requirement("R23")
async def test_the_customer_is_told_of_the_change(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    await _change(bank, phones, await enter(bank, phones, cast.arta.number), PASSWORD, NEW)
    assert await told(bank, admin) == [
        ("sms", cast.arta.mobile, "password_changed"),
        ("email", "c1@example.org", "password_changed"),
    ]
    trail = await admin.fetchrow("SELECT actor, subject FROM audit WHERE action = 'password.change'")
    assert tuple(trail) == (f"customer:{cast.arta.id}", f"customer:{cast.arta.id}")


@pytest.mark.requirement("R23")
async def test_a_login_under_way_with_the_old_password_comes_to_nothing(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    under_way = await to_code(bank, cast.arta.number)
    code = last_code(phones)
    await _change(bank, phones, session, PASSWORD, NEW)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, under_way, code, HOME)


@pytest.mark.requirement("R27")
async def test_the_sms_of_a_change_says_so(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    await password.start_change(bank, session, PASSWORD, NEW, NEW)
    text = phones.sent[-1][1]
    assert text.startswith("DEGA FJALEKALIM I RI: kodi ")
    assert len(last_code(phones)) == 8
    assert is_gsm7(text)
    assert len(text) <= 160


@pytest.mark.requirement("R23")
@pytest.mark.refusal("password_recent", "password_alike", "passwords_differ", "password_missing")
@pytest.mark.parametrize(
    ("old", "new", "again", "expected"),
    [
        ("", "", "", [("old", "password_missing"), ("new", "password_missing")]),
        ("", NEW, NEW, [("old", "password_missing")]),
        (PASSWORD, NEW, NEW + "x", [("again", "passwords_differ")]),
        (PASSWORD, "short", "shorter", [
            ("new", "password_short"), ("new", "password_without_digit"), ("again", "passwords_differ"),
        ]),
        (PASSWORD, PASSWORD, PASSWORD, [("new", "password_recent")]),
        (PASSWORD, "Gjysmehene8", "Gjysmehene8", [("new", "password_alike")]),
    ],
)  # fmt: skip
async def test_all_that_is_wrong_with_the_form_is_said_at_once_and_counts_nothing(
    bank: Bank, cast: Cast, phones: Phones, admin, old: str, new: str, again: str, expected: list[tuple[str, str]]
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    with pytest.raises((Refusal, Refusals)) as caught:
        await password.start_change(bank, session, old, new, again)
    refusals = caught.value.refusals if isinstance(caught.value, Refusals) else [caught.value]
    assert [(refusal.field, refusal.code) for refusal in refusals] == expected
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) == 0
    assert len(phones.sent) == 1


@pytest.mark.requirement("R20", "R23")
@pytest.mark.refusal("old_password_wrong")
async def test_a_wrong_old_password_counts_like_a_wrong_login(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    session = await enter(bank, phones, cast.arta.number)
    for _ in range(2):
        with pytest.raises(OldPasswordWrong) as caught:
            await password.start_change(bank, session, "Wrong12345", NEW, NEW)
        assert caught.value.field == "old"
    with pytest.raises(UserBlocked):
        await password.start_change(bank, session, "Wrong12345", NEW, NEW)
    assert not await sessions.still_good(bank, session)
    await lockout.tell_owners(bank)
    assert await sessions.load(bank, session.id) is None
    assert await admin.fetchval("SELECT blocked_at IS NOT NULL FROM lockout WHERE subject = $1", session.subject)


@pytest.mark.requirement("R20", "R23")
async def test_a_right_old_password_counts_nothing_and_only_the_code_ends_the_counting(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    failures = "SELECT sum(failures) FROM lockout WHERE customer_id = $1"
    session = await enter(bank, phones, cast.arta.number)
    for _ in range(2):
        with pytest.raises(OldPasswordWrong):
            await password.start_change(bank, session, "Wrong12345", NEW, NEW)
    session = await password.start_change(bank, session, PASSWORD, NEW, NEW)
    assert await admin.fetchval(failures, cast.arta.id) == 2
    await password.finish_change(bank, session, last_code(phones), HOME)
    assert await admin.fetchval(failures, cast.arta.id) == 0


@pytest.mark.requirement("R20", "R23")
async def test_wrong_codes_of_a_change_block(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    session = await password.start_change(bank, session, PASSWORD, NEW, NEW)
    wrong = another(last_code(phones))
    for _ in range(2):
        with pytest.raises(CodeWrong):
            await password.finish_change(bank, session, wrong, HOME)
    with pytest.raises(UserBlocked):
        await password.finish_change(bank, session, wrong, HOME)
    assert not await sessions.still_good(bank, session)


@pytest.mark.requirement("R23")
async def test_the_code_is_for_exactly_this_new_password(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    session = await password.start_change(bank, session, PASSWORD, NEW, NEW)
    tampered = await sessions.keep(bank, session, change_hash=await bank.hasher.hash("Another2026xyz"))
    with pytest.raises(CodeWrong):
        await password.finish_change(bank, tampered, last_code(phones), HOME)


@pytest.mark.requirement("R23")
async def test_many_confirmations_at_once_change_it_once(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    session = await enter(bank, phones, cast.arta.number)
    session = await password.start_change(bank, session, PASSWORD, NEW, NEW)
    code = last_code(phones)
    outcomes = await asyncio.gather(
        *(password.finish_change(bank, session, code, HOME) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Session) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} <= {Session, CodeSpent, SignInNeeded}
    assert await admin.fetchval("SELECT count(*) FROM past_password WHERE customer_id = $1", cast.arta.id) == 1


async def test_a_code_without_a_change_under_way_has_expired(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    with pytest.raises(CodeExpired):
        await password.finish_change(bank, session, "12345678", HOME)
    with pytest.raises(CodeExpired):
        await password.resend(bank, session)


@pytest.mark.requirement("R18", "R23")
async def test_the_code_of_a_change_can_be_replaced(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    session = await password.start_change(bank, session, PASSWORD, NEW, NEW)
    await machine.wait(299)
    session = await password.resend(bank, session)
    await machine.wait(200)
    after = await password.finish_change(bank, session, last_code(phones), HOME)
    assert "change_hash" not in after.facts


async def test_a_change_that_something_overtook_is_not_made(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    session = await password.start_change(bank, session, PASSWORD, NEW, NEW)
    await staff.reset(bank, cast.arta.number, operator="elona", reason="forgot")
    with pytest.raises(SignInNeeded):
        await password.finish_change(bank, session, last_code(phones), HOME)


@pytest.mark.requirement("R23")
async def test_the_last_passwords_are_refused(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    bank = replace(bank, config=replace(bank.config, codes=replace(bank.config.codes, hourly=100, daily_sms=100)))
    session = await enter(bank, phones, cast.arta.number)
    words = [
        PASSWORD,
        "nje mace 48 minj",
        "dy ura 58 hapa",
        "tri kisha 67 kambana",
        "kater ujq 29 dele",
        "pese are 37 rrush",
        "gjashte shtepi 3 oxhaqe",
    ]
    for old, new in itertools.pairwise(words):
        session = await _change(bank, phones, session, old, new)
        await machine.wait(1)
    for recent in words[1:6]:
        with pytest.raises(PasswordRecent):
            await password.start_change(bank, session, words[-1], recent, recent)
    session = await _change(bank, phones, session, words[-1], PASSWORD)
    assert session.level is Level.FULL


@pytest.mark.requirement("R24", "R25")
async def test_an_expired_password_is_changed_without_a_second_code(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await machine.travel_to(MONDAY_MORNING + timedelta(days=180))
    session = await enter(bank, phones, cast.arta.number)
    assert session.level is Level.CHANGE_ONLY
    with pytest.raises(SignInNeeded):
        await password.start_change(bank, session, PASSWORD, NEW, NEW)
    after = await password.change_expired(bank, session, PASSWORD, NEW, NEW, HOME)
    assert (after.level, len(phones.sent)) == (Level.FULL, 1)
    assert await sessions.load(bank, session.id) is None
    assert (await enter(bank, phones, cast.arta.number, NEW)).level is Level.FULL


@pytest.mark.requirement("R24", "R25")
async def test_an_expired_password_can_not_be_kept(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await machine.travel_to(MONDAY_MORNING + timedelta(days=180))
    session = await enter(bank, phones, cast.arta.number)
    for new, refusal in {PASSWORD: PasswordRecent, "Gjysmehene26": PasswordAlike}.items():
        with pytest.raises(refusal):
            await password.change_expired(bank, session, PASSWORD, new, new, HOME)
    with pytest.raises(OldPasswordWrong):
        await password.change_expired(bank, session, "Wrong12345", NEW, NEW, HOME)


@pytest.mark.requirement("R24")
async def test_changing_gives_the_full_days_again(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    await machine.travel_to(MONDAY_MORNING + timedelta(days=170))
    session = await enter(bank, phones, cast.arta.number)
    assert password.days_left(bank, datetime.fromisoformat(session.facts["password_changed_at"])) == 10
    after = await _change(bank, phones, session, PASSWORD, NEW)
    assert password.days_left(bank, datetime.fromisoformat(after.facts["password_changed_at"])) == 180
    await machine.travel_to(MONDAY_MORNING + timedelta(days=170 + 179))
    assert (await enter(bank, phones, cast.arta.number, NEW)).level is Level.FULL


@pytest.mark.requirement("R24")
@pytest.mark.parametrize(
    ("changed_at", "left"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=TIRANA), 180),
        (datetime(2026, 11, 23, 0, 0, tzinfo=TIRANA), 180),
        (datetime(2026, 11, 22, 23, 59, tzinfo=TIRANA), 179),
        (datetime(2026, 6, 10, 12, 0, tzinfo=TIRANA), 14),
        (datetime(2026, 5, 28, 0, 0, tzinfo=TIRANA), 1),
        (datetime(2026, 5, 27, 23, 59, tzinfo=TIRANA), 0),
        (datetime(2025, 11, 23, 10, 0, tzinfo=TIRANA), -185),
    ],
)
async def test_days_are_counted_by_tiranas_midnights(bank: Bank, changed_at: datetime, left: int) -> None:
    assert password.days_left(bank, changed_at) == left


async def test_a_stolen_table_of_passwords_is_of_no_use_without_the_pepper(bank: Bank) -> None:
    kept = await bank.hasher.hash(PASSWORD)
    assert kept.startswith(f"v1|{bank.keys.pepper.kid}|")
    assert "argon2" not in kept
    assert await bank.hasher.verify(kept, PASSWORD)
    assert not await bank.hasher.verify(None, PASSWORD)
    elsewhere = Hasher(bank.config.access, Keyring("pepper", b"another pepper of thirty-two byt"))
    assert not await elsewhere.verify(kept, PASSWORD)
    elsewhere.close()


async def test_a_hash_of_weaker_parameters_takes_as_long_as_nobodys_and_is_renewed(bank: Bank) -> None:
    stronger = replace(bank.config.access, hash_memory_kib=16384, hash_rounds=2)
    kept, renewed = await bank.hasher.hash(PASSWORD), []
    hasher = Hasher(stronger, bank.keys.pepper, renewed_within=0)
    took: dict[str | None, list[float]] = {kept: [], None: []}
    for of in [kept, None] * 10:  # turn by turn: whatever else the machine does falls on both
        begun = time.monotonic()
        await hasher.verify(of, "Wrong12345")
        took[of].append(time.monotonic() - begun)
    assert min(took[kept]) > min(took[None]) / 2

    async def keep(new: str) -> None:
        renewed.append(new)

    hasher.renew_later(kept, PASSWORD, keep)
    await eventually(lambda: len(renewed) == 1)
    hasher.renew_later(renewed[0], PASSWORD, keep)
    await asyncio.sleep(0.1)
    assert len(renewed) == 1
    assert await hasher.verify(renewed[0], PASSWORD)
    hasher.close()


async def test_a_changed_hash_is_nobodys_password(bank: Bank) -> None:
    kept = await bank.hasher.hash(PASSWORD)
    for guilty in (kept[:-1] + ("A" if kept[-1] != "A" else "B"), "v0|00000000|$argon2id$v=19$m=64", "plain", ""):
        assert not await bank.hasher.verify(guilty, PASSWORD)


@pytest.mark.refusal("busy")
async def test_past_the_queue_passwords_wait_for_nobody_and_nothing_is_counted(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    access = replace(bank.config.access, hash_threads=1, hash_queue=1, hash_memory_kib=65536, hash_rounds=4)
    hasher = Hasher(access, bank.keys.pepper)
    slow = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await to_code(replace(bank, hasher=hasher), cast.arta.number)
    await asyncio.gather(*slow)
    assert await admin.fetchval("SELECT count(*) FROM lockout") == 0
    async with hasher.place() as place:
        assert not await place.verify(None, PASSWORD)
    hasher.close()


@pytest.mark.refusal("password_short")
async def test_one_thing_wrong_is_one_refusal(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    with pytest.raises(PasswordShort):
        await password.start_change(bank, session, PASSWORD, "Ura1234", "Ura1234")
