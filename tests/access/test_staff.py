"""What staff do about a customer's access, and every state it can be in."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from access.doors import HOME, enter, last_code, to_code, to_new_password
from cast import Cast, told
from conftest import MONDAY_MORNING, Phones

from dega.access import login, register, sessions, staff
from dega.access.staff import NotDone, UserState
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.config import Cache as CacheSettings
from dega.errors import SignInFailed
from dega.store.cache import Cache

WHY = {"operator": "elona", "reason": "asked by phone"}

Action = Callable[[Bank, str], Awaitable[object]]

ACTIONS: dict[str, Action] = {
    "block": lambda bank, number: staff.block(bank, number, **WHY),
    "unblock": lambda bank, number: staff.unblock(bank, number, **WHY),
    "reset": lambda bank, number: staff.reset(bank, number, **WHY),
    "close": lambda bank, number: staff.close(bank, number, **WHY),
    "end sessions": lambda bank, number: staff.end_sessions(bank, number, **WHY),
    "set mobile": lambda bank, number: staff.set_mobile(bank, number, "069 511 2233", **WHY),
    "set email": lambda bank, number: staff.set_email(bank, number, "arta@shkodra.al", **WHY),
    "set kshbi": lambda bank, number: staff.set_kshbi(bank, number, 3, **WHY),
    "set language": lambda bank, number: staff.set_language(bank, number, "en", **WHY),
}


@pytest.mark.requirement("R20", "R21", "R46")
@pytest.mark.parametrize(
    ("start", "action", "end"),
    [
        ("not registered", "block", "blocked"),
        ("not registered", "reset", None),
        ("not registered", "close", None),
        ("not registered", "unblock", None),
        ("not registered", "end sessions", None),
        ("active", "block", "blocked"),
        ("active", "reset", "reset"),
        ("active", "close", "closed"),
        ("active", "unblock", None),
        ("active", "end sessions", "active"),
        ("active", "set mobile", "active"),
        ("active", "set email", "active"),
        ("active", "set kshbi", "active"),
        ("active", "set language", "active"),
        ("expired password", "block", "blocked"),
        ("expired password", "reset", "reset"),
        ("expired password", "close", "closed"),
        ("expired password", "unblock", None),
        ("expired password", "end sessions", "expired password"),
        ("blocked", "block", None),
        ("blocked", "unblock", "active"),
        ("blocked", "reset", "blocked"),
        ("blocked", "close", "closed"),
        ("blocked", "end sessions", "blocked"),
        ("reset", "block", "blocked"),
        ("reset", "reset", None),
        ("reset", "close", "closed"),
        ("reset", "unblock", None),
        ("reset", "end sessions", "reset"),
        ("closed", "block", "closed"),
        ("closed", "reset", "reset"),
        ("closed", "close", None),
        ("closed", "unblock", None),
        ("closed", "end sessions", "closed"),
    ],
)
async def test_every_transition_of_a_users_state(
    office: Bank, cast: Cast, machine: TimeMachine, start: str, action: str, end: str | None
) -> None:
    number = await _someone(office, cast, machine, start)
    assert (await staff.show(office, number)).state == start
    if end is None:
        with pytest.raises(NotDone):
            await ACTIONS[action](office, number)
    else:
        await ACTIONS[action](office, number)
    assert (await staff.show(office, number)).state == (end or start)


async def _someone(bank: Bank, cast: Cast, machine: TimeMachine, state: str) -> str:
    before = {"blocked": "block", "reset": "reset", "closed": "close"}
    if state == "not registered":
        return cast.elira.number
    if state == "expired password":
        await machine.travel_to(MONDAY_MORNING + timedelta(days=180))
    elif state in before:
        await ACTIONS[before[state]](bank, cast.arta.number)
    return cast.arta.number


@pytest.mark.requirement("R46")
async def test_a_customer_passes_through_the_states(
    bank: Bank, office: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    number = cast.elira.number

    async def state() -> UserState:
        return (await staff.show(office, number)).state

    assert await state() is UserState.NOT_REGISTERED
    await register.choose_password(
        bank, await to_new_password(bank, phones, number), "Butrinti ka 26 gurë", "Butrinti ka 26 gurë", HOME
    )
    assert await state() is UserState.ACTIVE
    await machine.wait(180 * 86400)
    assert await state() is UserState.EXPIRED_PASSWORD
    for _ in range(3):
        await to_code(bank, number, "Wrong12345")
    assert await state() is UserState.BLOCKED
    await staff.reset(office, number, **WHY)
    await staff.unblock(office, number, **WHY)
    assert await state() is UserState.RESET
    await register.choose_password(
        bank, await to_new_password(bank, phones, number), "Apollonia pa 5 kolona", "Apollonia pa 5 kolona", HOME
    )
    assert await state() is UserState.ACTIVE


@pytest.mark.requirement("R20")
async def test_unblocked_the_customer_logs_in_again(bank: Bank, office: Bank, cast: Cast, phones: Phones) -> None:
    for _ in range(3):
        await to_code(bank, cast.arta.number, "Wrong12345")
    await staff.unblock(office, cast.arta.number, **WHY)
    assert (await enter(bank, phones, cast.arta.number)).customer_id == cast.arta.id


@pytest.mark.requirement("R26", "R27")
async def test_a_block_by_staff_ends_everything_at_once(bank: Bank, office: Bank, cast: Cast, phones: Phones) -> None:
    inside = await enter(bank, phones, cast.arta.number)
    assert await staff.block(office, cast.arta.number, **WHY) is True
    assert await sessions.load(bank, inside.id) is None
    standing = await staff.show(office, cast.arta.number)
    assert standing.lockout.barred_by == "operator:elona"


@pytest.mark.requirement("R26")
async def test_a_block_holds_also_while_valkey_is_away(bank: Bank, office: Bank, cast: Cast, phones: Phones) -> None:
    inside = await enter(bank, phones, cast.arta.number)
    away = Cache(CacheSettings(url="unix:///nowhere/valkey.sock?db=0", timeout_ms=50, prefix="dega:"))
    assert await staff.block(replace(office, cache=away), cast.arta.number, **WHY) is False
    await away.close()
    assert not await sessions.still_good(bank, inside)
    assert (await staff.show(office, cast.arta.number)).state is UserState.BLOCKED


@pytest.mark.requirement("R43")
@pytest.mark.parametrize("action", list(ACTIONS))
async def test_every_action_is_in_the_trail_and_the_customer_is_told(
    office: Bank, cast: Cast, admin, action: str
) -> None:
    if action == "unblock":
        await ACTIONS["block"](office, cast.arta.number)
        await admin.execute("DELETE FROM outbox")
    await ACTIONS[action](office, cast.arta.number)
    trail = await admin.fetchrow(
        "SELECT actor, subject, outcome, data->>'reason' AS reason FROM audit ORDER BY id DESC"
    )
    assert tuple(trail) == ("operator:elona", f"customer:{cast.arta.id}", "done", "asked by phone")
    channels = await admin.fetch("SELECT DISTINCT channel FROM outbox ORDER BY channel")
    assert [row["channel"] for row in channels] == ["email", "sms"]


@pytest.mark.requirement("R43")
@pytest.mark.parametrize("action", list(ACTIONS))
@pytest.mark.parametrize("missing", ["operator", "reason"])
async def test_nothing_is_done_without_a_name_and_a_reason(
    office: Bank, cast: Cast, admin, action: str, missing: str
) -> None:
    why = {**WHY, missing: "  "}
    values = {"set mobile": "0695112233", "set email": "a@b.al", "set kshbi": 3, "set language": "en"}
    arguments = (values[action],) if action in values else ()
    with pytest.raises(NotDone, match="audit trail"):
        await getattr(staff, action.replace(" ", "_"))(office, cast.arta.number, *arguments, **why)
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE actor LIKE 'operator:%'") == 0


async def test_what_is_not_done_leaves_no_trace(office: Bank, cast: Cast, admin) -> None:
    with pytest.raises(NotDone, match="no block and no failure"):
        await staff.unblock(office, cast.arta.number, **WHY)
    with pytest.raises(NotDone, match="no customer 555555555"):
        await staff.block(office, "555555555", **WHY)
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE actor LIKE 'operator:%'") == 0
    assert await admin.fetchval("SELECT count(*) FROM outbox") == 0


@pytest.mark.requirement("R4", "R8", "R47")
async def test_a_new_mobile_number_is_told_to_both_and_gets_the_codes(
    bank: Bank, office: Bank, cast: Cast, phones: Phones, admin
) -> None:
    inside, under_way = await enter(bank, phones, cast.arta.number), await to_code(bank, cast.arta.number)
    await staff.set_mobile(office, cast.arta.number, "069 511 2233", **WHY)
    sms = [recipient for channel, recipient, _ in await told(bank, admin) if channel == "sms"]
    assert sms == [cast.arta.mobile, "+355695112233"]
    data = await admin.fetchval("SELECT data::text FROM audit WHERE action = 'customer.set_mobile'")
    assert "+355 69 *** **33" in data
    assert "+355695112233" not in data
    assert not await sessions.still_good(bank, inside)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, under_way, last_code(phones), HOME)
    await to_code(bank, cast.arta.number)
    assert phones.sent[-1][0] == "+355695112233"


@pytest.mark.requirement("R3", "R8")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+355 69 511 2233", "+355695112233"),
        ("+39 333 123 4567", "+393331234567"),
        ("0049 151 23456789", None),
        ("069 511 22", None),
        ("04 226 6288", None),
        ("callme", None),
        ("", None),
    ],
)
async def test_mobile_numbers_are_read_as_people_give_them(
    office: Bank, cast: Cast, typed: str, kept: str | None
) -> None:
    if kept is None:
        with pytest.raises(NotDone):
            await staff.set_mobile(office, cast.arta.number, typed, **WHY)
        kept = cast.arta.mobile
    else:
        await staff.set_mobile(office, cast.arta.number, typed, **WHY)
    assert (await staff.show(office, cast.arta.number)).customer.mobile == kept


@pytest.mark.requirement("R47")
async def test_a_new_email_address_is_told_to_both_and_to_the_phone(office: Bank, cast: Cast, admin) -> None:
    await staff.set_email(office, cast.arta.number, " Arta.Kola@Shkodra.AL ", **WHY)
    assert await told(office, admin) == [
        ("sms", cast.arta.mobile, "email_changed"),
        ("email", "c1@example.org", "email_changed"),
        ("email", "Arta.Kola@shkodra.al", "email_changed"),
    ]
    data = await admin.fetchval("SELECT data::text FROM audit WHERE action = 'customer.set_email'")
    assert "c***@example.org" in data
    assert "Arta.Kola" not in data


@pytest.mark.requirement("R47")
@pytest.mark.parametrize(
    "typed", ["", "arta", "arta@", "@x.al", "a b@x.al", "arta@x", "ë@x.al", "a@x..al", "a@x.al\nBcc: b@x.al"]
)
async def test_what_is_no_email_address_is_not_kept(office: Bank, cast: Cast, typed: str) -> None:
    with pytest.raises(NotDone, match="isn't an e-mail address"):
        await staff.set_email(office, cast.arta.number, typed, **WHY)
    assert (await staff.show(office, cast.arta.number)).customer.email == "c1@example.org"


@pytest.mark.requirement("R47")
async def test_a_customer_whose_language_staff_set_is_told_in_it(office: Bank, cast: Cast, admin) -> None:
    await staff.set_language(office, cast.arta.number, "en", **WHY)
    assert await admin.fetch("SELECT DISTINCT language FROM outbox") == [("en",)]
    for again in ("en", "de"):
        with pytest.raises(NotDone):
            await staff.set_language(office, cast.arta.number, again, **WHY)


@pytest.mark.requirement("R4", "R47")
@pytest.mark.parametrize("column", ["mobile = '+355691111111'", "email = 'x@y.z'", "kshbi_version = 9", "number = '1'"])
async def test_the_web_process_can_not_change_what_comes_from_the_branch(bank: Bank, cast: Cast, column: str) -> None:
    async with bank.database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"UPDATE customer SET {column} WHERE id = $1", cast.arta.id)


@pytest.mark.requirement("R7", "R47")
async def test_signing_the_terms_opens_the_registration(bank: Bank, office: Bank, cast: Cast, phones: Phones) -> None:
    with pytest.raises(NotDone):
        await staff.set_kshbi(office, cast.hana.number, 0, **WHY)
    await staff.set_kshbi(office, cast.hana.number, 2, **WHY)
    await to_new_password(bank, phones, cast.hana.number)


@pytest.mark.requirement("R43")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("100200301", ["Arta Kola"]),
        ("j61023041k", ["Arta Kola"]),
        ("+355692003003", ["Drita Leka"]),
        ("hoxh", ["Besnik Hoxha"]),
        ("elira ç", ["Elira Çela"]),
        ("%", []),
        ("nobody", []),
    ],
)
async def test_customers_are_found_by_what_the_caller_knows(
    office: Bank, cast: Cast, text: str, names: list[str]
) -> None:
    assert [found.customer.name for found in await staff.find(office, text)] == names


@pytest.mark.requirement("R43")
async def test_the_list_shows_the_states(office: Bank, cast: Cast) -> None:
    await staff.block(office, cast.drita.number, **WHY)
    found = {standing.customer.name: standing.state for standing in await staff.find(office, "a")}
    assert (found["Arta Kola"], found["Drita Leka"], found["Elira Çela"]) == (
        UserState.ACTIVE,
        UserState.BLOCKED,
        UserState.NOT_REGISTERED,
    )
