"""Refusals at the entrance: registering, logging in, and what ends a session."""

from dega.errors.refusal import Refusal


class CustomerNumberMissing(Refusal):
    """Write your customer number."""

    code = "customer_number_missing"


class CustomerNumberShape(Refusal):
    """The customer number has 9 digits. The personal number of your identity card may stand in for it."""

    code = "customer_number_shape"


class PasswordMissing(Refusal):
    """Write your password."""

    code = "password_missing"


class SignInFailed(Refusal):
    """The number, the password or the code isn't right, or access is blocked. The Call Center helps."""

    code = "sign_in_failed"


class UserBlocked(Refusal):
    """Access to Dega Internet is blocked. Please call the Call Center."""

    code = "user_blocked"
    status = 403


class BlockedForNow(UserBlocked):
    """Too many tries: access to Dega Internet is blocked until %(until)s. After that you log in as usual; the Call Center can unblock it before."""  # noqa: E501

    code = "blocked_for_now"


class TooManyFailures(Refusal):
    """Too many failed tries came from your network. Try again in ten minutes, or in a browser that you logged in with
    before."""

    code = "too_many_failures"
    status = 429


class SignInNeeded(Refusal):
    """Please log in. A session ends after a few minutes without use."""

    code = "sign_in_needed"
    status = 401


class RegisterBusiness(Refusal):
    """Dega Internet is for individuals. Businesses are served at the branch and by the Call Center."""

    code = "register_business"


class RegisterNoContract(Refusal):
    """You haven't signed the retail banking terms (KSHBI) yet. Please sign them at any branch, then register."""

    code = "register_no_contract"


class RegisterOldContract(Refusal):
    """You signed version %(version)s of the retail banking terms (KSHBI). Registering needs version %(needed)s or higher: please sign it at any branch."""  # noqa: E501

    code = "register_old_contract"


class RegisterNoMobile(Refusal):
    """No mobile number of yours is registered at the bank. Please declare it at any branch, then register."""

    code = "register_no_mobile"


class RegisterNotPossible(Refusal):
    """The registration can't be done here. Please contact the Call Center."""

    code = "register_not_possible"
