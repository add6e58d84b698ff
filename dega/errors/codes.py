"""Refusals of what proves that it is the customer: one-time codes, authenticator apps, recovery codes, passkeys."""

from dega.errors.refusal import Refusal


class CodeMissing(Refusal):
    """Write the one-time code."""

    code = "code_missing"
    remedy = (
        "It came by SMS to the mobile that you declared at the branch, or your authenticator app shows it. If "
        "none came, ask for a new code."
    )


class CodeShape(Refusal):
    """The code has %(digits)s digits, and nothing else."""

    code = "code_shape"
    remedy = "Copy the digits of the newest message, without letters or signs."


class CodeWrong(Refusal):
    """The code isn't right. Tries left before your access is blocked: %(left)s."""

    code = "code_wrong"
    remedy = "Copy the code of the newest message: earlier ones are void. If none fits, ask for a new code."


class CodeSpent(Refusal):
    """This code can't be used any more. Ask for a new code."""

    code = "code_spent"
    remedy = "A code is good once, and for one thing only. Choose “Send another code”."


class CodeExpired(Refusal):
    """The one-time code (FNP) has expired. Ask for a new code."""

    code = "code_expired"
    remedy = (
        "Choose “Send another code” and write it as soon as it comes. If it comes late, check the coverage of "
        "your mobile."
    )


class ResendTooSoon(Refusal):
    """A new code can be sent in %(seconds)s seconds. The last one may still arrive."""

    code = "resend_too_soon"
    one = "A new code can be sent in %(seconds)s second. The last one may still arrive."
    counted = "seconds"
    remedy = "Meanwhile check that your mobile has coverage and room for messages."


class TooManyCodes(Refusal):
    """Too many codes were asked for. Wait an hour, or call the Call Center."""

    code = "too_many_codes"
    status = 429
    remedy = "If it wasn't you who asked for them, call at once: somebody may know your password."


class CodeNotSent(Refusal):
    """The code couldn't be sent. Try again in a few minutes, or call the Call Center."""

    code = "code_not_sent"
    status = 503
    remedy = "The fault isn't in your mobile. Nothing was changed and nothing was paid."


class SmsPaused(Refusal):
    """No codes can be sent by SMS now. Confirm with your app or passkey if you have one, try again in an hour, or call the Call Center."""  # noqa: E501

    code = "sms_paused"
    status = 503
    remedy = "The fault isn't in your mobile. Nothing was changed and nothing was paid."


class ProofShape(Refusal):
    """The code has %(digits)s digits, a recovery code %(recovery)s. Write nothing else."""

    code = "proof_shape"
    remedy = "Copy the code that the app shows now, or one recovery code as you noted it."


class AppCodeUsed(Refusal):
    """This code of your authenticator app was used already. Wait until the app shows the next one, and write that."""

    code = "app_code_used"
    remedy = "The app shows a new code every 30 seconds, and each is good once."


class AppCodeWrong(Refusal):
    """This isn't the code that the app should show now. Write the newest one, and check the time of your telephone."""

    code = "app_code_wrong"
    remedy = "Let your telephone set its time by itself, then write the next code that it shows."


class StepUpNeeded(Refusal):
    """This change needs a code of yours, given for it in the last %(seconds)s seconds. Begin it again."""

    code = "step_up_needed"
    status = 403
    remedy = "Open the page of the change again: it asks for a new code."


class FactorNameMissing(Refusal):
    """Write a name by which you will know it, for example the name of your telephone."""

    code = "factor_name_missing"
    remedy = "Any name will do by which you tell your devices apart."


class PasskeyMissing(Refusal):
    """Your device signed nothing. Use a browser that knows passkeys, with JavaScript on, or go on without a passkey."""

    code = "passkey_missing"
    remedy = "When the device asks, use your fingerprint, face or PIN, and wait until the page goes on."


class PasskeyWrong(Refusal):
    """The passkey isn't right for this. Tries left before your access is blocked: %(left)s."""

    code = "passkey_wrong"
    remedy = (
        "Use the passkey that you added for Dega Internet. If you don't have the device any more, use a recovery code."
    )


class PasskeySpent(Refusal):
    """The time to sign this is over, or it was signed before. Ask to sign it again."""

    code = "passkey_spent"
    remedy = "Choose “Sign it again” and do at once what the device asks."


class PasskeyNotMade(Refusal):
    """The device made no passkey that the bank can use. Try again, or use another device."""

    code = "passkey_not_made"
    remedy = "The device needs a screen lock (fingerprint, face or PIN) and an up-to-date browser."


class PasskeyKnown(Refusal):
    """This passkey was added before."""

    code = "passkey_known"
    remedy = "There is nothing to do: you find it in Verification methods."


class AlertNeedsWay(Refusal):
    """Choose at least one way, SMS or e-mail, to be told when your password or a verification method is changed."""

    code = "alert_needs_way"
    remedy = "Mark SMS or e-mail in that row, then save."
