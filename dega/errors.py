"""The closed list of what the bank refuses, each with a stable code; the docstring is the English sentence.

A refusal is an answer to a person, never a fault: it says what to do. `%(name)s` are values given when it is raised.
The Albanian sentence stands in the catalogue; the house tests want both, and a test that reaches each.
"""

from typing import ClassVar


class Refusal(Exception):
    """Base of all refusals. `field` names the form field that it concerns; `values` fill its sentence."""

    code: ClassVar[str] = ""
    status: ClassVar[int] = 422

    def __init__(self, field: str | None = None, **values: object) -> None:
        self.field = field
        self.values = values
        super().__init__(self.code)

    @classmethod
    def sentence(cls) -> str:
        """The English sentence, with its placeholders: also the key of the catalogue."""
        return " ".join((cls.__doc__ or "").split())


class Refusals(Exception):
    """Several refusals of one form at once, so that a person mends them together."""

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__(", ".join(refusal.code for refusal in refusals))


# ---------------------------------------------------------------- what was typed


class CustomerNumberMissing(Refusal):
    """Write your customer number."""

    code = "customer_number_missing"


class CustomerNumberShape(Refusal):
    """The customer number has 9 digits. The personal number of your identity card may stand in for it."""

    code = "customer_number_shape"


class PasswordMissing(Refusal):
    """Write your password."""

    code = "password_missing"


class CodeMissing(Refusal):
    """Write the one-time code."""

    code = "code_missing"


class CodeShape(Refusal):
    """The code has %(digits)s digits, and nothing else."""

    code = "code_shape"


class AccountMissing(Refusal):
    """Choose an account."""

    code = "account_missing"


class AmountMissing(Refusal):
    """Write the amount."""

    code = "amount_missing"


class AmountNotANumber(Refusal):
    """Write the amount in digits, for example 1234,50."""

    code = "amount_not_a_number"


class AmountNegative(Refusal):
    """The amount can't be negative. Write it without a sign."""

    code = "amount_negative"


class AmountZero(Refusal):
    """The amount must be more than zero."""

    code = "amount_zero"


class AmountDecimals(Refusal):
    """The amount has too many decimals: %(currency)s has two."""

    code = "amount_decimals"


class AmountAmbiguous(Refusal):
    """Do you mean %(larger)s or %(smaller)s? Write the amount with two decimals, for example 1234,00."""

    code = "amount_ambiguous"


class AmountTooLarge(Refusal):
    """The amount is larger than any payment can be."""

    code = "amount_too_large"


class IbanMissing(Refusal):
    """Write the payee's IBAN."""

    code = "iban_missing"


class IbanCharacters(Refusal):
    """An IBAN has only letters and digits. Check what you wrote."""

    code = "iban_characters"


class IbanCountry(Refusal):
    """An IBAN begins with the two letters of a country, for example AL. Check the first two letters."""

    code = "iban_country"


class IbanLength(Refusal):
    """The IBAN has %(length)s characters; one of this country has %(expected)s. Something is missing or too much."""

    code = "iban_length"


class IbanCheckDigits(Refusal):
    """The check digits of the IBAN aren't right: a character is mistyped. Compare it with the original."""

    code = "iban_check_digits"


class IbanNationalDigit(Refusal):
    """The national check digit of the IBAN (the 12th character) isn't right. Compare it with the original."""

    code = "iban_national_digit"


class IbanOfAnotherBank(Refusal):
    """This IBAN belongs to another bank. Here you can pay accounts of our bank only."""

    code = "iban_of_another_bank"


class TextTooLong(Refusal):
    """This text is too long: at most %(most)s characters."""

    code = "text_too_long"


class TextCharacters(Refusal):
    """This text has characters that can't be used here, or mixes alphabets. Write it in one alphabet."""

    code = "text_characters"


class TextMissing(Refusal):
    """Write your message."""

    code = "text_missing"


class NameMissing(Refusal):
    """Write your name."""

    code = "name_missing"


class ContactMissing(Refusal):
    """Write a phone number or an e-mail address where we can answer you."""

    code = "contact_missing"


class KindMissing(Refusal):
    """Choose whether it is a suggestion or a complaint."""

    code = "kind_missing"


class TopicMissing(Refusal):
    """Choose what your message is about."""

    code = "topic_missing"


class SentTooQuickly(Refusal):
    """The form was sent within a moment, as programs do. Check what you wrote, then send it again."""

    code = "sent_too_quickly"


class FormTooOld(Refusal):
    """The form had been open for very long. Check what you wrote, then send it again."""

    code = "form_too_old"


class TrapFilled(Refusal):
    """Empty the field that is to stay empty, then send it again. Only programs fill it in."""

    code = "trap_filled"


class LetterClosed(Refusal):
    """This conversation is closed. If anything is left, leave a new message."""

    code = "letter_closed"


class TooManyLetters(Refusal):
    """Too many messages came from you or from your network. Wait an hour, or call the Call Center."""

    code = "too_many_letters"
    status = 429


class DayShape(Refusal):
    """Write the date as day.month.year, for example 22.11.2026."""

    code = "day_shape"


class DaysInverted(Refusal):
    """The first day is after the last one."""

    code = "days_inverted"


# ---------------------------------------------------------------- who is there


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


class CodeWrong(Refusal):
    """The code isn't right. Tries left before your access is blocked: %(left)s."""

    code = "code_wrong"


class CodeSpent(Refusal):
    """This code can't be used any more. Ask for a new code."""

    code = "code_spent"


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


class PasswordShort(Refusal):
    """The password is too short: at least %(least)s characters."""

    code = "password_short"


class PasswordLong(Refusal):
    """The password is too long: at most %(most)s characters."""

    code = "password_long"


class PasswordWithoutDigit(Refusal):
    """The password has only letters: it needs at least one digit."""

    code = "password_without_digit"


class PasswordWithoutLetter(Refusal):
    """The password has no letter: it needs at least one."""

    code = "password_without_letter"


class PasswordWithOwnData(Refusal):
    """The password contains your name, your e-mail, your birthday or one of your numbers. Choose one that nobody can guess."""  # noqa: E501

    code = "password_with_own_data"


class PasswordCommon(Refusal):
    """Many people choose this password, and it is among the first that others try. Choose another one."""

    code = "password_common"


class PasswordWithBankName(Refusal):
    """The password contains the name of the bank or of this service. Others try that first. Choose another one."""

    code = "password_with_bank_name"


class PasswordAlbanianWord(Refusal):
    """The password is hardly more than one Albanian word or name, which others try first. Add a word or two that don't belong together."""  # noqa: E501

    code = "password_albanian_word"


class PasswordForeignWord(Refusal):
    """The password is hardly more than one foreign word or name. Add a word or two that don't belong together."""

    code = "password_foreign_word"


class PasswordRow(Refusal):
    """The password follows a row of the keyboard, of the alphabet or of numbers. Others try such rows first."""

    code = "password_row"


class PasswordDate(Refusal):
    """The password is hardly more than a date or a year. Others try those first, birthdays before all."""

    code = "password_date"


class PasswordRepeated(Refusal):
    """The password repeats the same characters, which makes it no harder to guess. Choose one that doesn't."""

    code = "password_repeated"


class PasswordGuessable(Refusal):
    """This password could be guessed soon. Make it longer: add a word or two that don't belong together."""

    code = "password_guessable"


class PasswordAlike(Refusal):
    """The new password is almost the present one. Choose one that can't be guessed from it."""

    code = "password_alike"


class PasswordRecent(Refusal):
    """You have used this password recently. Choose a new one."""

    code = "password_recent"


class PasswordsDiffer(Refusal):
    """The two passwords aren't the same. Write the new password twice."""

    code = "passwords_differ"


class OldPasswordWrong(Refusal):
    """The present password isn't right."""

    code = "old_password_wrong"


class AlertNeedsWay(Refusal):
    """Choose at least one way, SMS or e-mail, to be told when your password or a verification method is changed."""

    code = "alert_needs_way"


# ---------------------------------------------------------------- moving money, in the order in which it is checked


class UpdateWindow(Refusal):
    """Financial operations stop for the daily update from %(closes)s to %(opens)s. Try again after %(opens)s."""

    code = "update_window"
    status = 503


class BankClosed(Refusal):
    """Financial operations are stopped for a while. Nothing was booked. Please try again later."""

    code = "bank_closed"
    status = 503


class NotFound(Refusal):
    """There is nothing at this address, or it isn't yours."""

    code = "not_found"
    status = 404


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


class Busy(Refusal):
    """The bank is very busy. Nothing was booked. Please try again in a moment."""

    code = "busy"
    status = 503


class OutcomePending(Refusal):
    """The payment is being verified. Don't make it again: this page will show what became of it."""

    code = "outcome_pending"
    status = 202


# ---------------------------------------------------------------- at the door


class FormStale(Refusal):
    """This form is too old or wasn't sent from our page. Please fill it in again."""

    code = "form_stale"
    status = 403


class TooManyRequests(Refusal):
    """Too many tries from your address. Wait a few minutes, then try again."""

    code = "too_many_requests"
    status = 429


class PartAway(Refusal):
    """This part of Dega Internet doesn't answer now. Your money is safe. Please try again in a few minutes."""

    code = "part_away"
    status = 503


def every_refusal() -> list[type[Refusal]]:
    """All refusals of the bank, in the order in which they stand here."""
    return [each for kind in Refusal.__subclasses__() for each in (kind, *kind.__subclasses__())]
