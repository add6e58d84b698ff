"""Refusals to move money, in the order in which it is checked (R37)."""

from dega.errors.refusal import Refusal


class UpdateWindow(Refusal):
    """Financial operations stop for the daily update from %(closes)s to %(opens)s. Try again after %(opens)s."""

    code = "update_window"
    status = 503
    remedy = "What you started is kept: you find it in Transfers. Balances, activity and help work all the time."


class UpdateLate(Refusal):
    """The daily update takes longer than usual. Nothing was booked."""

    code = "update_late"
    status = 503
    remedy = "What you started is kept: you find it in Transfers. Balances, activity and help work all the time."


class BankClosed(Refusal):
    """Financial operations are stopped for a while. Nothing was booked. Please try again later."""

    code = "bank_closed"
    status = 503
    remedy = "What you started is kept: you find it in Transfers. Balances, activity and help work all the time."


class NotInTime(Refusal):
    """There isn't enough time left to confirm a payment by code before the daily update at %(closes)s. The payment is kept: confirm it after %(opens)s."""  # noqa: E501

    code = "not_in_time"
    remedy = "You find it in Transfers after midnight. Moving money between your own accounts needs no code."


class PaymentCancelled(Refusal):
    """This payment was cancelled. Prepare a new one."""

    code = "payment_cancelled"
    remedy = "Nothing has left your account. Begin in Transfers."


class PaymentChanged(Refusal):
    """The payment isn't the one that the code was sent for. Ask for a new code."""

    code = "payment_changed"
    remedy = "Before you write the new code, check the amount and the payee on the page."


class SameAccount(Refusal):
    """The two accounts are the same. Choose another one."""

    code = "same_account"
    remedy = "Money goes from one account to a different one."


class AccountUnknown(Refusal):
    """There is no such account at our bank. Check the IBAN with the payee."""

    code = "account_unknown"
    remedy = "Compare every character with what the payee gave you. Nothing has left your account."


class AccountNotYours(Refusal):
    """Choose one of your own accounts."""

    code = "account_not_yours"
    remedy = "Choose it from the list. If an account of yours isn't there, call the Call Center."


class DepositAccount(Refusal):
    """Money goes into and out of a time deposit only at a branch. Choose another account."""

    code = "deposit_account"
    remedy = "The deposit's own page says when it ends and where its money goes then."


class AccountBlocked(Refusal):
    """Your account %(iban)s is blocked for payments. Please call the Call Center."""

    code = "account_blocked"
    remedy = "Have the IBAN and your identity card at hand. Meanwhile you can pay from another account."


class AccountDormant(Refusal):
    """Your account %(iban)s is dormant. It can be woken at any branch."""

    code = "account_dormant"
    remedy = "Take your identity card with you. Meanwhile you can pay from another account."


class AccountClosed(Refusal):
    """Your account %(iban)s is closed."""

    code = "account_closed"
    remedy = "Choose another account. Which ones are active is shown in My accounts."


class PayeeAccountClosed(Refusal):
    """The payee's account is closed or blocked, and can't receive payments."""

    code = "payee_account_closed"
    remedy = "Ask the payee for another account. Nothing has left yours."


class CurrencyMismatch(Refusal):
    """Your account is in %(debit)s and the payee's in %(credit)s. Choose an account in the same currency."""

    code = "currency_mismatch"
    remedy = "If you have none in that currency, ask at a branch. Nothing has left your account."


class PayeeHeld(Refusal):
    """Your mobile number was changed a short while ago. Until %(until)s you can pay only payees whom you have paid before."""  # noqa: E501

    code = "payee_held"
    remedy = "This protects you from whoever takes over a number. If the payment can't wait, ask at a branch."


class LimitPayment(Refusal):
    """One payment can be at most %(limit)s. The Call Center can tell you about higher limits."""

    code = "limit_payment"
    remedy = "Write a smaller amount, or ask the Call Center."


class LimitDay(Refusal):
    """Payments of one day can be at most %(limit)s; today %(left)s is left."""

    code = "limit_day"
    remedy = "Write a smaller amount, or pay tomorrow."


class InsufficientFunds(Refusal):
    """There isn't enough money in the account: %(available)s is available, %(needed)s is needed."""

    code = "insufficient_funds"
    remedy = "Write a smaller amount, choose another account, or first move money to this one."


class OutcomePending(Refusal):
    """The payment is being verified. Don't make it again: this page will show what became of it."""

    code = "outcome_pending"
    status = 202
    remedy = "Look at it again in a few minutes. If nothing has changed by then, call the Call Center."
