"""What a bank answers for: the same in both languages, made of what pages and paper can show, linked everywhere."""

import re

import pytest
from house.help_files import read_help

from dega.config import HOUSE
from dega.i18n import LANGUAGES, translate

TEXTS = {"accessibility": "Accessibility", "privacy": "Privacy notice", "terms": "Terms of use"}

every_text = pytest.mark.parametrize("key", TEXTS)


@every_text
def test_a_legal_text_says_the_same_in_both_languages(key: str) -> None:
    albanian, english = read_help("sq", key, "legal"), read_help("en", key, "legal")
    assert albanian.shape == english.shape
    assert sorted(map(str, albanian.links.items())) == sorted(map(str, english.links.items()))
    assert albanian.numbers == english.numbers
    assert [translate("sq", words) for words in english.stressed] == albanian.stressed


@every_text
def test_a_legal_text_has_its_title_its_date_and_its_anchors(key: str) -> None:
    for language in LANGUAGES:
        found = read_help(language, key, "legal")
        assert found.faults == []
        assert found.title == translate(language, TEXTS[key])
        assert re.search(r"\b\d\d\.\d\d\.20\d\d\b", found.words[""]), "when it was last changed"
        assert all(name.startswith(f"{key}-") for name in found.ids)
        assert "'" not in found.text


def test_each_legal_text_is_linked_at_the_foot_of_every_page() -> None:
    layout, foot = ((HOUSE / "templates" / name).read_text("utf-8") for name in ("layout.html", "parts/footer.html"))
    assert "{{ footer }}" in layout.partition('role="contentinfo"')[2]
    for key, title in TEXTS.items():
        assert f"""<a href="/{key}">{{{{ _('{title}') }}}}</a>""" in foot


@pytest.mark.requirement("R44", "R45")
def test_what_the_statement_on_accessibility_promises_is_what_the_law_of_the_house_says() -> None:
    text = read_help("en", "accessibility", "legal").text
    for promise in ("WCAG) 2.2, level AA", "200 percent", "320 points", "without JavaScript", "15 working days"):
        assert promise in text
