"""Refusals to move money, in the order in which it is checked (R37)."""

from dega.errors.refusal import Refusal


class UpdateWindow(Refusal):
    """Financial operations stop for the daily update from %(closes)s to %(opens)s. Try again after %(opens)s."""

    code = "update_window"
    status = 503


class BankClosed(Refusal):
    """Financial operations are stopped for a while. Nothing was booked. Please try again later."""

    code = "bank_closed"
    status = 503


class PaymentCancelled(Refusal):
    """This payment was cancelled. Prepare a new one."""

    code = "payment_cancelled"


class PaymentChanged(Refusal):
    """The payment isn't the one that the code was sent for. Ask for a new code."""

    code = "payment_changed"


class SameAccount(Refusal):
    """The two accounts are the same. Choose another one."""

    code = "same_account"


class AccountUnknown(Refusal):
    """There is no such account at our bank. Check the IBAN with the payee."""

    code = "account_unknown"


class AccountNotYours(Refusal):
    """Choose one of your own accounts."""

    code = "account_not_yours"


class AccountBlocked(Refusal):
    """Your account %(iban)s is blocked for payments. Please call the Call Center."""

    code = "account_blocked"


class AccountDormant(Refusal):
    """Your account %(iban)s is dormant. It can be woken at any branch."""

    code = "account_dormant"


class AccountClosed(Refusal):
    """Your account %(iban)s is closed."""

    code = "account_closed"


class PayeeAccountClosed(Refusal):
    """The payee's account is closed or blocked, and can't receive payments."""

    code = "payee_account_closed"


class CurrencyMismatch(Refusal):
    """Your account is in %(debit)s and the payee's in %(credit)s. Choose an account in the same currency."""

    code = "currency_mismatch"


class PayeeHeld(Refusal):
    """Your mobile number was changed a short while ago. Until %(until)s you can pay only payees whom you have paid before."""  # noqa: E501

    code = "payee_held"


class LimitPayment(Refusal):
    """One payment can be at most %(limit)s. The Call Center can tell you about higher limits."""

    code = "limit_payment"


class LimitDay(Refusal):
    """Payments of one day can be at most %(limit)s; today %(left)s is left."""

    code = "limit_day"


class InsufficientFunds(Refusal):
    """There isn't enough money in the account: %(available)s is available, %(needed)s is needed."""

    code = "insufficient_funds"


class OutcomePending(Refusal):
    """The payment is being verified. Don't make it again: this page will show what became of it."""

    code = "outcome_pending"
    status = 202
