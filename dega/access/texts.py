"""What one-time codes of access say by SMS: what for first, then the code, its life, and what to do if it wasn't you.

GSM-7 without ë and ç, so that one part carries 160 characters; no links, so that people learn to trust none.
"""

from dega.bank import Bank
from dega.store.access import Customer
from dega.store.factors import Kind

_TEXTS = {
    "login": {
        "sq": "DEGA HYRJE: kodi {code}, vlen {life}. Mos ia jepni askujt. Nuk e kerkuat? "
        "Ndryshoni fjalekalimin dhe telefononi {phone}.",
        "en": "DEGA LOGIN: code {code}, valid {life}. Tell it to nobody. Didn't ask for it? "
        "Change your password and call {phone}.",
    },
    "register": {
        "sq": "DEGA REGJISTRIM: kodi {code}, vlen {life}. Mos ia jepni askujt. Nuk e kerkuat? Telefononi {phone}.",
        "en": "DEGA REGISTRATION: code {code}, valid {life}. Tell it to nobody. Didn't ask for it? Call {phone}.",
    },
    "password": {
        "sq": "DEGA FJALEKALIM I RI: kodi {code}, vlen {life}. Mos ia jepni askujt. Nuk e kerkuat? "
        "Telefononi menjehere {phone}.",
        "en": "DEGA NEW PASSWORD: code {code}, valid {life}. Tell it to nobody. Didn't ask for it? "
        "Call {phone} at once.",
    },
    "factor": {
        "sq": "DEGA VERIFIKIM I RI ({factor}): kodi {code}, vlen {life}. Mos ia jepni askujt. Nuk e kerkuat? "
        "Telefononi menjehere {phone}.",
        "en": "DEGA NEW VERIFICATION ({factor}): code {code}, valid {life}. Tell it to nobody. Didn't ask for it? "
        "Call {phone} at once.",
    },
}

_FACTORS = {
    "app": {"sq": "aplikacion", "en": "app"},
    "passkey": {"sq": "celes kalimi", "en": "passkey"},
}


def sms(bank: Bank, purpose: str, customer: Customer | None, code: str) -> str:
    """The SMS with the code of a login, a registration or a change of password, in the customer's language.

    At most 160 characters. For nobody there is one as well: it is made, and never sent.
    """
    language = customer.language if customer else bank.config.bank.languages[0]
    return _filled(bank, purpose, language, code)


def factor_sms(bank: Bank, kind: Kind, customer: Customer, code: str) -> str:
    """The SMS with the code that adds a factor of the kind, in the customer's language. At most 160 characters."""
    return _filled(bank, "factor", customer.language, code, factor=_FACTORS[kind][customer.language])


def _filled(bank: Bank, purpose: str, language: str, code: str, **details: str) -> str:
    codes = bank.config.codes
    seconds = codes.login_seconds if purpose in ("login", "register") else codes.payment_seconds
    life = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    phone = bank.config.contacts.call_center_e164
    return _TEXTS[purpose][language].format(code=code, life=life, phone=phone, **details)
