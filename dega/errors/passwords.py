"""Refusals of a new password, each for its own reason (R11)."""

from dega.errors.refusal import Refusal


class PasswordShort(Refusal):
    """The password is too short: at least %(least)s characters."""

    code = "password_short"
    remedy = "Put three or four words together that don't belong together, and a number."


class PasswordLong(Refusal):
    """The password is too long: at most %(most)s characters."""

    code = "password_long"
    remedy = "Leave out a few words."


class PasswordWithoutDigit(Refusal):
    """The password has only letters: it needs at least one digit."""

    code = "password_without_digit"
    remedy = "Write a number between two of the words."


class PasswordWithoutLetter(Refusal):
    """The password has no letter: it needs at least one."""

    code = "password_without_letter"
    remedy = "Write words beside the digits."


class PasswordWithOwnData(Refusal):
    """The password contains your name, your e-mail, your birthday or one of your numbers. Choose one that nobody can guess."""  # noqa: E501

    code = "password_with_own_data"
    remedy = "Leave out whatever stands in your documents or others know of you."


class PasswordCommon(Refusal):
    """Many people choose this password, and it is among the first that others try. Choose another one."""

    code = "password_common"
    remedy = "Put three or four words together that don't belong together, and a number."


class PasswordWithBankName(Refusal):
    """The password contains the name of the bank or of this service. Others try that first. Choose another one."""

    code = "password_with_bank_name"
    remedy = "Choose words that have nothing to do with the bank."


class PasswordAlbanianWord(Refusal):
    """The password is hardly more than one Albanian word or name, which others try first. Add a word or two that don't belong together."""  # noqa: E501

    code = "password_albanian_word"
    remedy = "A year or a sign at the end hardly helps; another word does."


class PasswordForeignWord(Refusal):
    """The password is hardly more than one foreign word or name. Add a word or two that don't belong together."""

    code = "password_foreign_word"
    remedy = "A year or a sign at the end hardly helps; another word does."


class PasswordRow(Refusal):
    """The password follows a row of the keyboard, of the alphabet or of numbers. Others try such rows first."""

    code = "password_row"
    remedy = "Choose words in place of rows."


class PasswordDate(Refusal):
    """The password is hardly more than a date or a year. Others try those first, birthdays before all."""

    code = "password_date"
    remedy = "Choose words in place of dates."


class PasswordRepeated(Refusal):
    """The password repeats the same characters, which makes it no harder to guess. Choose one that doesn't."""

    code = "password_repeated"
    remedy = "Choose different words in place of repetitions."


class PasswordGuessable(Refusal):
    """This password could be guessed soon. Make it longer: add a word or two that don't belong together."""

    code = "password_guessable"
    remedy = "A year or a sign at the end hardly helps; another word does."


class PasswordAlike(Refusal):
    """The new password is almost the present one. Choose one that can't be guessed from it."""

    code = "password_alike"
    remedy = "Choose other words, not the old ones with another number."


class PasswordRecent(Refusal):
    """You have used this password recently. Choose a new one."""

    code = "password_recent"
    remedy = "Choose words that you haven't used in a password before."


class PasswordsDiffer(Refusal):
    """The two passwords aren't the same. Write the new password twice."""

    code = "passwords_differ"
    remedy = "Write slowly; where there is a button “Show”, let it show you what you type."


class OldPasswordWrong(Refusal):
    """The present password isn't right."""

    code = "old_password_wrong"
    remedy = "It is the one that you logged in with. If you have forgotten it, call the Call Center."
