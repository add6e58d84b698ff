"""Refusals of what proves that it is the customer: one-time codes, authenticator apps, recovery codes, passkeys."""

from dega.errors.refusal import Refusal


class CodeMissing(Refusal):
    """Write the one-time code."""

    code = "code_missing"


class CodeShape(Refusal):
    """The code has %(digits)s digits, and nothing else."""

    code = "code_shape"


class CodeWrong(Refusal):
    """The code isn't right. Tries left before your access is blocked: %(left)s."""

    code = "code_wrong"


class CodeSpent(Refusal):
    """This code can't be used any more. Ask for a new code."""

    code = "code_spent"


class CodeExpired(Refusal):
    """The one-time code (FNP) has expired. Ask for a new code."""

    code = "code_expired"


class ResendTooSoon(Refusal):
    """A new code can be sent in %(seconds)s seconds. The last one may still arrive."""

    code = "resend_too_soon"


class TooManyCodes(Refusal):
    """Too many codes were asked for. Wait an hour, or call the Call Center."""

    code = "too_many_codes"
    status = 429


class CodeNotSent(Refusal):
    """The code couldn't be sent. Try again in a few minutes, or call the Call Center."""

    code = "code_not_sent"
    status = 503


class SmsPaused(Refusal):
    """No codes can be sent by SMS now. Confirm with your app or passkey if you have one, try again in an hour, or call the Call Center."""  # noqa: E501

    code = "sms_paused"
    status = 503


class ProofShape(Refusal):
    """The code has %(digits)s digits, a recovery code %(recovery)s. Write nothing else."""

    code = "proof_shape"


class AppCodeUsed(Refusal):
    """This code of your authenticator app was used already. Wait until the app shows the next one, and write that."""

    code = "app_code_used"


class AppCodeWrong(Refusal):
    """This isn't the code that the app should show now. Write the newest one, and check the time of your telephone."""

    code = "app_code_wrong"


class StepUpNeeded(Refusal):
    """This change needs a code of yours, given for it in the last %(seconds)s seconds. Begin it again."""

    code = "step_up_needed"
    status = 403


class FactorNameMissing(Refusal):
    """Write a name by which you will know it, for example the name of your telephone."""

    code = "factor_name_missing"


class PasskeyMissing(Refusal):
    """Your device signed nothing. Use a browser that knows passkeys, with JavaScript on, or go on without a passkey."""

    code = "passkey_missing"


class PasskeyWrong(Refusal):
    """The passkey isn't right for this. Tries left before your access is blocked: %(left)s."""

    code = "passkey_wrong"


class PasskeySpent(Refusal):
    """The time to sign this is over, or it was signed before. Ask to sign it again."""

    code = "passkey_spent"


class PasskeyNotMade(Refusal):
    """The device made no passkey that the bank can use. Try again, or use another device."""

    code = "passkey_not_made"


class PasskeyKnown(Refusal):
    """This passkey was added before."""

    code = "passkey_known"


class AlertNeedsWay(Refusal):
    """Choose at least one way, SMS or e-mail, to be told when your password or a verification method is changed."""

    code = "alert_needs_way"
