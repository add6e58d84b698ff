"""What one-time codes say by SMS: what for first, then the code, its life, and what to do if it wasn't you.

GSM-7 without ë and ç, so that one part carries 160 characters; no links, so that people learn to trust none.
"""

from typing import Literal

from dega.bank import Bank
from dega.store.access import Customer

Factor = Literal["app", "passkey", "recovery"]
"""What a code of the purpose "factor" may be for."""

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
        "sq": "DEGA VERIFIKIM I RI ({change}): kodi {code}, vlen {life}. Mos ia jepni askujt. Nuk e kerkuat? "
        "Telefononi menjehere {phone}.",
        "en": "DEGA NEW VERIFICATION ({change}): code {code}, valid {life}. Tell it to nobody. Didn't ask for it? "
        "Call {phone} at once.",
    },
    "factor_removed": {
        "sq": "DEGA HEQJE VERIFIKIMI ({change}): kodi {code}, vlen {life}. Mos ia jepni askujt. Nuk e kerkuat? "
        "Telefononi menjehere {phone}.",
        "en": "DEGA VERIFICATION REMOVED ({change}): code {code}, valid {life}. Tell it to nobody. Didn't ask for it? "
        "Call {phone} at once.",
    },
}

_FACTORS = {
    "app": {"sq": "aplikacion", "en": "app"},
    "passkey": {"sq": "celes kalimi", "en": "passkey"},
    "recovery": {"sq": "kode rezerve", "en": "recovery codes"},
}


def sms(bank: Bank, purpose: str, customer: Customer | None, code: str) -> str:
    """The SMS with the code of a login, a registration or a change of password, in the customer's language.

    At most 160 characters. For nobody there is one as well: it is made, and never sent.
    """
    language = customer.language if customer else bank.config.bank.languages[0]
    return _filled(bank, purpose, language, code)


def factor_sms(bank: Bank, factor: Factor, customer: Customer, code: str, *, removed: bool = False) -> str:
    """The SMS with the code that adds or removes a factor, in the customer's language. At most 160 characters."""
    change = _FACTORS[factor][customer.language]
    return _filled(bank, "factor_removed" if removed else "factor", customer.language, code, change=change)


def _filled(bank: Bank, purpose: str, language: str, code: str, **details: str) -> str:
    codes = bank.config.codes
    seconds = codes.login_seconds if purpose in ("login", "register") else codes.payment_seconds
    life = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    phone = bank.config.contacts.call_center_e164
    return _TEXTS[purpose][language].format(code=code, life=life, phone=phone, **details)
