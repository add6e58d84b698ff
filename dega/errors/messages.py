"""Refusals of what customers write: messages, suggestions, complaints, and texts anywhere."""

from dega.errors.refusal import Refusal


class TextTooLong(Refusal):
    """This text is too long: at most %(most)s characters."""

    code = "text_too_long"
    remedy = "Shorten it. A long message can be sent in two parts."


class TextCharacters(Refusal):
    """This text has characters that can't be used here, or mixes alphabets. Write it in one alphabet."""

    code = "text_characters"
    remedy = "Leave out signs that a keyboard doesn't have, and letters of other alphabets."


class TextMissing(Refusal):
    """Write your message."""

    code = "text_missing"
    remedy = "Say in a few words what you need. Never write your password or an FNP code."


class NameMissing(Refusal):
    """Write your name."""

    code = "name_missing"
    remedy = "We need it to know whom we answer."


class ContactMissing(Refusal):
    """Write a phone number or an e-mail address where we can answer you."""

    code = "contact_missing"
    remedy = "One of the two is enough. Check it: the answer goes there."


class KindMissing(Refusal):
    """Choose whether it is a suggestion or a complaint."""

    code = "kind_missing"
    remedy = "A suggestion says what we can do better, a complaint what went wrong."
