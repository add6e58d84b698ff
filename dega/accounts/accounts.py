"""What customers have: current and savings accounts and time deposits, each in one currency, opened by the branch, only
read online."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from dega.audit import Actor, record
from dega.bank import Bank
from dega.config import BankSection
from dega.errors import NotFound
from dega.ids import compact, make_albanian_iban, mask_iban
from dega.money import Currency, Money
from dega.store import accounts
from dega.store.database import Connection


class Product(StrEnum):
    """What kind of account it is."""

    CURRENT = "current"
    SAVINGS = "savings"
    TERM = "term"


class Status(StrEnum):
    """How an account stands (R46): only an active one pays; all but blocked and closed ones receive."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    DORMANT = "dormant"
    CLOSED = "closed"


# Looked up rather than called: an enumeration's call costs as much as the rest of the account.
_PRODUCTS: dict[str, Product] = {each.value: each for each in Product}
_STATUSES: dict[str, Status] = {each.value: each for each in Status}
_CURRENCIES: dict[str, Currency] = {each.value: each for each in Currency}


class Account(msgspec.Struct, frozen=True):
    """A customer's account. `available` is what can be paid out: the balance down to the floor, overdraft included.

    `last_seq` is the number of its newest entry: they are numbered from one, without gaps.
    """

    id: int
    iban: str
    product: Product
    currency: Currency
    status: Status
    balance: Money
    available: Money
    last_seq: int
    opened_on: date


async def my_accounts(bank: Bank, customer_id: int) -> list[Account]:
    """All accounts of the customer, the oldest first, closed ones last."""
    return [account_from(row) for row in await bank.together.ask(accounts.accounts_of, customer_id) or ()]


async def account(bank: Bank, customer_id: int, iban: str) -> Account:
    """The customer's account with this IBAN, in any spacing and case. Raises NotFound, also for somebody else's."""
    return find(await my_accounts(bank, customer_id), compact(iban))


def find(mine: Sequence[Account], iban: str) -> Account:
    """The one among the customer's accounts with this IBAN. Raises NotFound."""
    for each in mine:
        if each.iban == iban:
            return each
    raise NotFound()


async def open_account(
    connection: Connection,
    branch: BankSection,
    actor: Actor,
    customer_id: int,
    currency: Currency,
    product: Product = Product.CURRENT,
    overdraft_minor: int = 0,
) -> Account:
    """Open an empty account for the customer, in this transaction; `overdraft_minor` (>= 0) is its way below zero.

    Its number is a running one, not the customer's: an IBAN is given away, a customer number isn't.
    """
    if overdraft_minor < 0:
        raise ValueError("an overdraft is an amount without a sign")
    await accounts.lock_account_numbers(connection)
    number = await accounts.next_account_number(connection)
    iban = make_albanian_iban(branch.code, branch.branch, str(number))
    row = await accounts.open_account(connection, iban, customer_id, product, currency, -overdraft_minor)
    await record(connection, actor, "account.opened", f"customer:{customer_id}", iban=mask_iban(iban))
    return account_from(row)


def account_from(row: accounts.AccountRow) -> Account:
    """The account that a row of the store describes."""
    currency = _CURRENCIES[row.currency]
    return Account(
        id=row.id,
        iban=row.iban,
        product=_PRODUCTS[row.product],
        currency=currency,
        status=_STATUSES[row.status],
        balance=Money(row.balance_minor, currency),
        available=Money(row.balance_minor - row.floor_minor, currency),
        last_seq=row.last_seq,
        opened_on=row.opened_on,
    )
