"""What the payer agrees to by a code: the SMS carries amount and payee, and the code fits this payment alone."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from dega import audit
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import NotFound, NotInTime, PaymentCancelled
from dega.i18n import LANGUAGES, Language
from dega.ids import gsm_text
from dega.money import sms_amount
from dega.payments.kinds import KINDS
from dega.payments.payment import Payment, digest_of, find_payer, find_payment
from dega.store import payments

SMS_SECONDS, DEVICE_SECONDS = 120, 15
"""What confirming takes at least: an SMS has to arrive and be typed, as at the login; a device that is there signs."""

ONE_PART = 160
"""Characters of one SMS: of a long name only so much is left out as the rest needs."""

_TEXTS: dict[Language, str] = {
    "sq": "DEGA TRANSFERTE: kodi {code} per {amount} te {payee} ***{last}, vlen {minutes} min. "
    "Mos ia jepni askujt. Nuk e kerkuat? Tel {phone}",
    "en": "DEGA TRANSFER: code {code} for {amount} to {payee} ***{last}, valid {minutes} min. "
    "Give it to nobody. Not you? Call {phone}",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is needed to send a code for a payment: to which phone, the text around it, and what it is bound to."""

    payment: Payment
    mobile: str | None
    text: Callable[[str], str]
    digest: bytes


def code_life(bank: Bank, *, by_sms: bool) -> int:
    """Seconds for which a code, or what a device signs, lives that is asked for now: never into the daily update.

    It is shortened rather than not sent, since payments are taken until the last moment before the update (R30).
    Raises NotInTime where too little would be left.
    """
    whole, window, now = bank.config.codes.payment_seconds, bank.config.window, bank.clock.now()
    left = (
        int((window.window.closes_next(now) - now).total_seconds()) - 1
    )  # the database's clock may be a little behind
    if left < min(SMS_SECONDS if by_sms else DEVICE_SECONDS, whole):
        raise NotInTime(closes=window.starts, opens=window.ends)
    return min(whole, left)


def needs_code(bank: Bank, payment: Payment) -> bool:
    """Whether this payment is confirmed by a one-time code."""
    return KINDS[payment.kind].needs_code(bank.config)


async def request_code(bank: Bank, customer_id: int, payment_id: UUID, *, life_seconds: int | None = None) -> Request:
    """What a code for the customer's draft says and is bound to. Raises NotFound, PaymentCancelled.

    `life_seconds` is what `code_life` says; None: as long as codes for payments live.
    """
    payment = await find_payment(bank, customer_id, payment_id)
    if payment.state == "cancelled":
        raise PaymentCancelled()
    payer = await find_payer(bank, customer_id)
    language: Language = next((known for known in LANGUAGES if known == payer.language), LANGUAGES[0])

    def text(code: str) -> str:
        details = {
            "code": code,
            "amount": sms_amount(payment.amount.minor, payment.amount.currency),
            "last": payment.payee_iban[-4:],
            "minutes": (life_seconds or bank.config.codes.payment_seconds) // 60,
            "phone": bank.config.contacts.call_center_e164,
        }
        room = ONE_PART - len(_TEXTS[language].format(payee="", **details))
        payee = gsm_text(payment.payee_shown.upper())[: max(0, room)].rstrip()
        return _TEXTS[language].format(payee=payee, **details)

    return Request(payment, payer.mobile, text, digest_of(payment))


async def bind_code(bank: Bank, customer_id: int, payment_id: UUID, challenge_id: UUID) -> None:
    """From now on this code, and no earlier one, stands for the draft. Raises NotFound where it is no draft."""
    async with bank.database.transaction() as connection:
        if not await payments.bind_code(connection, customer_id, payment_id, challenge_id):
            raise NotFound()


async def record_unasked_code(bank: Bank, payment: Payment, actor: Actor) -> None:
    """Keep that a code came for a payment that only a passkey may confirm; it isn't even looked at."""
    async with bank.database.transaction() as connection:
        await audit.record(connection, actor, "payment.code", f"deed:{payment.id}", "refused", why="passkey needed")
