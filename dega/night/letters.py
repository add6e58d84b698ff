"""What notices say: one text file for each, language and channel, in `templates/sms` and `templates/mail`.

The first line of a letter's file is its subject. The HTML of a letter is made of the same paragraphs: nobody reads
anything else than the others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import jinja2

from dega.config import HOUSE, Contacts
from dega.i18n import LANGUAGES, Language
from dega.ids import gsm_text

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

WITH_LINES = frozenset({"answer", "waiting", "lost"})
"""What may have lines and paragraphs of its own: what staff wrote, and lists that the bank made."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail: the subject, and the same words as plain text and as HTML."""

    subject: str
    text: str
    html: str


class Letters:
    """Renders notices. Raises a jinja2 error where there is no such notice, or a value of it is missing."""

    def __init__(self, contacts: Contacts) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HOUSE / "templates"),
            autoescape=jinja2.select_autoescape(["html"]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["contacts"] = contacts

    def sms(self, template: str, language: str, data: Mapping[str, str]) -> str:
        """The text of an SMS, in one line and in the characters that every phone shows."""
        return " ".join(gsm_text(self._text("sms", template, language, data)).split())

    def email(self, template: str, language: str, data: Mapping[str, str]) -> Letter:
        """The letter, with the paragraphs that end every letter."""
        subject, _, text = self._text("mail", template, language, data).partition("\n")
        text = f"{text.strip()}\n\n{self._text('mail', 'foot', language, {}).strip()}\n"
        paragraphs = [paragraph.splitlines() for paragraph in text.strip().split("\n\n")]
        page = self._environment.get_template("mail/letter.html")
        html = page.render(language=_known(language), subject=subject, paragraphs=paragraphs)
        return Letter(subject.strip(), text, html)

    def _text(self, folder: str, template: str, language: str, data: Mapping[str, str]) -> str:
        # A name or a payee with a line break in it must not make a subject or a paragraph of its own.
        values = {name: value if name in WITH_LINES else _BREAKS.sub(" ", value) for name, value in data.items()}
        return self._environment.get_template(f"{folder}/{_known(language)}/{template}.txt").render(values)


def _known(language: str) -> Language:
    return next((known for known in LANGUAGES if known == language), LANGUAGES[0])
