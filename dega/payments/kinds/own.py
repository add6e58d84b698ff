"""Between one's own accounts (Brenda llogarive tuaja), in one currency: at once, free, outside the limits."""

from collections.abc import Mapping

from dega.bank import Bank
from dega.errors import SameAccount
from dega.money import Money
from dega.payments import fields
from dega.payments.kind import Kind, Order
from dega.payments.payment import find_payer
from dega.store import payments


async def read(bank: Bank, customer_id: int, typed: Mapping[str, str]) -> Order:
    """The order that was typed: from_account, to_account, amount, description. Raises Refusals with all problems."""
    payer = await find_payer(bank, customer_id)
    async with bank.database.connection() as connection:
        debit = await payments.own_account(connection, customer_id, fields.compact(typed.get("from_account", "")))
        credit = await payments.own_account(connection, customer_id, fields.compact(typed.get("to_account", "")))
    form = fields.Form(typed)
    form.own_account("from_account", debit)
    form.own_account("to_account", credit)
    if debit is not None and credit is not None and debit.id == credit.id:
        form.refuse(SameAccount("to_account"))
    amount = form.amount(debit.currency if debit else None)
    description = form.description()
    form.raise_any()
    assert debit is not None and credit is not None and amount is not None  # noqa: S101, PT018  # raise_any saw to it
    fields.same_currency(debit.currency, credit.currency, "to_account")
    fee = Money(0, amount.currency)
    return Order(debit, credit.id, payer.name, credit.iban, "", amount, fee, description)


OWN = Kind("own", read, spends=False, needs_code=lambda config: config.payments.code_for_own_accounts)
