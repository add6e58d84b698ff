"""What the ledger promises, in a few lines and without a database: accounts are lists of numbers, deeds change several
of them or none."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dega.clock import TIRANA
from dega.deeds import Deed

BOOKED, BROKEN = "booked", "broken"
POISON = "\x00"
"""As a deed's kind: nothing that PostgreSQL can keep."""


@dataclass
class Account:
    currency: str
    floor: int | None
    entries: list[int] = field(default_factory=list)
    status: str = "active"


@dataclass
class Payment:
    """What was prepared: until when its code is good, and what its payer may send to others in a day."""

    customer_id: int
    expires_at: datetime
    day_limit: int
    cancelled: bool = False


@dataclass
class Model:
    accounts: dict[int, Account] = field(default_factory=dict)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    booked: set[UUID] = field(default_factory=set)
    spent: Counter[object] = field(default_factory=Counter)
    frozen: bool = False

    def post(self, deed: Deed, now: datetime) -> str:
        """BOOKED or the code of the refusal."""
        refusal = None if deed.key in self.booked else self.refusal(deed, now)
        if refusal or deed.key in self.booked:
            return refusal or BOOKED
        for leg in deed.legs:
            self.accounts[leg.debit_account_id].entries.append(-leg.amount.minor)
            self.accounts[leg.credit_account_id].entries.append(leg.amount.minor)
        if deed.key in self.payments:
            self.spent[self.day(deed, now)] += deed.legs[0].amount.minor
        self.booked.add(deed.key)
        return BOOKED

    def refusal(self, deed: Deed, now: datetime) -> str | None:
        payment, change = self.payments.get(deed.key), Counter[int]()
        if not deed.by_night and (now.astimezone(TIRANA).hour >= 21 or self.frozen):
            return "update_window" if now.astimezone(TIRANA).hour >= 21 else "bank_closed"
        if payment and (payment.cancelled or payment.expires_at <= now):
            return "payment_cancelled" if payment.cancelled else "code_expired"
        for leg in deed.legs:
            debit, credit = self.accounts.get(leg.debit_account_id), self.accounts.get(leg.credit_account_id)
            if debit is None or credit is None:
                return "account_unknown"
            if debit.status != "active" or credit.status in ("blocked", "closed"):
                return "payee_account_closed" if debit.status == "active" else f"account_{debit.status}"
            if {debit.currency, credit.currency} != {leg.amount.currency}:
                return "currency_mismatch"
            change.update({leg.debit_account_id: -leg.amount.minor})
            change.update({leg.credit_account_id: leg.amount.minor})
        if payment and self.spent[self.day(deed, now)] + deed.legs[0].amount.minor > payment.day_limit:
            return "limit_day"
        for account, minor in ((self.accounts[number], minor) for number, minor in change.items() if minor < 0):
            if account.floor is not None and sum(account.entries) + minor < account.floor:
                return "insufficient_funds"
        return BROKEN if deed.kind == POISON else None

    def day(self, deed: Deed, now: datetime) -> object:
        return (self.payments[deed.key].customer_id, now.astimezone(TIRANA).date(), deed.legs[0].amount.currency)
