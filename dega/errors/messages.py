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


class TopicMissing(Refusal):
    """Choose what your message is about."""

    code = "topic_missing"
    remedy = "So it comes to whoever knows the answer. Where nothing fits, choose “Something else”."


class SentTooQuickly(Refusal):
    """The form was sent within a moment, as programs do. Check what you wrote, then send it again."""

    code = "sent_too_quickly"
    remedy = "What you wrote is still in the form."


class FormTooOld(Refusal):
    """The form had been open for very long. Check what you wrote, then send it again."""

    code = "form_too_old"
    remedy = "What you wrote is still in the form."


class TrapFilled(Refusal):
    """Empty the field that is to stay empty, then send it again. Only programs fill it in."""

    code = "trap_filled"
    remedy = "Sometimes a browser fills it in by itself. What you wrote is still in the form."


class LetterClosed(Refusal):
    """This conversation is closed. If anything is left, leave a new message."""

    code = "letter_closed"
    remedy = "Name its reference in the new message, and we read both together."


class TooManyLetters(Refusal):
    """Too many messages came from you or from your network. Wait an hour, or call the Call Center."""

    code = "too_many_letters"
    status = 429
    remedy = "What you wrote wasn't kept: save it elsewhere until you send it again."
