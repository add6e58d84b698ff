"""To another customer of the bank (Brenda BKT): at once, free, under a code and the limits."""

from collections.abc import Mapping

from dega.bank import Bank
from dega.errors import AccountUnknown, DepositAccount, IbanOfAnotherBank, PayeeAccountClosed, SameAccount
from dega.money import Money
from dega.payments import fields
from dega.payments.kind import Kind, Order
from dega.store import payments


async def read(bank: Bank, customer_id: int, typed: Mapping[str, str]) -> Order:
    """The order that was typed: from_account, to_iban, amount, description. Raises Refusals with all problems."""
    form = fields.Form(typed)
    iban = form.iban("to_iban")
    async with bank.database.connection() as connection:
        debit = await payments.own_account(connection, customer_id, fields.compact(typed.get("from_account", "")))
        payee = await payments.payee_account(connection, iban) if iban else None
    form.own_account("from_account", debit)
    if iban is not None and not fields.is_ours(iban, bank.config.bank.code):
        form.refuse(IbanOfAnotherBank("to_iban"))
    elif iban is not None and payee is None:
        form.refuse(AccountUnknown("to_iban"))
    elif payee is not None and payee.product == fields.DEPOSIT:
        form.refuse(DepositAccount("to_iban"))
    elif payee is not None and payee.status in ("closed", "blocked"):
        form.refuse(PayeeAccountClosed("to_iban"))
    elif debit is not None and payee is not None and debit.id == payee.id:
        form.refuse(SameAccount("to_iban"))
    amount = form.amount(debit.currency if debit else None)
    payee_typed = form.payee_name()
    description = form.description()
    form.raise_any()
    assert debit is not None and payee is not None and amount is not None  # noqa: S101, PT018  # raise_any saw to it
    fields.same_currency(debit.currency, payee.currency, "to_iban")
    fee = Money(0, amount.currency)
    return Order(debit, payee.id, payee.name, payee.iban, payee_typed, amount, fee, description)


IN_BANK = Kind("in-bank", read, spends=True, needs_code=lambda _config: True)
