"""A new customer, or a new account, at the branch's counter: whatever is written down is checked before it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dega import audit
from dega.access import notices
from dega.access.approvals import NotDone, require_reason
from dega.access.staff import deed, read_email, read_mobile
from dega.accounts.accounts import Account, Product, open_account
from dega.accounts.customers import open_customer
from dega.audit import Actor
from dega.bank import Bank
from dega.ids import TextError, clean_name, compact, is_personal_number_shape
from dega.money import Currency
from dega.store import access as store
from dega.store.database import Connection


@dataclass(frozen=True, slots=True)
class Application:
    """What a new customer declares. `email` and `mobile` may be empty; businesses have no personal number."""

    name: str
    kind: Literal["individual", "business"] = "individual"
    personal_number: str = ""
    mobile: str = ""
    email: str = ""
    kshbi_version: int | None = None
    language: Literal["sq", "en"] = "sq"


@dataclass(frozen=True, slots=True)
class Opened:
    """The new customer's number, to be handed over on paper, and the accounts that were opened with it."""

    number: str
    accounts: tuple[Account, ...]


async def open_at_branch(
    bank: Bank, application: Application, currencies: Sequence[Currency] = (), *, operator: str, reason: str
) -> Opened:
    """Open a customer and a current account in each currency, all or nothing (R8, R10, R47). Raises NotDone.

    The number is random with a check digit in its ninth place: it tells neither how many customers there are nor the
    next one's. The customer is told that they were opened, never by the number.
    """
    require_reason(operator, reason)
    read = _read(application)
    actor = Actor(f"operator:{operator.strip()}")
    async with bank.database.transaction() as connection:
        await _refuse_known(connection, bank, read)
        opened = await open_customer(
            connection,
            bank,
            actor,
            name=read.name,
            kind=read.kind,
            personal_number=read.personal_number or None,
            mobile=read.mobile or None,
            email=read.email or None,
            kshbi_version=read.kshbi_version,
            language=read.language,
        )
        accounts = [await open_account(connection, bank.config.bank, actor, opened.id, each) for each in currencies]
        await audit.record(connection, actor, "customer.open", f"customer:{opened.id}", reason=reason.strip())
        customer = await store.customer_by_id(connection, bank.fields, opened.id)
        assert customer is not None, "it was just opened"  # noqa: S101
        await notices.tell(connection, bank, customer, "customer_opened")
    return Opened(opened.number, tuple(accounts))


async def add_account(
    bank: Bank,
    number: str,
    currency: Currency,
    product: Product = Product.CURRENT,
    *,
    operator: str,
    reason: str,
    approval: int | None = None,
) -> Account:
    """Open one more account for a customer, empty, with an IBAN of its own; the customer is told. Raises NotDone."""
    async with deed(bank, number, operator, reason, "account.open", approval) as act:
        account = await open_account(act.connection, bank.config.bank, act.actor, act.customer.id, currency, product)
        last = f"***{account.iban[-4:]}"
        act.data.update(account=last, currency=currency.value, product=product.value)
        await notices.tell(act.connection, bank, act.customer, "account_opened", account=last, currency=currency.value)
    return account


def _read(application: Application) -> Application:
    """The application as it will be kept. Raises NotDone with a sentence about the first thing that is wrong."""
    try:
        name = clean_name(application.name)
    except TextError as error:
        raise NotDone(f"{application.name!r} isn't a name ({error.reason}).") from None
    personal_number = compact(application.personal_number)
    if application.kind == "individual" and not personal_number:
        raise NotDone("An individual has a personal number: it stands on the identity card.")
    if application.kind == "individual" and not is_personal_number_shape(personal_number):
        raise NotDone(f"{personal_number} isn't a personal number such as J61023045K.")
    if application.kind == "business" and personal_number:
        raise NotDone("A business has no personal number.")
    if application.kshbi_version is not None and application.kshbi_version < 1:
        raise NotDone("Versions of the retail banking terms are numbered from 1.")
    return Application(
        name,
        application.kind,
        personal_number,
        read_mobile(application.mobile) if application.mobile else "",
        read_email(application.email) if application.email else "",
        application.kshbi_version,
        application.language,
    )


async def _refuse_known(connection: Connection, bank: Bank, application: Application) -> None:
    """The schema refuses a second customer with a personal number; this says who the first one is."""
    if not application.personal_number:
        return
    await store.lock_personal_number(connection, application.personal_number)
    known = await store.customer_by_number(connection, bank.fields, application.personal_number)
    if known is not None:
        raise NotDone(f"{application.personal_number} is customer {known.number} already.")
