"""Monthly fees: once a month from each account that is to pay one, and owed while it can't be paid."""

from dataclasses import replace
from datetime import date

import pytest
from accounts.closing_days import booked, close, guilty, noon, open_for, pay_in, run
from cast import Account, Admin, Cast, balance

from dega.accounts import fees
from dega.accounts.accounts import Product
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.ledger.chart import FEES
from dega.money import Currency
from dega.tariff import Dated

NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)
ONLY_FEES = (fees.charge_fees,)


def with_fees(bank: Bank, **changed: int | Dated[int]) -> Bank:
    """The same bank with other fees in lek, in minor units."""
    dated = {
        key: each if isinstance(each, Dated) else Dated(((date(2020, 1, 1), each),)) for key, each in changed.items()
    }
    tariff = bank.config.tariff
    lek = replace(tariff[Currency.ALL], **dated)  # type: ignore[arg-type]
    tariff = replace(tariff, currencies={**tariff.currencies, Currency.ALL: lek})
    return replace(bank, config=replace(bank.config, tariff=tariff))


@pytest.fixture
def lek(cast: Cast) -> Account:
    """A current account that was opened long ago."""
    return cast.arta.lek


async def test_a_month_is_charged_once_on_its_last_day(
    bank: Bank, lek: Account, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_fees(bank, fee_current=80_00)
    await close(bank, machine, date(2026, 11, 29), ONLY_FEES)
    assert await booked(admin, lek) == []
    for _ in range(3):
        await close(bank, machine, NOVEMBER, ONLY_FEES)
    assert await booked(admin, lek) == [(NOVEMBER, "fee", -80_00)]
    assert [each[2] for each in await booked(admin, cast.arta.euro)] == [-80]  # 0,80 EUR, as the house has it
    kept = "SELECT balance_minor FROM account WHERE code = $1 AND currency = 'ALL'"
    assert await admin.fetchval(kept, FEES) == 80_00 * 2 * 9  # nine people with two accounts in lek each
    assert await guilty(bank) == []


async def test_the_month_of_the_opening_is_free(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_fees(bank, fee_savings=10_00)
    await machine.travel_to(noon(date(2026, 11, 1)))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    await pay_in(bank, machine, date(2026, 11, 1), savings, 100_00)
    await close(bank, machine, NOVEMBER, ONLY_FEES)
    assert await booked(admin, savings) == []
    await close(bank, machine, DECEMBER, ONLY_FEES)
    assert await booked(admin, savings) == [(DECEMBER, "fee", -10_00)]


async def test_a_fee_is_the_one_of_its_month(bank: Bank, lek: Account, admin: Admin, machine: TimeMachine) -> None:
    bank = with_fees(bank, fee_current=Dated(((date(2020, 1, 1), 80_00), (date(2026, 12, 1), 95_00))))
    await close(bank, machine, NOVEMBER, ONLY_FEES)
    await close(bank, machine, DECEMBER, ONLY_FEES)
    assert await booked(admin, lek) == [(NOVEMBER, "fee", -80_00), (DECEMBER, "fee", -95_00)]


async def test_a_fee_below_the_floor_is_owed_and_tried_again_each_night(
    bank: Bank, lek: Account, admin: Admin, machine: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """79,99 are left: neither November's 80,00 nor December's 95,00 are taken, not even in part. 50,00 more pay the
    older one, with the amount of its month."""
    bank = with_fees(bank, fee_current=Dated(((date(2020, 1, 1), 80_00), (date(2026, 12, 1), 95_00))))
    await pay_in(bank, machine, NOVEMBER, lek, -(await balance(admin, lek)) + 79_99)
    for day in (NOVEMBER, date(2026, 12, 1), DECEMBER):
        await close(bank, machine, day, ONLY_FEES)
    assert (await booked(admin, lek), await balance(admin, lek)) == ([], 79_99)
    said = [record for record in caplog.records if hasattr(record, "refused")]
    assert {record.accounts.split(", ")[0] for record in said} == {f"{lek.id} insufficient_funds"}
    await pay_in(bank, machine, date(2027, 1, 5), lek, 50_00)
    await close(bank, machine, date(2027, 1, 5), ONLY_FEES)
    assert await booked(admin, lek) == [(date(2027, 1, 5), "fee", -80_00)]
    assert await guilty(bank) == []


@pytest.mark.parametrize("status", ["blocked", "dormant"])
async def test_an_account_that_may_not_pay_owes_and_holds_up_nobody(
    bank: Bank, lek: Account, cast: Cast, admin: Admin, machine: TimeMachine, status: str
) -> None:
    bank = with_fees(bank, fee_current=80_00)
    await admin.execute("UPDATE account SET status = $2 WHERE id = $1", lek.id, status)
    await close(bank, machine, NOVEMBER, ONLY_FEES)
    assert (await booked(admin, lek), len(await booked(admin, cast.besnik.lek))) == ([], 1)
    await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", lek.id)
    await close(bank, machine, date(2026, 12, 1), ONLY_FEES)
    assert await booked(admin, lek) == [(date(2026, 12, 1), "fee", -80_00)]


async def test_a_closed_account_pays_nothing_any_more(
    bank: Bank, lek: Account, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_fees(bank, fee_current=80_00)
    await pay_in(bank, machine, NOVEMBER, lek, -(await balance(admin, lek)))
    await close(bank, machine, NOVEMBER, ONLY_FEES)
    await admin.execute("UPDATE account SET status = 'closed' WHERE id = $1", lek.id)
    async with bank.database.connection() as connection:
        assert await fees.accounts_to_charge(connection, date(2026, 12, 1)) == 0
    await close(bank, machine, DECEMBER, ONLY_FEES)
    assert (await booked(admin, lek), await guilty(bank)) == ([], [])


async def test_a_night_killed_between_two_pieces_charges_each_account_once(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fees, "ACCOUNTS_AT_ONCE", 4)
    bank = with_fees(bank, fee_current=80_00)
    await machine.travel_to(noon(NOVEMBER))
    after = await run(bank, fees.charge_fees, NOVEMBER, pieces=3)
    assert await admin.fetchval("SELECT count(*) FROM monthly_fee WHERE settled_on IS NOT NULL") == 12
    await run(bank, fees.charge_fees, NOVEMBER, after=after or 0)
    await run(bank, fees.charge_fees, NOVEMBER)
    assert await admin.fetchval("SELECT count(*) FROM movement WHERE kind = 'maintenance'") == 27
    assert await guilty(bank) == []
