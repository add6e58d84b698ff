"""What notices say: whatever the bank puts into the outbox has its words in both languages."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import get_args

import jinja2
import pytest

import dega
from dega.access.notices import About
from dega.accounts.statements import StatementAbout
from dega.alerts import ToOperations
from dega.config import HOUSE, read
from dega.contact.notices import TEMPLATES as CONTACT
from dega.i18n import LANGUAGES
from dega.ids import is_gsm7
from dega.money import MAX_AMOUNT_MINOR, Currency, Money, format_money
from dega.night.letters import Letters
from dega.payments.notices import SMS_NAME, PaymentAbout
from dega.payments.order_notices import OrderAbout

FACTS = {"name": "Arta Kola", "at": "23.11.2026 10:00"}
_PAID = {"name": "Arta Kola", "amount": "1\u00a0234,50\u00a0ALL", "payee": "Besnik Hoxha", "account": "***8741"}
_DUE = _PAID | {"day": "30.11.2026"}
OTHER_FACTS = {
    "access_paused": {"name": "Arta Kola", "until": "24.11.2026 10:00"},
    "access_paused_last": {"name": "Arta Kola", "until": "24.11.2026 10:00"},
    "payment_made": _PAID,
    "payment_new_payee": _PAID,
    "payment_large": _PAID,
    "order_made": _PAID,
    "order_stopped": _PAID,
    "order_paid": _DUE,
    "order_short": _DUE,
    "order_given_up": _DUE,
    "order_refused": _DUE | {"why": "Your account is blocked."},
    "promise_refused": _PAID | {"why": "Your account is blocked."},
    "account_opened": FACTS | {"account": "***8741", "currency": "EUR"},
    "account_status": FACTS | {"account": "***8741", "status": "closed"},
    "night_failed": {"what": "the check of the books", "why": "no", "at": "23.11.2026 22:00"},
    "statement_ready": {"name": "Arta Kola", "first": "01.11.2026", "last": "30.11.2026"},
    "letter_kept": {"reference": "M-7K3M-9Q2X"},
    "letter_waits": {"reference": "M-7K3M-9Q2X"},
    "letter_answered": {"reference": "M-7K3M-9Q2X", "answer": "Po.\n\nE kthyem."},
    "complaint_kept": {"reference": "M-7K3M-9Q2X", "due": "14.12.2026", "authority": "Sheshi Skënderbej 1"},
    "complaint_answered": {"reference": "M-7K3M-9Q2X", "answer": "Po.", "authority": "Sheshi Skënderbej 1"},
    "inbox_reminder": {"count": "2", "waiting": "M-7K3M-9Q2X", "lost": "M-9Q2X-7K3M"},
    "factor_leaves": FACTS | {"leaves": "24.11.2026 10:00"},
}
"""What each notice is given, where it isn't `name` and `at`."""


ABOUTS = (*get_args(About), *get_args(PaymentAbout), *get_args(StatementAbout), *get_args(OrderAbout))
ONLY_IN_LETTERS = {"name", "why"}


def notices() -> Iterator[tuple[str, str]]:
    """Channel and template of every notice: each has an SMS and an e-mail, and is made in one place."""
    for path in sorted((HOUSE / "dega").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Notice":
                channel, _, template = node.args[:3]
                assert isinstance(channel, ast.Constant), f"{path}:{node.lineno}: a channel spelled out is expected"
                if path.parent.name == "contact":
                    yield from ((channel.value, about) for about in CONTACT[channel.value])
                    continue
                assert path.name == "alerts.py", f"{path}:{node.lineno}: notices are made by alerts.notices"
                assert isinstance(template, ast.Name)
                yield from ((channel.value, about) for about in ABOUTS)


NOTICES = sorted({*notices(), *(("email", about) for about in get_args(ToOperations))})


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(read(environment={}).contacts)


def test_the_notices_of_the_house_are_found() -> None:
    assert HOUSE.samefile(next(iter(dega.__path__)) + "/..")
    assert {("email", "payment_made"), ("sms", "access_blocked"), ("email", "password_changed")} <= set(NOTICES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("channel", "template"), NOTICES)
def test_every_notice_has_its_words(letters: Letters, channel: str, template: str, language: str) -> None:
    facts = OTHER_FACTS.get(template, FACTS)
    if channel == "sms":
        text = letters.sms(template, language, facts)
        assert is_gsm7(text)
        assert len(text) <= 160
        assert "+35542266288" in text
    else:
        letter = letters.email(template, language, facts)
        text = letter.text
        assert letter.subject
        assert "+355 4 2266 288" in text
    wanted = {name: value.replace("\u00a0", " ") if channel == "sms" else value for name, value in facts.items()}
    missing = [
        value
        for name, value in wanted.items()
        if value not in text and (channel == "email" or name not in ONLY_IN_LETTERS)
    ]
    assert missing == []
    assert not re.search(r"https?://|www\.", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", [*get_args(PaymentAbout), *get_args(OrderAbout)])
def test_an_sms_about_the_largest_payment_to_the_longest_name_is_one_part(
    letters: Letters, template: str, language: str
) -> None:
    largest = format_money(Money(MAX_AMOUNT_MINOR, Currency.ALL))
    text = letters.sms(template, language, _DUE | {"amount": largest, "payee": "W" * SMS_NAME})
    assert is_gsm7(text)
    assert len(text) <= 160


def test_no_words_are_kept_for_a_notice_that_nobody_sends() -> None:
    for folder, channel in (("sms", "sms"), ("mail", "email")):
        for language in LANGUAGES:
            kept = {path.stem for path in (HOUSE / "templates" / folder / language).glob("*.txt")} - {"foot"}
            assert kept == {template for sent_by, template in NOTICES if sent_by == channel}


@pytest.mark.parametrize(("channel", "template"), NOTICES)
def test_the_two_languages_say_it_in_their_own_words(letters: Letters, channel: str, template: str) -> None:
    render = letters.sms if channel == "sms" else letters.email
    facts = OTHER_FACTS.get(template, FACTS)
    assert render(template, "sq", facts) != render(template, "en", facts)


def test_a_language_that_nobody_speaks_here_is_albanian(letters: Letters) -> None:
    assert letters.sms("password_changed", "de", FACTS) == letters.sms("password_changed", "sq", FACTS)


def test_a_missing_fact_is_a_fault_and_not_a_gap_in_the_letter(letters: Letters) -> None:
    with pytest.raises(jinja2.UndefinedError):
        letters.email("password_changed", "en", {"name": "Arta Kola"})


def test_a_letter_as_html_says_what_the_text_says_and_no_name_is_markup(letters: Letters) -> None:
    letter = letters.email("payment_made", "sq", OTHER_FACTS["payment_made"] | {"payee": "<b>Besnik</b> & Co"})
    words = _Words()
    words.feed(letter.html)
    assert " ".join(words.said).split() == letter.text.split()
    assert "<b>" not in letter.html


def test_an_answer_keeps_its_paragraphs_and_none_of_it_is_markup(letters: Letters) -> None:
    facts = {"reference": "M-7K3M-9Q2X", "answer": "Po.\n\nE kthyem <b>sot</b>,\nte llogaria."}
    letter = letters.email("letter_answered", "sq", facts)
    assert "\n\nPo.\n\nE kthyem <b>sot</b>,\nte llogaria.\n\n" in letter.text
    assert "<p>E kthyem &lt;b&gt;sot&lt;/b&gt;,<br>te llogaria.</p>" in letter.html


@pytest.mark.parametrize(("waiting", "lost"), [("", "M-1"), ("M-1", "")])
def test_a_reminder_has_no_heading_without_a_letter_under_it(letters: Letters, waiting: str, lost: str) -> None:
    text = letters.email("inbox_reminder", "en", {"count": "1", "waiting": waiting, "lost": lost}).text
    assert ("Waiting for an answer" in text, "didn't arrive" in text) == (bool(waiting), bool(lost))
    assert "\n\n\n" not in text


def test_a_line_break_in_a_name_makes_neither_subject_nor_paragraph(letters: Letters) -> None:
    plain = letters.email("password_changed", "en", FACTS | {"name": "Arta Kola"})
    tricky = letters.email("password_changed", "en", FACTS | {"name": "Arta\r\n\r\nKola"})
    assert tricky == plain


class _Words(HTMLParser):
    """What a person reads of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_head = self._in_head or tag == "head"

    def handle_endtag(self, tag: str) -> None:
        self._in_head = self._in_head and tag != "head"

    def handle_data(self, data: str) -> None:
        if not self._in_head:
            self.said.append(data)
