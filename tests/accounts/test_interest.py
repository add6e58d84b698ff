"""Interest, worked by hand: what each day's balance bears, when it is booked, how it is rounded, what the tax takes."""

from dataclasses import replace
from datetime import date

import pytest
from accounts.closing_days import (
    INTEREST,
    booked,
    close,
    close_from,
    evening,
    guilty,
    noon,
    open_for,
    pay_in,
    run,
    take_out,
)
from cast import Admin, Cast, balance, fund

from dega.accounts import interest, night_deeds
from dega.accounts.accounts import Product
from dega.accounts.rates import keep_tariff
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.config import ConfigError
from dega.ledger.chart import INTEREST_PAID, INTEREST_RECEIVED, TAX
from dega.money import Currency
from dega.store import interest as store
from dega.tariff import Conditions, Dated, Rate, settle, tax_on


def with_rates(bank: Bank, currency: Currency = Currency.ALL, **changed: Dated[Rate]) -> Bank:
    """The same bank with other rates."""
    tariff = bank.config.tariff
    conditions: Conditions = replace(tariff[currency], **changed)  # type: ignore[arg-type]
    tariff = replace(tariff, currencies={**tariff.currencies, currency: conditions})
    return replace(bank, config=replace(bank.config, tariff=tariff))


def rate(percent: int, year: int = 365, first_day: date = date(2020, 1, 1)) -> Dated[Rate]:
    return Dated(((first_day, Rate(percent * 10_000, year)),))


async def bank_has(admin: Admin, code: str, currency: str = "ALL") -> int:
    minor: int = await admin.fetchval(
        "SELECT balance_minor FROM account WHERE code = $1 AND currency = $2", code, currency
    )
    return minor


async def accrued(bank: Bank, account_id: int, side: store.Side = "credit") -> int:
    async with bank.database.connection() as connection:
        return await store.accrued_of(connection, account_id, side)


# ---------------------------------------------------------------- golden examples


async def test_a_quarter_of_savings_is_credited_with_its_tax(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """36 500,00 ALL at 2 % for the 92 days of a fourth quarter: 2,00 a day, so 184,00 ALL; 15 % of it are 27,60."""
    bank = with_rates(bank, savings=rate(2))
    await machine.travel_to(noon(date(2026, 10, 1)))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await fund(bank, savings, 36_500_00)
    await close_from(bank, machine, date(2026, 10, 1), date(2026, 12, 31))
    assert await booked(admin, savings) == [
        (date(2026, 12, 31), "interest", 184_00),
        (date(2026, 12, 31), "tax", -27_60),
    ]
    assert await balance(admin, savings) == 36_500_00 + 184_00 - 27_60
    assert (await bank_has(admin, INTEREST_PAID), await bank_has(admin, TAX)) == (-184_00, 27_60)
    assert await guilty(bank) == []


async def test_a_quarter_of_a_leap_year_has_its_day_more(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """First quarter of 2028: 31 + 29 + 31 = 91 days. 36 500,00 at 2 % act/365: 182,00. The year stays 365 days."""
    bank = with_rates(bank, savings=rate(2))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2028, 1, 1), savings, 36_500_00)
    await close_from(bank, machine, date(2028, 1, 1), date(2028, 3, 31))
    assert (await booked(admin, savings))[0] == (date(2028, 3, 31), "interest", 182_00)


async def test_a_year_of_360_days_pays_more_for_a_day(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """18 000,00 EUR at 2 % act/360: 1,00 a day; from 2 to 31 December 30 days: 30,00 EUR, and 4,50 tax."""
    bank = with_rates(bank, Currency.EUR, savings=rate(2, 360))
    savings = await open_for(office, cast.arta, Product.SAVINGS, Currency.EUR)
    await pay_in(bank, machine, date(2026, 12, 2), savings, 18_000_00)
    await close_from(bank, machine, date(2026, 12, 2), date(2026, 12, 31))
    assert [minor for _, _, minor in await booked(admin, savings)] == [30_00, -4_50]


async def test_a_rate_holds_from_its_first_day_on(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """36 500,00: at 1 % it is 1,00 a day, at 3 % 3,00. Until 15 December 15 x 1,00; from the 16th 16 x 3,00: 63,00."""
    steps = ((date(2020, 1, 1), Rate(10_000, 365)), (date(2026, 12, 16), Rate(30_000, 365)))
    bank = with_rates(bank, savings=Dated(steps))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2026, 12, 1), savings, 36_500_00)
    await close_from(bank, machine, date(2026, 12, 1), date(2026, 12, 31))
    assert (await booked(admin, savings))[0][2] == 63_00
    assert await guilty(bank) == []


async def test_what_is_owed_is_charged_at_the_end_of_the_month(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """-3 650,00 at 10 % act/365: 1,00 a day. Owed on the evenings of 24 to 28 November (5 days), then paid back: 5,00.

    What is in the account before and after bears nothing: a current account has no credit rate.
    """
    bank = with_rates(bank, overdraft=rate(10))
    current = await open_for(office, cast.arta, Product.CURRENT, overdraft_minor=5_000_00)
    await pay_in(bank, machine, date(2026, 11, 23), current, 1_000_00)
    await close(bank, machine, date(2026, 11, 23))
    await pay_in(bank, machine, date(2026, 11, 24), current, -4_650_00)
    await close_from(bank, machine, date(2026, 11, 24), date(2026, 11, 28))
    await pay_in(bank, machine, date(2026, 11, 29), current, 3_700_00)
    await close_from(bank, machine, date(2026, 11, 29), date(2026, 11, 30))
    assert await booked(admin, current) == [(date(2026, 11, 30), "interest", -5_00)]
    assert await bank_has(admin, INTEREST_RECEIVED) == 5_00
    assert await guilty(bank) == []


async def test_interest_bears_interest_from_the_day_after_it_is_credited(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    """31 December itself bears on 36 500,00 only; 1 January on what was credited too: 36 500,00 + 2,00 - 0,30."""
    bank = with_rates(bank, savings=rate(2))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2026, 12, 31), savings, 36_500_00)
    await close(bank, machine, date(2026, 12, 31))
    await close(bank, machine, date(2027, 1, 1))
    assert await accrued(bank, savings.id) == (36_500_00 + 1_70) * 20_000 * 72
    assert await guilty(bank) == []


@pytest.mark.parametrize(
    ("parts", "minor"),
    [
        (13_139_999_999, 0),  # just below half a minor unit
        (13_140_000_000, 0),  # half: to the even one
        (13_140_000_001, 1),
        (39_420_000_000, 2),  # one and a half: to the even one
        (65_700_000_000, 2),  # two and a half: to the even one
        (65_700_000_001, 3),
    ],
)
def test_parts_become_minor_units_by_rounding_half_to_even(parts: int, minor: int) -> None:
    assert settle(parts) == minor


@pytest.mark.parametrize(
    ("gross", "tax"), [(1, 0), (3, 0), (4, 1), (10, 2), (30, 4), (50, 8), (110, 16), (10_000, 1_500)]
)
def test_the_tax_is_rounded_half_to_even_too(gross: int, tax: int) -> None:
    """15 % of 0,10 are 0,015: two, the even one; of 0,30 0,045: four."""
    assert tax_on(gross, 150_000) == tax


async def test_a_tie_is_booked_to_the_even_minor_unit(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """At 10 % act/365, 18,25 and 54,75 are 0,005 and 0,015 a day: nothing, and 0,02."""
    bank = with_rates(bank, savings=rate(10))
    less, more = [await open_for(office, cast.arta, Product.SAVINGS) for _ in range(2)]
    await pay_in(bank, machine, date(2026, 12, 31), less, 18_25)
    await pay_in(bank, machine, date(2026, 12, 31), more, 54_75)
    await close(bank, machine, date(2026, 12, 31))
    assert (await booked(admin, less), [each[2] for each in await booked(admin, more)]) == ([], [2])
    assert await guilty(bank) == []


# ---------------------------------------------------------------- whatever happens on the way


async def test_a_repeated_night_adds_nothing(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_rates(bank, savings=rate(2))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2026, 12, 30), savings, 36_500_00)
    for _ in range(3):
        await close(bank, machine, date(2026, 12, 30))
    assert await accrued(bank, savings.id) == 36_500_00 * 20_000 * 72
    for _ in range(3):
        await close(bank, machine, date(2026, 12, 31))
    assert [minor for _, _, minor in await booked(admin, savings)] == [4_00, -60]
    assert await guilty(bank) == []


async def test_a_night_that_is_caught_up_counts_what_was_there_on_its_day(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    """1 000,00 on the first day and 9 000,00 more on the second; both nights are made on the third, after more came."""
    bank = with_rates(bank, savings=rate(2))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    for day, minor in ((1, 1_000_00), (2, 9_000_00), (3, 77_00)):
        await pay_in(bank, machine, date(2026, 12, day), savings, minor)
    for day in (1, 2):
        for stage in INTEREST:
            await run(bank, stage, date(2026, 12, day))
    assert await accrued(bank, savings.id) == (1_000_00 + 10_000_00) * 20_000 * 72
    assert await guilty(bank) == []


async def test_days_that_no_night_closed_accrue_with_the_next_one(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    bank = with_rates(bank, savings=rate(2))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2026, 12, 1), savings, 1_000_00)
    await close(bank, machine, date(2026, 12, 1))
    await pay_in(bank, machine, date(2026, 12, 4), savings, 500_00)
    await close(bank, machine, date(2026, 12, 5))
    assert await accrued(bank, savings.id) == (3 * 1_000_00 + 2 * 1_500_00) * 20_000 * 72
    assert await guilty(bank) == []


async def test_a_night_killed_between_two_pieces_goes_on_there_or_anew(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interest, "ACCOUNTS_AT_ONCE", 2)
    bank, day = with_rates(bank, savings=rate(2)), date(2026, 12, 31)
    mine = [await open_for(office, cast.arta, Product.SAVINGS) for _ in range(5)]
    for account in mine:
        await pay_in(bank, machine, day, account, 36_500_00)
    await machine.travel_to(evening(day))
    for stage in INTEREST:
        after = await run(bank, stage, day, pieces=2)
        assert after is not None or stage is interest.charge_overdrafts
        assert await guilty(bank) == []
        await run(bank, stage, day, after=after or 0)  # it goes on
        await run(bank, stage, day)  # or is done anew
    assert [[each[2] for each in await booked(admin, account)] for account in mine] == [[2_00, -30]] * 5
    assert await guilty(bank) == []


@pytest.mark.requirement("R46")
async def test_an_account_that_may_not_receive_is_credited_when_it_may_and_holds_up_nobody(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Blocked on 31 December and dormant on 31 March; both quarters come when it is woken, each for itself."""
    bank = with_rates(bank, savings=rate(2))
    barred, other = [await open_for(office, cast.arta, Product.SAVINGS) for _ in range(2)]
    for account in (barred, other):
        await pay_in(bank, machine, date(2026, 12, 31), account, 36_500_00)
    await admin.execute("UPDATE account SET status = 'blocked' WHERE id = $1", barred.id)
    await close(bank, machine, date(2026, 12, 31))
    assert (await booked(admin, barred), len(await booked(admin, other))) == ([], 2)
    (line,) = [record for record in caplog.records if hasattr(record, "refused")]
    assert (line.refused, line.accounts) == (1, f"{barred.id} payee_account_closed")
    await close(bank, machine, date(2027, 1, 1))
    await admin.execute("UPDATE account SET status = 'dormant' WHERE id = $1", barred.id)
    await close(bank, machine, date(2027, 3, 31))
    assert await booked(admin, barred) == []
    await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", barred.id)
    await close(bank, machine, date(2027, 4, 1))
    assert [minor for _, _, minor in await booked(admin, barred)] == [2_00, -30, 180_00, -27_00]
    assert await guilty(bank) == []


async def test_a_charge_below_the_floor_is_owed_until_there_is_money(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_rates(bank, overdraft=rate(10))
    current = await open_for(office, cast.arta, Product.CURRENT, overdraft_minor=3_650_00)
    await machine.travel_to(noon(date(2026, 11, 30)))
    await take_out(bank, current, 3_650_00)
    await close(bank, machine, date(2026, 11, 30))
    assert await booked(admin, current) == []
    await pay_in(bank, machine, date(2026, 12, 1), current, 3_650_00)
    await close(bank, machine, date(2026, 12, 1))
    assert await booked(admin, current) == [(date(2026, 12, 1), "interest", -1_00)]
    assert await guilty(bank) == []


async def test_a_closed_account_gets_no_interest_and_is_not_asked_again(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_rates(bank, savings=rate(2))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2026, 12, 30), savings, 36_500_00)
    await close(bank, machine, date(2026, 12, 30))
    await pay_in(bank, machine, date(2026, 12, 31), savings, -36_500_00)
    await admin.execute("UPDATE account SET status = 'closed' WHERE id = $1", savings.id)
    await close(bank, machine, date(2026, 12, 31))
    assert (await booked(admin, savings), await guilty(bank)) == ([], [])


# ---------------------------------------------------------------- rates that were kept


async def test_a_rate_that_interest_has_accrued_by_can_not_be_changed(
    bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    await close(bank, machine, date(2026, 12, 1))
    steps = bank.config.tariff[Currency.ALL].savings.steps
    for first_day in (date(2024, 1, 1), date(2026, 12, 1)):
        late = with_rates(bank, savings=Dated(((first_day, Rate(90_000, 365)),)))
        with pytest.raises(
            ConfigError, match=rf"tariff\.ALL\.savings\.{first_day}: interest has accrued up to 2026-12-01"
        ):
            await keep_tariff(bank.database, late.config.tariff)
    to_come = with_rates(bank, savings=Dated((*steps, (date(2026, 12, 2), Rate(90_000, 365)))))
    await keep_tariff(bank.database, to_come.config.tariff)
    with pytest.raises(ConfigError, match=r"tariff\.ALL\.savings\.2026-12-02: this day is missing"):
        await keep_tariff(bank.database, bank.config.tariff)


@pytest.mark.parametrize(
    ("day", "month", "quarter"),
    [
        (date(2026, 3, 31), True, True),
        (date(2028, 2, 29), True, False),
        (date(2027, 2, 28), True, False),
        (date(2028, 2, 28), False, False),
        (date(2026, 12, 31), True, True),
        (date(2026, 12, 30), False, False),
    ],
)
def test_months_and_quarters_end_on_their_last_calendar_day(day: date, month: bool, quarter: bool) -> None:
    assert (night_deeds.is_month_end(day), night_deeds.is_quarter_end(day)) == (month, quarter)
