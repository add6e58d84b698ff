"""Refusals of what customers write: messages, suggestions, complaints, and texts anywhere."""

from dega.errors.refusal import Refusal


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
