"""Refusals at the entrance: registering, logging in, and what ends a session."""

from dega.errors.refusal import Refusal


class CustomerNumberMissing(Refusal):
    """Write your customer number."""

    code = "customer_number_missing"
    remedy = "You were given it when you opened your account. If you don't find it, call the Call Center."


class CustomerNumberShape(Refusal):
    """The customer number has 9 digits. The personal number of your identity card may stand in for it."""

    code = "customer_number_shape"
    remedy = "Copy it digit by digit. The personal number is a letter, eight digits and a letter."


class PasswordMissing(Refusal):
    """Write your password."""

    code = "password_missing"
    remedy = "If you have forgotten it, choose “Forgot your password?” on the login page."


class SignInFailed(Refusal):
    """The number, the password or the code isn't right, or access is blocked. The Call Center helps."""

    code = "sign_in_failed"
    remedy = (
        "Check the number, and whether Caps Lock is on, then begin at the first page. After several failed tries "
        "access is blocked: if you don't remember the data, don't guess, call."
    )


class UserBlocked(Refusal):
    """Access to Dega Internet is blocked. Please call the Call Center."""

    code = "user_blocked"
    status = 403
    remedy = "Have your identity card at hand when you call. Your accounts go on as usual."


class BlockedForNow(UserBlocked):
    """Too many tries: access to Dega Internet is blocked until %(until)s. After that you log in as usual; the Call Center can unblock it before."""  # noqa: E501

    code = "blocked_for_now"
    remedy = "Wait until then and log in with the right data. If the tries weren't yours, call the Call Center."


class TooManyFailures(Refusal):
    """Too many failed tries came from your network. Try again in ten minutes, or in a browser that you logged in with
    before."""

    code = "too_many_failures"
    status = 429
    remedy = "Don't try meanwhile. If it can't wait, call the Call Center."


class SignInNeeded(Refusal):
    """Please log in. A session ends after a few minutes without use."""

    code = "sign_in_needed"
    status = 401
    remedy = "Log in again. A payment that you started is kept: you find it in Transfers."


class RegisterBusiness(Refusal):
    """Dega Internet is for individuals. Businesses are served at the branch and by the Call Center."""

    code = "register_business"
    remedy = "Ask at the branch of your business, or call the Call Center."


class RegisterNoContract(Refusal):
    """You haven't signed the retail banking terms (KSHBI) yet. Please sign them at any branch, then register."""

    code = "register_no_contract"
    remedy = "Take your identity card with you. Once you have signed, register here again."


class RegisterOldContract(Refusal):
    """You signed version %(version)s of the retail banking terms (KSHBI). Registering needs version %(needed)s or higher: please sign it at any branch."""  # noqa: E501

    code = "register_old_contract"
    remedy = "Take your identity card with you. Once you have signed, register here again."


class RegisterNoMobile(Refusal):
    """No mobile number of yours is registered at the bank. Please declare it at any branch, then register."""

    code = "register_no_mobile"
    remedy = (
        "Take your identity card and your mobile with you. For your security the number isn't taken online or by phone."
    )


class RegisterNotPossible(Refusal):
    """The registration can't be done here. Please contact the Call Center."""

    code = "register_not_possible"
    remedy = "Have your customer number and your identity card at hand when you call."
