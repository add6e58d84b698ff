"""What branch and Call Center do at the command line: each deed has its operator and reason in the trail (R43)."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from access.doors import to_code
from cast import PASSWORD, Admin, Cast
from cli.commands import Dega

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.ids import new_case_number, parse_iban
from dega.store import faults
from dega.store.factors import App, add_app
from dega.store.faults import Case

VERA = ("--operator", "vera", "--reason", "ticket 4711")
DRIN = ("--operator", "drin", "--reason", "ticket 4711")
pytestmark = pytest.mark.requirement("R43")


def asked_for(said: str) -> str:
    """The number of the request that a command answered with."""
    return said.partition("Request ")[2].partition(":")[0]


async def trail(admin: Admin) -> list[tuple[str, str, str]]:
    rows = await admin.fetch(
        "SELECT action, subject, data->>'reason' AS reason FROM audit WHERE actor = 'operator:vera' ORDER BY id"
    )
    return [tuple(row) for row in rows]


# What is done to Arta, in this order: words, the action that the trail keeps, and whether a second operator must agree.
DEEDS = [
    (("block",), "access.block", False),
    (("unblock",), "access.unblock", True),
    (("end-sessions",), "access.end_sessions", False),
    (("set-mobile", "069 300 4001"), "customer.set_mobile", True),
    (("set-email", "arta@shkodra.al"), "customer.set_email", True),
    (("set-kshbi", "3"), "customer.set_kshbi", False),
    (("set-language", "en"), "customer.set_language", False),
    (("account-status", "{iban}", "blocked"), "account.status", False),
    (("account-status", "{iban}", "active"), "account.status", True),
    (("reset",), "access.reset", True),
    (("close",), "access.close", True),
]


async def test_whatever_is_done_to_a_customer_is_kept_with_who_did_it_and_why(
    dega: Dega, admin: Admin, cast: Cast
) -> None:
    for (verb, *values), action, needs_two in DEEDS:
        given = [value.replace("{iban}", cast.arta.lek.iban) for value in values]
        said = await dega("customer", verb, cast.arta.number, *given, *VERA)
        assert said.exit_code == 0, said.stderr
        if needs_two:
            assert said.stdout.startswith("Nothing is done yet. Request ")
            said = await dega("customer", "approve", asked_for(said.stdout), *DRIN)
        assert (said.exit_code, said.stdout) == (0, "Done.\n"), said.stderr
        who = "operator:drin" if needs_two else "operator:vera"
        kept = await admin.fetchrow(
            "SELECT actor, subject, data->>'reason' AS reason FROM audit WHERE action = $1 ORDER BY id DESC", action
        )
        assert tuple(kept) == (who, f"customer:{cast.arta.id}", "ticket 4711")


async def test_a_request_is_listed_shown_with_its_customer_and_taken_back(dega: Dega, cast: Cast, admin: Admin) -> None:
    said = await dega("customer", "set-mobile", cast.arta.number, "069 300 4001", *VERA)
    request = asked_for(said.stdout)
    listed = (await dega("customer", "approvals", *DRIN)).stdout
    assert "+355 69 *** **01 → +355 69 *** **01" in listed
    assert cast.arta.number in listed
    assert f"{request} set-mobile by vera" in (await dega("customer", "show", cast.arta.number, *DRIN)).stdout
    own = await dega("customer", "approve", request, "--operator", " VERA", "--reason", "in a hurry")
    assert (own.exit_code, "another operator must approve it" in own.stderr) == (1, True)
    assert (await dega("customer", "decline", request, *VERA)).stdout == "Declined.\n"
    assert cast.arta.number not in (await dega("customer", "approvals", *DRIN)).stdout
    assert (await dega("customer", "approve", request, *DRIN)).exit_code == 1
    assert await admin.fetchval("SELECT mobile_changed_at FROM customer WHERE id = $1", cast.arta.id) is None


@pytest.mark.requirement("R10", "R47")
async def test_a_customer_is_opened_with_accounts_and_shown(dega: Dega) -> None:
    lule = ("--name", "Lule Dervishi", "--personal-number", "J65423017P", "--mobile", "069 311 4455", "--kshbi", "2")
    said = await dega("customer", "open", *lule, "--account", "ALL", "--account", "EUR", *VERA, "--json")
    opened = json.loads(said.stdout)
    shown = json.loads((await dega("customer", "show", opened["number"], *VERA, "--json")).stdout)
    assert (shown["name"], shown["state"], shown["mobile"]) == ("Lule Dervishi", "not registered", "+355 69 *** **55")
    assert [row.split()[0] for row in shown["accounts"]] == opened["accounts"]
    iban = (await dega("customer", "open-account", opened["number"], "USD", "--savings", *VERA)).stdout.strip()
    assert parse_iban(iban)
    again = await dega("customer", "open", *lule, *VERA)
    assert (again.exit_code, again.stderr) == (1, f"dega: J65423017P is customer {opened['number']} already.\n")


@pytest.mark.requirement("R20", "R26", "R46")
async def test_a_block_and_its_end_show_in_the_customers_state(dega: Dega, cast: Cast) -> None:
    async def state() -> object:
        said = await dega("customer", "show", cast.arta.number, *VERA, "--json")
        return json.loads(said.stdout)["state"]

    before = await state()
    await dega("customer", "block", cast.arta.number, *VERA)
    asked = await dega("customer", "unblock", cast.arta.number, *VERA)
    blocked = await state()
    await dega("customer", "approve", asked_for(asked.stdout), *DRIN)
    assert (before, blocked, await state()) == ("active", "blocked", "active")


async def test_nothing_is_done_without_an_operator_and_a_reason(dega: Dega, admin: Admin, cast: Cast) -> None:
    for verb in ("find", "show", "block", "unblock", "reset", "close", "end-sessions"):
        for given in (VERA[:2], VERA[2:], (*VERA[:2], "--reason", "")):
            assert (await dega("customer", verb, cast.arta.number, *given)).exit_code > 0
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE actor LIKE 'operator:%'") == 0


async def test_customers_are_found_and_that_somebody_looked_is_kept(dega: Dega, admin: Admin, cast: Cast) -> None:
    said = await dega("customer", "find", "hoxha", *VERA)
    assert cast.besnik.number in said.stdout
    assert cast.arta.number not in said.stdout
    assert await trail(admin) == [("customer.read", f"customer:{cast.besnik.id}", "ticket 4711")]


async def test_staff_never_see_a_secret_or_a_whole_phone_number(dega: Dega, admin: Admin, cast: Cast) -> None:
    kept = await admin.fetchval("SELECT password_hash FROM internet_user WHERE customer_id = $1", cast.arta.id)
    for verb in ("find", "show"):
        said = await dega("customer", verb, cast.arta.number, *VERA, "--json")
        assert cast.arta.name in said.stdout
        assert not any(secret in said.stdout for secret in (kept, PASSWORD, str(cast.arta.mobile)))


async def test_a_lost_app_is_shown_and_removed_by_two(dega: Dega, bank: Bank, cast: Cast) -> None:
    app = App(UUID("6c1e7a52-4a3c-4d57-9a53-0f4f6f3f6d11"), "a sealed seed", 0)
    async with bank.database.transaction() as connection:
        await add_app(connection, app, cast.arta.id, "Telefoni im")
    shown = json.loads((await dega("customer", "show", cast.arta.number, *VERA, "--json")).stdout)
    assert shown["factors"] == [f"{app.id} app “Telefoni im”"]
    said = await dega("customer", "remove-factor", cast.arta.number, str(app.id), *VERA)
    assert (await dega("customer", "approve", asked_for(said.stdout), *DRIN)).stdout == "Done.\n"
    shown = json.loads((await dega("customer", "show", cast.arta.number, *VERA, "--json")).stdout)
    assert ", leaves 2" in shown["factors"][0]


async def test_staff_see_the_last_logins_and_the_alerts_of_a_customer(dega: Dega, bank: Bank, cast: Cast) -> None:
    await to_code(bank, cast.arta.number, "Wrong12345")
    shown = json.loads((await dega("customer", "show", cast.arta.number, *VERA, "--json")).stdout)
    assert shown["last_logins"] == ["23.11.2026 10:00 failed 192.0.2.0/24"]
    assert shown["failures"] == 1
    assert "payment email" in shown["alerts"]
    assert "credentials sms+email" in shown["alerts"]


async def test_what_can_not_be_done_is_said_in_a_sentence(dega: Dega, cast: Cast) -> None:
    said = await dega("customer", "show", "000000000", *VERA)
    assert (said.exit_code, said.stderr) == (1, "dega: There is no customer 000000000.\n")
    said = await dega("customer", "find", "nobody at all", *VERA)
    assert (said.exit_code, said.stderr) == (1, "dega: nobody is found.\n")
    said = await dega("customer", "reset", cast.elira.number, *VERA)
    assert (said.exit_code, "not registered" in said.stderr) == (1, True)


async def test_without_valkey_a_block_holds_and_the_operator_is_told_what_it_leaves_open(
    dega: Dega, admin: Admin, cast: Cast
) -> None:
    said = await dega("customer", "block", cast.arta.number, *VERA, DEGA__CACHE__URL="unix:///nowhere?db=0")
    assert said.exit_code == 0
    assert "may live on" in said.stdout
    assert await admin.fetchval("SELECT lifted_at IS NULL FROM bar WHERE customer_id = $1", cast.arta.id)


@pytest.mark.requirement("R38")
async def test_a_case_number_is_looked_up_however_it_is_typed(dega: Dega, bank: Bank, admin: Admin) -> None:
    case = Case(new_case_number(), bank.clock.now(), "GET /accounts", "abc", "ZeroDivisionError", "Traceback …")
    await faults.keep(bank.database, case)
    said = await dega("case", case.number.lower().replace("-", " "), "--operator", "vera")
    assert "ZeroDivisionError" in said.stdout
    assert (await trail(admin))[0][:2] == ("case.read", f"case:{case.number}")


@pytest.mark.requirement("R38")
async def test_a_case_that_is_not_there_or_mistyped_is_told_apart(dega: Dega) -> None:
    number = new_case_number()
    unknown = await dega("case", number, "--operator", "vera")
    assert (unknown.exit_code, unknown.stderr) == (1, f"dega: there is no case {number}.\n")
    mistyped = await dega("case", number[:-1] + ("0" if number[-1] != "0" else "1"), "--operator", "vera")
    assert (mistyped.exit_code, "isn't a case number" in mistyped.stderr) == (2, True)


async def test_what_a_stranger_sent_commands_no_terminal(dega: Dega, bank: Bank) -> None:
    case = Case(new_case_number(), bank.clock.now(), "GET /", "abc", "ValueError", "\x1b[2Jall \u202egood\nsecond")
    await faults.keep(bank.database, case)
    said = (await dega("case", case.number, "--operator", "vera")).stdout
    assert "\\u001b[2Jall \\u202egood\nsecond" in said
    assert "\x1b" not in said


async def test_a_command_of_staff_goes_by_the_clock_of_the_banks_database(
    dega: Dega, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2027, 3, 27, 20, 58, tzinfo=TIRANA))
    assert (await dega("customer", "block", cast.arta.number, *VERA)).exit_code == 0
    times = await admin.fetch("SELECT data->>'at' AS at FROM outbox WHERE template = 'access_blocked'")
    assert {row["at"][:16] for row in times} == {"27.03.2027 20:58"}
