"""The people of the tests. Arta is ours; Besnik receives; Drita is blocked; Genti must see nothing of Arta's."""

import uuid
from dataclasses import dataclass

import asyncpg

from dega.bank import Bank
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.ids import make_albanian_iban
from dega.ledger.chart import CASH, bank_account
from dega.money import Currency, Money
from dega.store import accounts as store

PASSWORD = "Gjysmehene7"

Admin = asyncpg.Connection


@dataclass(frozen=True)
class Account:
    id: int
    iban: str
    currency: Currency


@dataclass(frozen=True)
class Person:
    """A customer, with the accounts by name: `lek`, `second` (also lek), `euro`."""

    id: int
    number: str
    name: str
    mobile: str | None
    accounts: dict[str, Account]

    @property
    def lek(self) -> Account:
        return self.accounts["lek"]

    @property
    def second(self) -> Account:
        return self.accounts["second"]

    @property
    def euro(self) -> Account:
        return self.accounts["euro"]


@dataclass(frozen=True)
class Cast:
    """Arta, Besnik, Drita and Genti are registered with PASSWORD; the others are customers who aren't, for a reason or
    not yet: Elira may register, Firma is a business, Hana signed nothing, Ilir an old version, Jona has no mobile."""

    arta: Person
    besnik: Person
    drita: Person
    genti: Person
    elira: Person
    firma: Person
    hana: Person
    ilir: Person
    jona: Person


async def invite(bank: Bank, admin: Admin, password_hash: str) -> Cast:
    """Everyone, with 100 000,00 lek (5 000,00 in the second account) and 1 000,00 euro each."""
    people = {
        "arta": await open_person(bank, admin, 1, "Arta Kola", registered=password_hash),
        "besnik": await open_person(bank, admin, 2, "Besnik Hoxha", registered=password_hash),
        "drita": await open_person(bank, admin, 3, "Drita Leka", registered=password_hash),
        "genti": await open_person(bank, admin, 4, "Genti Prifti", registered=password_hash),
        "elira": await open_person(bank, admin, 5, "Elira Çela"),
        "firma": await open_person(bank, admin, 6, "Ura Ndërtim shpk", kind="business"),
        "hana": await open_person(bank, admin, 7, "Hana Gjoka", kshbi=None),
        "ilir": await open_person(bank, admin, 8, "Ilir Basha", kshbi=1),
        "jona": await open_person(bank, admin, 9, "Jona Meta", mobile=False),
    }
    return Cast(**people)


async def open_person(
    bank: Bank,
    admin: Admin,
    place: int,
    name: str,
    *,
    kind: str = "individual",
    kshbi: int | None = 2,
    mobile: bool = True,
    registered: str | None = None,
) -> Person:
    """A customer with the three accounts; `place` (1 to 99) makes the numbers, `registered` is a password's hash."""
    number, phone = f"1002003{place:02}", f"+3556920030{place:02}" if mobile else None
    customer_id = await store.open_customer(
        admin, bank.fields, number, f"J610230{place + 40}K", kind, name, phone, f"c{place}@example.org", kshbi, "sq"
    )
    assert customer_id is not None
    if registered:
        await admin.execute(
            "INSERT INTO internet_user (customer_id, password_hash, password_changed_at, registered_at)"
            " VALUES ($1, $2, bank_clock(), bank_clock())",
            customer_id, registered,
        )  # fmt: skip
    accounts = {}
    opening = (("lek", Currency.ALL, 10_000_000), ("second", Currency.ALL, 500_000), ("euro", Currency.EUR, 100_000))
    for position, (label, currency, minor) in enumerate(opening):
        accounts[label] = await open_account(admin, customer_id, place * 10 + position, currency)
        await fund(bank, accounts[label], minor)
    return Person(customer_id, number, name, phone, accounts)


async def open_account(admin: Admin, customer_id: int, number: int, currency: Currency) -> Account:
    iban = make_albanian_iban("299", "1001", str(number))
    account_id = await admin.fetchval(
        "INSERT INTO account (iban, customer_id, product, currency, opened_on)"
        " VALUES ($1, $2, 'current', $3, '2024-11-22') RETURNING id",
        iban, customer_id, currency,
    )  # fmt: skip
    return Account(account_id, iban, currency)


async def fund(bank: Bank, account: Account, minor: int) -> Booking:
    """Pay banknotes into an account."""
    async with bank.database.connection() as connection:
        cash = await bank_account(connection, CASH, account.currency)
    leg = Leg(cash, account.id, Money(minor, account.currency))
    return await bank.poster.post(
        Deed(uuid.uuid4(), "cash", (leg,), Particulars("Arka", "Arka", "Depozitim", None, account.iban))
    )


async def told(bank: Bank, admin: Admin) -> list[tuple[str, str, str]]:
    """What was put into the outbox: channel, recipient, template."""
    rows = await admin.fetch("SELECT id, channel, recipient, template FROM outbox ORDER BY id")
    return [
        (row["channel"], bank.fields.reveal(row["recipient"], f"outbox|recipient|{row['id']}"), row["template"])
        for row in rows
    ]


async def balance(admin: Admin, account: Account) -> int:
    """Minor units in the account."""
    minor: int = await admin.fetchval("SELECT balance_minor FROM account WHERE id = $1", account.id)
    return minor
