"""Time deposits at the counter: opened out of one of the customer's accounts, ended early, or told what to become."""

import uuid
from dataclasses import dataclass
from datetime import date

from dega.access import notices
from dega.access.approvals import NotDone
from dega.access.staff import Deed as Act
from dega.access.staff import deed
from dega.accounts.accounts import Account, Product, account_from, open_account
from dega.accounts.deposits import Renewal, matures_on, term_rate
from dega.bank import Bank
from dega.clock import format_day, local_day
from dega.deeds import Deed, Leg, Particulars
from dega.errors import Refusal
from dega.ids import compact
from dega.ledger.at_counter import book_at_counter
from dega.money import Currency, Money, format_money
from dega.store import accounts, calendar
from dega.store import deposits as store
from dega.store.deposits import DepositRow
from dega.tariff import TERMS, Rate
from dega.typed import read_amount


@dataclass(frozen=True, slots=True)
class OpenedDeposit:
    """What is handed over on paper: the deposit's own account, what it bears, and the day after which it is due."""

    iban: str
    amount: Money
    rate: Rate
    matures_on: date


async def open_deposit(
    bank: Bank,
    number: str,
    from_iban: str,
    amount: str,
    months: int,
    renewal: Renewal = Renewal.NONE,
    *,
    operator: str,
    reason: str,
) -> OpenedDeposit:
    """Open a deposit out of the customer's account, which it will also be paid to.

    Raises NotDone, or what is wrong with the typed amount; then nothing is opened and nothing booked.
    """
    async with deed(bank, number, operator, reason, "deposit.open") as act:
        source = await _source(act, from_iban)
        wanted = read_amount(amount, source.currency)
        day = local_day(bank.clock.now())
        rate = _rate(bank, wanted, months, day)
        opened = await open_account(
            act.connection, bank.config.bank, act.actor, act.customer.id, source.currency, Product.TERM
        )
        leg = Leg(source.id, opened.id, wanted)
        await _book(bank, act, "deposit", leg, source.iban, opened.iban, format_day(day))
        due = matures_on(day, months)
        await store.begin(
            act.connection, opened.id, day, months, due, wanted.minor, rate.ppm, rate.year, source.id, renewal
        )
        last = f"***{opened.iban[-4:]}"
        act.data.update(account=last, amount=format_money(wanted), months=str(months), renewal=renewal.value)
        await notices.tell(
            act.connection, bank, act.customer, "account_opened", account=last, currency=source.currency.value
        )
    return OpenedDeposit(opened.iban, wanted, rate, due)


async def end_early(bank: Bank, number: str, iban: str, *, operator: str, reason: str) -> Money:
    """Give the principal back before the deposit matures; its interest is lost. What was given back. Raises NotDone."""
    async with deed(bank, number, operator, reason, "deposit.end_early") as act:
        row = await _running(act, iban)
        day = local_day(bank.clock.now())
        if await calendar.working_day_on_or_after(act.connection, row.matures_on) <= day:
            raise NotDone("This deposit has matured: the night pays it out, with its interest.")
        principal = Money(row.principal_minor, Currency(row.currency))
        leg = Leg(row.account_id, row.pays_to_id, principal)
        await _book(bank, act, "deposit-broken", leg, row.iban, row.pays_to_iban, format_day(row.first_day))
        await store.finish(act.connection, day, [(row.account_id, "broken", 0, 0)])
        act.data.update(account=f"***{row.iban[-4:]}", amount=format_money(principal))
    return principal


async def set_renewal(bank: Bank, number: str, iban: str, renewal: Renewal, *, operator: str, reason: str) -> None:
    """What becomes of the deposit when it matures. Raises NotDone."""
    async with deed(bank, number, operator, reason, "deposit.renewal") as act:
        row = await _running(act, iban)
        await store.set_renewal(act.connection, row.account_id, renewal)
        act.data.update(account=f"***{row.iban[-4:]}", before=row.renewal, after=renewal.value)


async def _source(act: Act, iban: str) -> Account:
    row = await accounts.account_of(act.connection, act.customer.id, compact(iban))
    if row is None:
        raise NotDone(f"{act.customer.number} has no account {compact(iban)}.")
    source = account_from(row)
    if source.product is not Product.CURRENT:
        raise NotDone("A deposit is opened out of a current account, and paid out to it.")
    return source


async def _running(act: Act, iban: str) -> DepositRow:
    row = await store.running_of(act.connection, act.customer.id, compact(iban))
    if row is None:
        raise NotDone(f"{act.customer.number} has no deposit {compact(iban)} that runs.")
    return row


def _rate(bank: Bank, amount: Money, months: int, day: date) -> Rate:
    least = Money(bank.config.tariff[amount.currency].term_least, amount.currency)
    if amount < least:
        raise NotDone(f"A deposit is opened with at least {format_money(least)}.")
    if months not in TERMS:
        raise NotDone(f"Deposits are taken for {', '.join(map(str, TERMS))} months.")
    rate = term_rate(bank.config, amount.currency, months, day)
    if rate is None:
        raise NotDone(f"The tariff has no rate for deposits in {amount.currency} on {format_day(day)}.")
    return rate


async def _book(bank: Bank, act: Act, kind: str, leg: Leg, payer: str, payee: str, description: str) -> None:
    name = act.customer.name
    who = Particulars(name, name, description, payer, payee)
    try:
        await book_at_counter(bank, act.connection, Deed(uuid.uuid4(), kind, (leg,), who, actor=act.actor.name))
    except Refusal as refusal:
        raise NotDone(refusal.sentence() % refusal.values) from refusal
