"""What becomes of each deed of a batch: a refusal, or rows on the batch's sheet. Pure: everything is read and locked.

The order of the checks is the order of the refusals that a customer hears: gate, payment, code, standing, accounts,
currency, hold, limits, funds.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from dega.clock import Window, format_instant
from dega.deeds import Authority, Booking, Deed, Leg, Notice
from dega.errors import (
    AccountBlocked,
    AccountClosed,
    AccountDormant,
    AccountUnknown,
    BankClosed,
    CodeExpired,
    CodeSpent,
    CurrencyMismatch,
    InsufficientFunds,
    LimitDay,
    NotFound,
    PayeeAccountClosed,
    PayeeHeld,
    PaymentCancelled,
    PaymentChanged,
    Refusal,
    SignInNeeded,
    UpdateWindow,
    UserBlocked,
)
from dega.ids import format_iban
from dega.money import Currency, Money, format_money
from dega.store.ledger import AccountRow, PaymentRow, Sheet, Threshold

BOUND_TO_NOTHING = ("app", "recovery")
"""Codes that fit whatever is asked for: good for money that stays the customer's own."""

STANDING: dict[str, type[Refusal]] = {"blocked": AccountBlocked, "dormant": AccountDormant, "closed": AccountClosed}


@dataclass(slots=True)
class Batch:
    """What a batch found under its locks, and the sheet it fills. `spent` and `paid` are what its own decisions
    add to what the payments' rows say: what their customers sent to others, and whom."""

    threshold: Threshold
    window: Window
    in_window: bool
    in_step: bool
    payments: dict[UUID, PaymentRow]
    accounts: dict[int, AccountRow]
    booked: dict[UUID, Booking]
    sheet: Sheet
    spent: dict[tuple[int, str], int] = field(default_factory=dict)
    paid: set[tuple[int, str]] = field(default_factory=set)
    movements_used: int = 0
    transfers_used: int = 0


def window_refusal(window: Window) -> UpdateWindow:
    """The refusal inside the window, with its hours on the wall clock of Tirana."""
    return UpdateWindow(closes=f"{window.starts:%H:%M}", opens=f"{window.ends:%H:%M}")


class _Warrant(NamedTuple):
    """What entitles a customer's deed, and the row of its prepared payment."""

    authority: Authority
    payment: PaymentRow


def decide(batch: Batch, deed: Deed) -> Booking | Refusal:
    """Book the deed on the sheet, or say why not. The same key again is the same booking."""
    known = batch.booked.get(deed.key)
    if known is not None:
        return known
    warrant = None
    refusal = _gate(batch, deed)
    if refusal is None and deed.authority is not None:
        payment = batch.payments.get(deed.authority.payment_id)
        if payment is None:
            refusal = NotFound()
        else:
            warrant = _Warrant(deed.authority, payment)
            refusal = standing_refusal(*warrant, batch.threshold.clock)
    refusal = refusal or _legs(batch, deed, warrant)
    if refusal is not None:
        if deed.authority is not None:
            batch.sheet.audits.append(_audit(deed, refusal.code))
        return refusal
    booking = _write(batch, deed, warrant)
    batch.booked[deed.key] = booking
    return booking


def _gate(batch: Batch, deed: Deed) -> Refusal | None:
    if deed.by_night:
        return None
    if batch.in_window:
        return window_refusal(batch.window)
    if not batch.threshold.is_open or not batch.in_step:
        return BankClosed()
    return None


def standing_refusal(authority: Authority, payment: PaymentRow, clock: datetime) -> Refusal | None:
    """What a locked payment, its code and its customer have against it at that moment; None: nothing."""
    if payment.customer_id != authority.customer_id:
        return NotFound()
    if payment.state == "cancelled":
        return PaymentCancelled()
    if authority.needs_code:
        refusal = _code(payment, authority, clock)
        if refusal is not None:
            return refusal
    if payment.user_state != "active" or payment.barred_at is not None:
        return UserBlocked()
    if payment.auth_epoch != authority.auth_epoch and not authority.is_promised:
        return SignInNeeded()
    return None


def _code(payment: PaymentRow, authority: Authority, clock: datetime) -> Refusal | None:
    if payment.digest != authority.digest or payment.expires_at is None:
        return PaymentChanged()
    if payment.authorised_at is None or payment.challenge_id != authority.challenge_id:
        return PaymentChanged()  # a code was sent, but this one was never typed
    if authority.day_limit is not None and payment.authorised_by in BOUND_TO_NOTHING:
        return PaymentChanged()  # whoever typed it can't have been told the amount and the payee by it
    if authority.is_promised:  # the promise used it up, or there was none
        return PaymentChanged() if payment.consumed_at is None else None
    if payment.consumed_at is not None:
        return CodeSpent()
    if payment.expires_at <= clock:
        return CodeExpired()
    return None


def _legs(batch: Batch, deed: Deed, warrant: _Warrant | None) -> Refusal | None:
    change: dict[int, int] = {}
    for leg in deed.legs:
        refusal = _accounts(batch, leg)
        if refusal is not None:
            return refusal
        change[leg.debit_account_id] = change.get(leg.debit_account_id, 0) - leg.amount.minor
        change[leg.credit_account_id] = change.get(leg.credit_account_id, 0) + leg.amount.minor
    if warrant is not None:
        refusal = _hold(batch, deed, warrant) or _limit(batch, deed, warrant)
        if refusal is not None:
            return refusal
    return _funds(batch, change)


def _accounts(batch: Batch, leg: Leg) -> Refusal | None:
    debit, credit = batch.accounts.get(leg.debit_account_id), batch.accounts.get(leg.credit_account_id)
    if debit is None or credit is None:
        return AccountUnknown()
    if debit.status in STANDING:
        return STANDING[debit.status](iban=format_iban(debit.iban or ""))
    if credit.status in ("closed", "blocked"):
        return PayeeAccountClosed()
    if not debit.currency == credit.currency == leg.amount.currency:
        return CurrencyMismatch(debit=debit.currency, credit=credit.currency)
    return None


def payee_of(deed: Deed) -> tuple[int, str] | None:
    """Which customer pays whom (by IBAN), where the deed pays somebody else."""
    authority, iban = deed.authority, deed.particulars.payee_iban
    if authority is None or authority.new_payee_hold is None or iban is None:
        return None
    return authority.customer_id, iban


def held_until(mobile_changed_at: datetime | None, hold: timedelta, clock: datetime) -> datetime | None:
    """Until when only payees of before may be paid; None where nothing is held.

    Whoever takes a mobile number over by way of the branch gets the codes: the owner has so long to notice.
    """
    if mobile_changed_at is None or mobile_changed_at + hold <= clock:
        return None
    return mobile_changed_at + hold


def _hold(batch: Batch, deed: Deed, warrant: _Warrant) -> Refusal | None:
    authority, payment = warrant
    payee = payee_of(deed)
    if authority.new_payee_hold is None or payee is None or payment.paid_before or payee in batch.paid:
        return None
    until = held_until(payment.mobile_changed_at, authority.new_payee_hold, batch.threshold.clock)
    return None if until is None else PayeeHeld("to_iban", until=format_instant(until))


def _limit(batch: Batch, deed: Deed, warrant: _Warrant) -> Refusal | None:
    limit = warrant.authority.day_limit
    if limit is None:
        return None
    spent = _spent(batch, warrant, limit.currency)
    if spent + _spends(deed) > limit.minor:
        left = Money(max(limit.minor - spent, 0), limit.currency)
        return LimitDay("amount", limit=format_money(limit), left=format_money(left))
    return None


def _spent(batch: Batch, warrant: _Warrant, currency: Currency) -> int:
    return batch.spent.get((warrant.authority.customer_id, currency), warrant.payment.spent_minor)


def _funds(batch: Batch, change: dict[int, int]) -> Refusal | None:
    for account_id, minor in change.items():
        account = batch.accounts[account_id]
        if minor < 0 and account.floor_minor is not None and account.balance_minor + minor < account.floor_minor:
            currency = Currency(account.currency)
            return InsufficientFunds(
                "amount",
                available=format_money(Money(account.balance_minor - account.floor_minor, currency)),
                needed=format_money(Money(-minor, currency)),
            )
    return None


def _spends(deed: Deed) -> int:
    return sum([leg.amount.minor for leg in deed.legs if leg.purpose == "payment"])


def _write(batch: Batch, deed: Deed, warrant: _Warrant | None) -> Booking:
    sheet, who = batch.sheet, deed.particulars
    movement_id = batch.threshold.movement_ids[batch.movements_used]
    batch.movements_used += 1
    sheet.movements.append(
        (movement_id, deed.key, deed.kind, sheet.booked_at, sheet.value_date, deed.by_night, who.payer_name,
         who.payer_iban, who.payee_name, who.payee_iban, who.description)
    )  # fmt: skip
    for leg in deed.legs:
        _write_leg(batch, movement_id, leg)
    if warrant is not None:
        authority, payment = warrant
        if authority.needs_code and not authority.is_promised and payment.challenge_id is not None:
            sheet.challenges.append(payment.challenge_id)
        if authority.day_limit is not None:
            _spend(batch, warrant, authority.day_limit, _spends(deed))
    sheet.audits.append(_audit(deed, "booked"))
    for notice in _notices(batch, deed, warrant):
        data = msgspec.json.encode(notice.data).decode()
        row_id = batch.threshold.notice_ids[len(sheet.notices)]
        sheet.notices.append((row_id, notice.channel, notice.recipient, notice.template, notice.language, data))
    return Booking(movement_id, sheet.booked_at)


def _notices(batch: Batch, deed: Deed, warrant: _Warrant | None) -> tuple[Notice, ...]:
    """What is told of the booked deed. From now on its payee has been paid before."""
    payee = payee_of(deed)
    if warrant is None or payee is None or warrant.payment.paid_before or payee in batch.paid:
        return deed.notices
    batch.paid.add(payee)
    batch.sheet.payees.append(payee)
    return deed.notices if deed.notices_to_new_payee is None else deed.notices_to_new_payee


def _write_leg(batch: Batch, movement_id: int, leg: Leg) -> None:
    sheet, minor = batch.sheet, leg.amount.minor
    transfer_id = batch.threshold.transfer_ids[batch.transfers_used]
    batch.transfers_used += 1
    debit, credit = leg.debit_account_id, leg.credit_account_id
    sheet.transfers.append((transfer_id, movement_id, leg.purpose, debit, credit, leg.amount.currency, minor))
    for account_id, change in ((debit, -minor), (credit, minor)):
        account = batch.accounts[account_id]
        account.balance_minor += change
        account.last_seq += 1
        sheet.entries.append(
            (account_id, account.last_seq, transfer_id, change, account.balance_minor, sheet.booked_at)
        )


def _spend(batch: Batch, warrant: _Warrant, limit: Money, minor: int) -> None:
    key = (warrant.authority.customer_id, limit.currency.value)
    batch.spent[key] = _spent(batch, warrant, limit.currency) + minor
    so_far, _ = batch.sheet.spending.get(key, (0, 0))
    batch.sheet.spending[key] = (so_far + minor, limit.minor)


def _audit(deed: Deed, outcome: str) -> tuple[str, str, str, str, str, str]:
    currency = deed.legs[0].amount.currency
    total = sum([leg.amount.minor for leg in deed.legs if leg.amount.currency == currency])
    data = msgspec.json.encode({"kind": deed.kind, "minor": total, "currency": currency}).decode()
    return (deed.actor, "payment" if deed.authority else "deed", f"deed:{deed.key}", outcome, deed.request_id, data)
