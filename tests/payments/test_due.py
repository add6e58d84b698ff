"""The night pays what is due: each date once, whoever is killed or runs beside it, and says what it couldn't pay."""

import asyncio
from datetime import date, timedelta

import pytest
from cast import Admin, Cast, balance, fund, told
from conftest import Phones
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ordering import MONDAY, authorise, confirm, give_order, give_own, prepare_to, run_night, send_code
from paying import ACTOR

from dega.access.alert_choices import choose
from dega.alerts import Kind, Ways
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.ledger.books import check_books
from dega.ledger.closing import Piece
from dega.payments import due
from dega.payments.confirm_order import confirm_order
from dega.payments.due import count_due, pay_due
from dega.payments.standing_orders import Act, find_order, history, next_dates

DAY = timedelta(days=1)
BAR = "INSERT INTO bar (customer_id, barred_at, barred_by) VALUES ($1, bank_clock(), 'customer')"
STATUS = "UPDATE account SET status = $2 WHERE id = $1"


async def outcomes(bank: Bank, cast: Cast, order_id: object) -> list[tuple[str, str, str]]:
    """Which date was tried in which night, and what came of it; oldest first."""
    tries = await history(bank, cast.arta.id, order_id)  # type: ignore[arg-type]
    return [(f"{each.due_on:%d.%m}", f"{each.day:%d.%m}", each.outcome) for each in reversed(tries)]


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "IN_PIECE", 3)


async def test_an_order_is_paid_in_the_night_of_its_date_with_that_day_as_value_date(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    order_id = await give_order(bank, phones, cast.arta, cast.besnik.lek)
    assert await run_night(bank, MONDAY - DAY) == 0
    assert await run_night(bank, MONDAY) == 1
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert await balance(admin, cast.besnik.lek) == 10_125_000
    row = await admin.fetchrow("SELECT kind, value_date, by_night, description FROM movement ORDER BY id DESC LIMIT 1")
    assert tuple(row) == ("in-bank", MONDAY, True, "Qira")
    order = await find_order(bank, cast.arta.id, order_id)
    assert (order.state, order.next_on) == ("active", date(2026, 12, 23))
    assert await admin.fetchval("SELECT count(*) FROM spending_day") == 0
    assert await check_books(admin) == []


async def test_a_year_of_nights_pays_each_date_once_and_ends_with_the_last(
    bank: Bank, admin: Admin, cast: Cast
) -> None:
    order_id = await give_own(bank, cast.arta, first_on="30.11.2026", last_on="31.05.2027")
    day = MONDAY
    while day < date(2027, 11, 23):
        await run_night(bank, day)
        day += DAY
    assert await outcomes(bank, cast, order_id) == [
        (due_on, due_on, "paid") for due_on in ("30.11", "30.12", "30.01", "28.02", "30.03", "30.04", "30.05")
    ]
    assert (await find_order(bank, cast.arta.id, order_id)).state == "ended"
    assert await balance(admin, cast.arta.second) == 500_000 + 7 * 10_000


@pytest.mark.parametrize(
    ("rule", "night"), [("same", "28.11"), ("before", "27.11"), ("after", "30.11")], ids=["same", "before", "after"]
)
async def test_a_saturday_is_paid_by_its_rule_and_the_page_says_when(
    bank: Bank, cast: Cast, rule: str, night: str
) -> None:
    order_id = await give_own(bank, cast.arta, first_on="28.11.2026", holiday_rule=rule, frequency="once")
    (shown,) = await next_dates(bank, await find_order(bank, cast.arta.id, order_id))
    for ahead in range(9):
        await run_night(bank, MONDAY + ahead * DAY)
    assert await outcomes(bank, cast, order_id) == [("28.11", night, "paid")]
    assert f"{shown.night:%d.%m}" == night


async def test_all_above_an_amount_is_what_is_left_after_the_orders_before_it(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    rent = await give_order(bank, phones, cast.arta, cast.besnik.lek, "20000")
    sweep = await give_own(bank, cast.arta, "30000", how="above", frequency="weekly")
    await run_night(bank, MONDAY)
    assert await balance(admin, cast.arta.lek) == 3_000_000
    assert await balance(admin, cast.arta.second) == 500_000 + 5_000_000
    await run_night(bank, MONDAY + 7 * DAY)
    assert await outcomes(bank, cast, sweep) == [("23.11", "23.11", "paid"), ("30.11", "30.11", "nothing")]
    assert (await outcomes(bank, cast, rent))[0][2] == "paid"
    assert await check_books(admin) == []


async def test_what_one_order_brings_the_next_one_sweeps_on(bank: Bank, admin: Admin, cast: Cast) -> None:
    await give_own(bank, cast.arta, "90000", how="above")
    back = {"from_account": cast.arta.second.iban, "to_account": cast.arta.lek.iban}
    await give_own(bank, cast.arta, "6000", how="above", **back)
    await run_night(bank, MONDAY)
    assert await balance(admin, cast.arta.second) == 600_000
    assert await balance(admin, cast.arta.lek) == 9_900_000


@pytest.mark.refusal("insufficient_funds")
async def test_where_money_is_missing_it_is_tried_every_night_and_told_twice(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    order_id = await give_order(bank, phones, cast.arta, cast.besnik.lek, "150000")
    await admin.execute("DELETE FROM outbox")
    for ahead in range(7):
        await run_night(bank, MONDAY + ahead * DAY)
    tries = await outcomes(bank, cast, order_id)
    assert tries == [("23.11", f"{day}.11", "insufficient_funds") for day in range(23, 28)]
    assert [about for _, _, about in await told(bank, admin)] == ["order_short"] * 2 + ["order_given_up"] * 2
    order = await find_order(bank, cast.arta.id, order_id)
    assert (order.state, order.next_on, order.retry_until) == ("active", date(2026, 12, 23), None)


async def test_money_that_came_meanwhile_pays_it_in_the_next_night_and_a_weekend_does_not_stop_it(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    order_id = await give_order(
        bank, phones, cast.arta, cast.besnik.lek, "150000", first_on="27.11.2026", holiday_rule="after"
    )
    friday = MONDAY + 4 * DAY
    await run_night(bank, friday)
    await fund(bank, cast.arta.lek, 5_000_000)
    await run_night(bank, friday + DAY)
    expected = [("27.11", "27.11", "insufficient_funds"), ("27.11", "28.11", "paid")]
    assert await outcomes(bank, cast, order_id) == expected
    assert await balance(admin, cast.arta.lek) == 0


@pytest.mark.refusal("account_blocked", "payee_account_closed", "account_closed", "account_dormant")
async def test_a_refused_order_says_why_and_goes_on_with_its_next_date(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    order_id = await give_order(bank, phones, cast.arta, cast.besnik.lek, frequency="weekly")
    await admin.execute("DELETE FROM outbox")
    standing = [(cast.arta.lek, "blocked"), (cast.arta.lek, "dormant"), (cast.besnik.lek, "closed")]
    for week, (account, status) in enumerate([*standing, (cast.arta.lek, "active"), (cast.arta.lek, "closed")]):
        await admin.execute(STATUS, account.id, status)
        await run_night(bank, MONDAY + week * 7 * DAY)
        await admin.execute("UPDATE account SET status = 'active' WHERE status = 'dormant'")
        await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", cast.besnik.lek.id)
    assert [outcome for _, _, outcome in await outcomes(bank, cast, order_id)] == [
        "account_blocked", "account_dormant", "payee_account_closed", "paid", "account_closed",
    ]  # fmt: skip
    assert [about for _, _, about in await told(bank, admin)].count("order_refused") == 8
    assert (await find_order(bank, cast.arta.id, order_id)).state == "ended"


@pytest.mark.requirement("R22")
async def test_the_orders_of_a_blocked_user_are_paid_all_the_same(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await give_order(bank, phones, cast.arta, cast.besnik.lek)
    await admin.execute(BAR, cast.arta.id)
    await run_night(bank, MONDAY)
    assert await balance(admin, cast.besnik.lek) == 10_125_000


async def test_a_paid_order_is_told_as_payments_are(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    await give_order(bank, phones, cast.arta, cast.besnik.lek, frequency="weekly")
    await give_own(bank, cast.arta)
    await admin.execute("DELETE FROM outbox")
    await run_night(bank, MONDAY)
    assert [row[0::2] for row in await told(bank, admin)] == [("email", "order_paid")]
    await choose(bank, cast.arta.id, {Kind.PAYMENT: Ways(sms=False, email=False)}, {}, ACTOR)
    await admin.execute("DELETE FROM outbox")
    await run_night(bank, MONDAY + 7 * DAY)
    assert await told(bank, admin) == []


async def test_a_night_killed_between_and_inside_its_pieces_pays_once_when_it_goes_on(
    bank: Bank, admin: Admin, cast: Cast, small_pieces: None
) -> None:
    for _ in range(8):
        await give_own(bank, cast.arta, "10")
    async with bank.database.transaction() as connection:
        first = await pay_due(bank, connection, MONDAY, 0)
        assert await count_due(connection, MONDAY) == 5
    assert first.after is not None
    async with bank.database.connection() as connection:
        await connection.execute("BEGIN")
        assert (await pay_due(bank, connection, MONDAY, first.after)).done == 3
        await connection.execute("ROLLBACK")  # what the database does where the process is gone
    assert await balance(admin, cast.arta.second) == 503_000
    assert await run_night(bank, MONDAY) == 5  # from the beginning: it finds what is left
    assert await run_night(bank, MONDAY) == 0
    assert await balance(admin, cast.arta.second) == 508_000
    assert await check_books(admin) == []


async def test_two_processes_at_the_same_time_pay_once(
    bank: Bank, admin: Admin, cast: Cast, small_pieces: None
) -> None:
    for _ in range(10):
        await give_own(bank, cast.arta, "10")
    done = await asyncio.gather(run_night(bank, MONDAY), run_night(bank, MONDAY))
    assert sum(done) == 10
    assert await balance(admin, cast.arta.second) == 510_000
    assert await admin.fetchval("SELECT count(*) FROM order_attempt") == 10


async def test_whoever_books_the_same_date_once_more_finds_it_booked(bank: Bank, admin: Admin, cast: Cast) -> None:
    """Past all notes of what was tried: the key of the deed is the order and its date."""
    await give_own(bank, cast.arta)
    await run_night(bank, MONDAY)
    await admin.execute("SET session_replication_role = replica; DELETE FROM order_attempt")
    await admin.execute("UPDATE standing_order SET next_on = $1, tried_on = NULL", MONDAY)
    assert await run_night(bank, MONDAY) == 1
    assert await balance(admin, cast.arta.second) == 510_000


async def test_an_order_stopped_while_its_night_runs_is_paid_or_stopped_but_never_half(
    bank: Bank, admin: Admin, cast: Cast
) -> None:
    order_id = await give_own(bank, cast.arta)
    async with bank.database.transaction() as connection:
        piece = await pay_due(bank, connection, MONDAY, 0)
        stopping = asyncio.create_task(confirm_order(bank, cast.arta.id, order_id, Act.STOP, 1, ACTOR))
        await asyncio.sleep(0.1)
        assert not stopping.done()
    await stopping
    assert piece == Piece(1, None)
    assert (await find_order(bank, cast.arta.id, order_id)).state == "stopped"
    assert await outcomes(bank, cast, order_id) == [("23.11", "23.11", "paid")]
    assert await run_night(bank, date(2026, 12, 23)) == 0


async def test_an_order_changed_while_its_night_runs_is_paid_by_the_old_one_and_goes_on_with_the_new_one(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    old = await give_order(bank, phones, cast.arta, cast.besnik.lek)
    new = await prepare_to(bank, cast.arta, cast.besnik.lek, "900", first_on="24.12.2026", replaces=str(old))
    challenge = await authorise(bank, cast.arta, new, await send_code(bank, phones, cast.arta, new))
    async with bank.database.transaction() as connection:
        await pay_due(bank, connection, MONDAY, 0)
        change = confirm_order(bank, cast.arta.id, new, Act.MAKE, 1, ACTOR, challenge_id=challenge)
        changing = asyncio.create_task(change)
        await asyncio.sleep(0.1)
    await changing
    await run_night(bank, date(2026, 12, 23))
    await run_night(bank, date(2026, 12, 24))
    assert await outcomes(bank, cast, new) == [("23.11", "23.11", "paid"), ("24.12", "24.12", "paid")]
    assert await balance(admin, cast.besnik.lek) == 10_000_000 + 125_000 + 90_000
    assert await check_books(admin) == []


async def test_an_order_that_was_paid_for_the_last_time_meanwhile_is_not_changed_into_another_payment(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    old = await give_order(bank, phones, cast.arta, cast.besnik.lek, frequency="once")
    new = await prepare_to(bank, cast.arta, cast.besnik.lek, first_on="24.12.2026", replaces=str(old))
    await run_night(bank, MONDAY)
    with pytest.raises(Exception, match="order_over"):
        await confirm(bank, phones, cast.arta, new)


async def test_nights_that_were_missed_are_caught_up_to_the_same_end(
    bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    order_id = await give_own(bank, cast.arta, first_on="24.11.2026", frequency="weekly")
    await machine.wait(4 * 86400)
    for ahead in range(4):
        await run_night(bank, MONDAY + ahead * DAY)
    assert await outcomes(bank, cast, order_id) == [("24.11", "24.11", "paid")]
    assert await admin.fetchval("SELECT max(value_date) FROM movement") == MONDAY + DAY


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frequency=st.sampled_from(["weekly", "monthly", "quarterly"]),
    rule=st.sampled_from(["same", "before", "after"]),
    first=st.dates(MONDAY, MONDAY + 20 * DAY),
    length=st.integers(0, 90),
)
async def test_whatever_its_dates_none_is_lost_and_none_is_paid_twice(
    bank: Bank, admin: Admin, cast: Cast, frequency: str, rule: str, first: date, length: int
) -> None:
    last = first + length * DAY
    order_id = await give_own(
        bank, cast.arta, "0,01", frequency=frequency, holiday_rule=rule, first_on=str(first), last_on=str(last)
    )
    dates = [each.due_on for each in await next_dates(bank, await find_order(bank, cast.arta.id, order_id), 99)]
    for ahead in range(120):
        await run_night(bank, MONDAY + ahead * DAY)
    tries = await history(bank, cast.arta.id, order_id)
    assert [each.due_on for each in reversed(tries)] == dates
    assert {each.outcome for each in tries} == {"paid"}
