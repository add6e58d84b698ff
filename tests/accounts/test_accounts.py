"""What a customer has, and what the branch opens."""

import asyncpg
import pytest
from cast import Cast

from dega.accounts.accounts import Account, Product, Status, account, my_accounts, open_account
from dega.accounts.customers import open_customer, profile
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import NotFound
from dega.ids import customer_number_checks, format_iban, parse_iban
from dega.money import Currency, Money

Admin = asyncpg.Connection
STAFF = Actor("operator:vera")


async def test_customers_see_their_accounts_the_oldest_first_and_closed_ones_last(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    await admin.execute("UPDATE account SET status = 'closed' WHERE id = $1", cast.arta.lek.id)
    found = await my_accounts(bank, cast.arta.id)
    assert [one.iban for one in found] == [cast.arta.second.iban, cast.arta.euro.iban, cast.arta.lek.iban]
    assert found[-1].status is Status.CLOSED
    assert found[0].balance == Money(500_000, Currency.ALL)


async def test_what_is_available_goes_down_to_the_floor(bank: Bank, cast: Cast, admin: Admin) -> None:
    await admin.execute("UPDATE account SET floor_minor = -2000000 WHERE id = $1", cast.arta.lek.id)
    mine = await account(bank, cast.arta.id, cast.arta.lek.iban)
    assert mine.balance == Money(10_000_000, Currency.ALL)
    assert mine.available == Money(12_000_000, Currency.ALL)


async def test_an_iban_finds_its_account_however_it_is_spelled(bank: Bank, cast: Cast) -> None:
    found = await account(bank, cast.arta.id, format_iban(cast.arta.euro.iban).lower())
    assert (found.iban, found.currency) == (cast.arta.euro.iban, Currency.EUR)


async def test_somebody_elses_account_is_not_found(bank: Bank, cast: Cast) -> None:
    with pytest.raises(NotFound):
        await account(bank, cast.genti.id, cast.arta.lek.iban)
    with pytest.raises(NotFound):
        await account(bank, cast.genti.id, "nothing at all")


async def test_the_branch_opens_an_empty_account_with_an_iban_of_the_bank(office: Bank) -> None:
    async with office.database.transaction() as connection:
        elira = await open_customer(connection, office, STAFF, name="Elira Çela")
        opened = await open_account(connection, office.config.bank, STAFF, elira.id, Currency.EUR, Product.SAVINGS)
    assert parse_iban(opened.iban)[4:11] == "2991001"
    assert (opened.product, opened.status, opened.balance) == (Product.SAVINGS, Status.ACTIVE, Money(0, Currency.EUR))
    assert opened.opened_on.isoformat() == "2026-11-23"
    assert await my_accounts(office, elira.id) == [opened]


async def test_accounts_are_numbered_one_after_the_other_and_never_twice(office: Bank, cast: Cast) -> None:
    async def open_one(overdraft_minor: int) -> Account:
        async with office.database.transaction() as connection:
            return await open_account(
                connection, office.config.bank, STAFF, cast.arta.id, Currency.ALL, overdraft_minor=overdraft_minor
            )

    opened = [await open_one(overdraft_minor) for overdraft_minor in (0, 100, 200)]
    numbers = [int(one.iban[12:]) for one in opened]
    assert numbers == sorted(set(numbers))
    assert opened[2].available == Money(200, Currency.ALL)
    assert cast.arta.number not in opened[0].iban


async def test_an_overdraft_is_not_a_negative_amount(bank: Bank, cast: Cast) -> None:
    async with bank.database.connection() as connection:
        with pytest.raises(ValueError, match="without a sign"):
            await open_account(connection, bank.config.bank, STAFF, cast.arta.id, Currency.ALL, overdraft_minor=-1)


@pytest.mark.requirement("R10")
async def test_opening_a_customer_gives_a_customer_number_that_the_profile_shows(office: Bank, admin: Admin) -> None:
    async with office.database.transaction() as connection:
        opened = await open_customer(
            connection, office, STAFF, name="Elira Çela", mobile="+355692003005", kshbi_version=2
        )
    seen = await profile(office, opened.id)
    assert customer_number_checks(opened.number)
    assert (seen.number, seen.name, seen.mobile_masked) == (opened.number, "Elira Çela", "+355 69 *** **05")
    trail = await admin.fetchrow("SELECT actor, action FROM audit WHERE subject = $1", f"customer:{opened.id}")
    assert tuple(trail) == ("operator:vera", "customer.opened")


@pytest.mark.requirement("R10")
async def test_customer_numbers_are_random_and_nobody_has_anothers(office: Bank) -> None:
    async with office.database.transaction() as connection:
        numbers = [(await open_customer(connection, office, STAFF, name="Elira Çela")).number for _ in range(30)]
    assert len(set(numbers)) == 30
    assert numbers != sorted(numbers)


@pytest.mark.requirement("R10", "R47")
@pytest.mark.parametrize("role", ["dsn", "staff_dsn"])
async def test_neither_the_pages_nor_staff_can_change_a_customer_number(bank: Bank, cast: Cast, role: str) -> None:
    connection = await asyncpg.connect(getattr(bank.config.database, role))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("UPDATE customer SET number = '999999999' WHERE id = $1", cast.arta.id)
    await connection.close()


async def test_the_profile_of_nobody_is_not_found(bank: Bank) -> None:
    with pytest.raises(NotFound):
        await profile(bank, 999_999)
