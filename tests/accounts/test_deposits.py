"""Time deposits at maturity, worked by hand: days, rates, tax, renewals, days that aren't worked, refusals."""

from dataclasses import replace
from datetime import date

import pytest
from accounts.closing_days import booked, close, guilty, noon, run
from cast import Account, Admin, Cast, balance

from dega.accounts import deposits
from dega.accounts.deposits import Deposit, Renewal, deposit_of, matures_on
from dega.bank import Bank
from dega.branch.deposits import end_early, open_deposit
from dega.cli.time_travel import TimeMachine
from dega.money import Currency, Money
from dega.tariff import TERMS, Dated, Rate

WHY = {"operator": "elona", "reason": "asked at the counter"}
STAGES = (deposits.mature_deposits,)


def at_rates(bank: Bank, *steps: tuple[date, int], year: int = 365) -> Bank:
    """The same bank, with these percents for deposits in lek from these days on, whatever the term."""
    rates = Dated(
        tuple((first_day, dict.fromkeys(TERMS, Rate(percent * 10_000, year))) for first_day, percent in steps)
    )
    tariff = bank.config.tariff
    lek = replace(tariff[Currency.ALL], term=rates)
    tariff = replace(tariff, currencies={**tariff.currencies, Currency.ALL: lek})
    return replace(bank, config=replace(bank.config, tariff=tariff))


@pytest.fixture
def four_percent(office: Bank) -> Bank:
    return at_rates(office, (date(2020, 1, 1), 4))


async def put_aside(
    office: Bank, machine: TimeMachine, day: date, lek: Account, number: str, months: int, renewal: Renewal
) -> Account:
    """73 000,00 ALL out of the account, at noon of that day."""
    await machine.travel_to(noon(day))
    opened = await open_deposit(office, number, lek.iban, "73000,00", months, renewal, **WHY)
    async with office.database.connection() as connection:
        account_id = await connection.fetchval("SELECT id FROM account WHERE iban = $1", opened.iban)
    return Account(account_id, opened.iban, lek.currency)


async def shown(bank: Bank, cast: Cast, account: Account) -> Deposit:
    found = await deposit_of(bank, cast.arta.id, account.iban)
    assert found is not None
    return found


async def test_a_deposit_is_paid_out_with_its_interest_when_it_matures(
    four_percent: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """73 000,00 at 4 % act/365: 8,00 a day. 24 November to 24 December: 30 days, 240,00; 15 % of it are 36,00."""
    bank, lek = four_percent, cast.arta.lek
    mine = await put_aside(bank, machine, date(2026, 11, 24), lek, cast.arta.number, 1, Renewal.NONE)
    assert (await balance(admin, lek), await balance(admin, mine)) == (27_000_00, 73_000_00)
    seen = await shown(bank, cast, mine)
    assert (seen.pays_on, seen.gross, seen.tax) == (
        date(2026, 12, 24),
        Money(240_00, Currency.ALL),
        Money(36_00, Currency.ALL),
    )
    await close(bank, machine, date(2026, 12, 23), STAGES)
    assert await booked(admin, lek) == []
    for _ in range(3):
        await close(bank, machine, date(2026, 12, 24), STAGES)
    assert await booked(admin, lek) == [(date(2026, 12, 24), "interest", 240_00), (date(2026, 12, 24), "tax", -36_00)]
    assert (await balance(admin, lek), await balance(admin, mine)) == (100_204_00, 0)
    assert (await shown(bank, cast, mine)).outcome == "paid"
    assert await guilty(bank) == []


async def test_a_deposit_that_matures_on_a_sunday_is_paid_on_monday_with_interest_until_then(
    four_percent: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """27 November to 27 December, a Sunday: nothing on Friday to Sunday, 31 days' 248,00 on Monday the 28th."""
    bank, lek = four_percent, cast.arta.lek
    mine = await put_aside(bank, machine, date(2026, 11, 27), lek, cast.arta.number, 1, Renewal.NONE)
    assert (await shown(bank, cast, mine)).pays_on == date(2026, 12, 28)
    for day in (25, 26, 27):
        await close(bank, machine, date(2026, 12, day), STAGES)
    assert await booked(admin, lek) == []
    await close(bank, machine, date(2026, 12, 28), STAGES)
    assert (await booked(admin, lek))[0] == (date(2026, 12, 28), "interest", 248_00)


async def test_a_year_of_360_days_and_a_leap_day_count_as_they_should(
    office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """73 000,00 at 3 % act/360, 31 January 2028 to 29 February: 29 days, 176,41666…: 176,42; the tax 26,463: 26,46."""
    bank = at_rates(office, (date(2020, 1, 1), 3), year=360)
    await put_aside(bank, machine, date(2028, 1, 31), cast.arta.lek, cast.arta.number, 1, Renewal.NONE)
    await close(bank, machine, date(2028, 2, 29), STAGES)
    assert [minor for _, _, minor in await booked(admin, cast.arta.lek)] == [176_42, -26_46]


async def test_a_deposit_renewed_whole_bears_interest_on_its_interest_at_the_new_rate(
    office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """After 30 days at 4 %: 240,00 - 36,00 = 204,00. Then 73 204,00 at 10 % for 32 days, 24 January being a Sunday:
    641,788…: 641,79; the tax 96,2685: 96,27."""
    bank = at_rates(office, (date(2020, 1, 1), 4), (date(2026, 12, 1), 10))
    mine = await put_aside(bank, machine, date(2026, 11, 24), cast.arta.lek, cast.arta.number, 1, Renewal.WHOLE)
    await close(bank, machine, date(2026, 12, 24), STAGES)
    seen = await shown(bank, cast, mine)
    assert (await balance(admin, mine), seen.principal.minor, seen.first_day) == (
        73_204_00,
        73_204_00,
        date(2026, 12, 24),
    )
    assert (seen.rate.ppm, seen.pays_on, seen.gross.minor, seen.tax.minor) == (
        100_000,
        date(2027, 1, 25),
        641_79,
        96_27,
    )
    await close(bank, machine, date(2027, 1, 25), STAGES)
    assert (await balance(admin, mine), await balance(admin, cast.arta.lek)) == (73_204_00 + 641_79 - 96_27, 27_000_00)
    assert await guilty(bank) == []


async def test_a_deposit_renewed_without_its_interest_pays_that_out(
    four_percent: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = four_percent
    mine = await put_aside(bank, machine, date(2026, 11, 24), cast.arta.lek, cast.arta.number, 1, Renewal.PRINCIPAL)
    await close(bank, machine, date(2026, 12, 24), STAGES)
    assert (await balance(admin, mine), await balance(admin, cast.arta.lek)) == (73_000_00, 27_204_00)
    assert (await shown(bank, cast, mine)).pays_on == date(2027, 1, 25)
    assert await guilty(bank) == []


async def test_a_deposit_ended_early_gives_its_principal_back_and_no_interest(
    four_percent: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = four_percent
    mine = await put_aside(bank, machine, date(2026, 11, 24), cast.arta.lek, cast.arta.number, 1, Renewal.NONE)
    await machine.travel_to(noon(date(2026, 12, 23)))
    assert await end_early(bank, cast.arta.number, mine.iban, **WHY) == Money(73_000_00, Currency.ALL)
    await close(bank, machine, date(2026, 12, 24), STAGES)
    assert (await balance(admin, cast.arta.lek), await booked(admin, cast.arta.lek)) == (100_000_00, [])
    assert (await shown(bank, cast, mine)).outcome == "broken"
    assert await guilty(bank) == []


@pytest.mark.requirement("R46")
async def test_a_payout_that_is_refused_is_tried_again_bears_no_more_and_holds_up_nobody(
    four_percent: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank, day = four_percent, date(2026, 11, 24)
    mine = await put_aside(bank, machine, day, cast.arta.lek, cast.arta.number, 1, Renewal.NONE)
    await put_aside(bank, machine, day, cast.besnik.lek, cast.besnik.number, 1, Renewal.NONE)
    await admin.execute("UPDATE account SET status = 'dormant' WHERE id = $1", cast.arta.lek.id)
    for night in (24, 25, 26):
        await close(bank, machine, date(2026, 12, night), STAGES)
    assert (await balance(admin, mine), len(await booked(admin, cast.besnik.lek))) == (73_000_00, 2)
    await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", cast.arta.lek.id)
    await close(bank, machine, date(2026, 12, 27), STAGES)
    assert await booked(admin, cast.arta.lek) == [
        (date(2026, 12, 27), "interest", 240_00),
        (date(2026, 12, 27), "tax", -36_00),
    ]
    assert await guilty(bank) == []


async def test_a_night_killed_between_two_pieces_pays_each_deposit_once(
    four_percent: Bank, cast: Cast, admin: Admin, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deposits, "ACCOUNTS_AT_ONCE", 2)
    bank, people = four_percent, [cast.arta, cast.besnik, cast.drita, cast.genti, cast.elira]
    for person in people:
        await put_aside(bank, machine, date(2026, 11, 24), person.lek, person.number, 1, Renewal.NONE)
    await machine.travel_to(noon(date(2026, 12, 24)))
    after = await run(bank, deposits.mature_deposits, date(2026, 12, 24), pieces=1)
    assert await admin.fetchval("SELECT count(*) FROM deposit WHERE outcome = 'paid'") == 2
    await run(bank, deposits.mature_deposits, date(2026, 12, 24), after=after or 0)
    await run(bank, deposits.mature_deposits, date(2026, 12, 24))
    assert [await balance(admin, person.lek) for person in people] == [100_204_00] * 5
    assert await guilty(bank) == []


@pytest.mark.parametrize(
    ("first_day", "months", "due"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 23), 36, date(2029, 11, 23)),
    ],
)
def test_a_month_later_is_the_same_date_or_the_months_last(first_day: date, months: int, due: date) -> None:
    assert matures_on(first_day, months) == due
