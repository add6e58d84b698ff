"""What a customer agrees to by a code, besides a payment that is made at once: an order, its end, a promise.

The SMS names the amount, the payee and when; the digest that the code is bound to holds every particular.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dega.bank import Bank
from dega.clock import format_day
from dega.i18n import LANGUAGES, Language
from dega.ids import gsm_text
from dega.money import Money, sms_amount
from dega.payments.confirm import ONE_PART
from dega.payments.payment import Payment, find_payer
from dega.payments.promises import due_day, promise_digest
from dega.payments.schedule import Frequency
from dega.payments.standing_orders import Act, StandingOrder, digest_of


@dataclass(frozen=True, slots=True)
class Asking:
    """What is needed to send a code: to which phone, the text around it, and what it is bound to."""

    mobile: str | None
    text: Callable[[str], str]
    digest: bytes


_TEXTS: dict[Language, dict[str, str]] = {
    "sq": {
        "make": "DEGA PERIODIKE: kodi {code} per {amount} te {payee} ***{last} {often} nga {day}. "
        "Mos ia jepni askujt. Nuk ishit ju? Tel {phone}",
        "stop": "DEGA: kodi {code} per te NDALUR pagesen periodike {amount} te {payee} ***{last}. "
        "Mos ia jepni askujt. Nuk ishit ju? Tel {phone}",
        "promise": "DEGA PAS MESNATES: kodi {code} per {amount} te {payee} ***{last}, me {day}. "
        "Mos ia jepni askujt. Nuk ishit ju? Tel {phone}",
    },
    "en": {
        "make": "DEGA ORDER: code {code} for {amount} to {payee} ***{last} {often} from {day}. "
        "Give it to nobody. Not you? Call {phone}",
        "stop": "DEGA: code {code} to STOP the standing order {amount} to {payee} ***{last}. "
        "Give it to nobody. Not you? Call {phone}",
        "promise": "DEGA AFTER MIDNIGHT: code {code} for {amount} to {payee} ***{last}, on {day}. "
        "Give it to nobody. Not you? Call {phone}",
    },
}

_OFTEN: dict[Language, dict[Frequency, str]] = {
    "sq": {
        Frequency.ONCE: "nje here",
        Frequency.WEEKLY: "cdo jave",
        Frequency.MONTHLY: "cdo muaj",
        Frequency.QUARTERLY: "cdo 3 muaj",
        Frequency.YEARLY: "cdo vit",
    },
    "en": {
        Frequency.ONCE: "once",
        Frequency.WEEKLY: "weekly",
        Frequency.MONTHLY: "monthly",
        Frequency.QUARTERLY: "quarterly",
        Frequency.YEARLY: "yearly",
    },
}

_ABOVE: dict[Language, str] = {"sq": "teprica mbi {amount}", "en": "all above {amount}"}


async def ask_about_order(bank: Bank, order: StandingOrder, act: Act) -> Asking:
    """What a code for making or stopping the order says and is bound to. Raises NotFound."""
    payer = await find_payer(bank, order.customer_id)
    language = _known(payer.language)
    amount = _amount(order.amount)
    text = _text(
        bank,
        _TEXTS[language][act],
        order.payee_shown,
        amount=_ABOVE[language].format(amount=amount) if order.sweeps else amount,
        last=order.payee_iban[-4:],
        often=_OFTEN[language][order.schedule.frequency],
        day=format_day(order.schedule.first_on),
    )
    return Asking(payer.mobile, text, digest_of(order, act))


async def ask_about_promise(bank: Bank, payment: Payment) -> Asking:
    """What a code for a promise says and is bound to. Raises NotFound."""
    payer = await find_payer(bank, payment.customer_id)
    due_on = due_day(bank)
    text = _text(
        bank,
        _TEXTS[_known(payer.language)]["promise"],
        payment.payee_shown,
        amount=_amount(payment.amount),
        last=payment.payee_iban[-4:],
        day=format_day(due_on),
    )
    return Asking(payer.mobile, text, promise_digest(payment, due_on))


def _text(bank: Bank, template: str, name: str, **details: str) -> Callable[[str], str]:
    """The SMS of a code: of a long name only so much is left out as the rest needs to fit into one part."""

    def text(code: str) -> str:
        known = {"code": code, "phone": bank.config.contacts.call_center_e164, **details}
        room = ONE_PART - len(template.format(payee="", **known))
        return template.format(payee=gsm_text(name.upper())[: max(0, room)].rstrip(), **known)

    return text


def _amount(amount: Money) -> str:
    return sms_amount(amount.minor, amount.currency)


def _known(language: str) -> Language:
    return next((known for known in LANGUAGES if known == language), LANGUAGES[0])
