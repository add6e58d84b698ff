"""The help of a bank that is configured otherwise says what holds there."""

from dataclasses import replace

import pytest

from dega.config import read
from dega.i18n import LANGUAGES, Language
from dega.web import environment
from dega.web.facts import facts_of
from dega.web.render import contacts_view

CONFIG = read(environment={})
OTHERWISE = replace(
    CONFIG,
    access=replace(CONFIG.access, tries=5, password_days=91, password_notice_days=11, block_minutes=[37, 1440]),
    codes=replace(CONFIG.codes, login_digits=7, login_seconds=93, payment_seconds=240),
    sessions=replace(CONFIG.sessions, idle_seconds=180, absolute_seconds=1260),
    window=replace(CONFIG.window, starts="22:30", ends="23:45", banner_minutes=35),
    payments=replace(CONFIG.payments, order_retry_days=6),
    inbox=replace(CONFIG.inbox, complaint_days=9, authority_address="Sheshi Avni Rustemi, Tiranë"),
)


def said(language: Language, key: str) -> str:
    template = environment.make(language).get_template(f"help/{language}/{key}.html")
    return " ".join(template.render(contacts=contacts_view(OTHERWISE), facts=facts_of(OTHERWISE)).split())


@pytest.mark.requirement("R48")
@pytest.mark.parametrize("language", LANGUAGES)
def test_help_says_the_numbers_of_its_own_bank(language: Language) -> None:
    expected = {
        "login-code": ("7 ", "93 sek" if language == "sq" else "93 sec", " 37 minut", " 5 "),
        "pay-code": (" 4 minut", "22:30"),
        "password": (" 91 ", "11 dit" if language == "sq" else "11 days"),
        "logout": (" 3 minut", " 21 minut"),
        "freeze": ("21:55", "22:30", "23:45"),
        "promise": ("22:30", "23:45"),
        "orders": ("22:30", " 6 net" if language == "sq" else " 6 nights"),
        "complaints": (" 9 dit" if language == "sq" else " 9 working days", "Sheshi Avni Rustemi, Tiranë"),
    }
    missing = [
        (key, words) for key, all_words in expected.items() for words in all_words if words not in said(language, key)
    ]
    assert missing == []


@pytest.mark.requirement("R7", "R30")
def test_midnight_is_the_end_of_a_day_and_a_version_has_three_digits() -> None:
    facts = facts_of(CONFIG)
    assert (facts.announced, facts.closes, facts.opens, facts.kshbi) == ("20:45", "21:00", "24:00", "002")
    assert facts_of(OTHERWISE).opens == "23:45"
