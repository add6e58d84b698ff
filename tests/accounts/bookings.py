"""Deeds between the accounts of the cast, as the poster takes them from the night or from a gateway."""

import uuid
from collections.abc import Iterator

from cast import Account, Person

from dega.bank import Bank
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.ledger.chart import FEES, bank_account
from dega.money import Money


async def transfer(
    bank: Bank, debit: tuple[Person, Account], credit: tuple[Person, Account], minor: int, text: str, fee_minor: int = 0
) -> Booking:
    """Book a payment from one person's account to another's, with its fee."""
    (payer, paying), (payee, receiving) = debit, credit
    legs = [Leg(paying.id, receiving.id, Money(minor, paying.currency))]
    if fee_minor:
        async with bank.database.connection() as connection:
            fees = await bank_account(connection, FEES, paying.currency)
        legs.append(Leg(paying.id, fees, Money(fee_minor, paying.currency), "fee"))
    particulars = Particulars(payer.name, payee.name, text, paying.iban, receiving.iban)
    return await bank.poster.post(Deed(uuid.uuid4(), "in_bank", tuple(legs), particulars))


def small_amounts() -> Iterator[int]:
    """1,00 to 9,00 over and over, in minor units."""
    while True:
        yield from range(100, 1000, 100)
