"""What the help of every page must have, in both languages: so that nobody opens a page whose help says nothing.

A help file is templates/help/<language>/<key>.html. Under its first line, the title, it has in this order:
- before any heading, at least one paragraph: what the page is for;
- `<h2 id="<key>-fields">` with a `<dl>`, where the page has fields: each label, as the page has it, in a `<dt>`;
- `<h2 id="<key>-problems">` with a list: what can go wrong, and what to do then;
- `<h2 id="<key>-call">`, the last one: the number to call, as a link that dials.
More sections may stand between them. Both languages have the same sections, elements, links and numbers. Numbers of
config.toml aren't written but asked for: `{{ facts.… }}`, of dega/web/facts.py.
"""

import re

import pytest
from house.forms import KINDS, every_form, labels_of, templates_of, with_bases
from house.help_files import read_help
from house.texts import TEMPLATES, everything_said

from dega.contact.help import CHAPTERS, MANUAL, OTHERS
from dega.i18n import LANGUAGES, Language, translate
from dega.web.pages.demo import DEMO_ROUTES
from dega.web.routes import ROUTES, Route

EVERY = [page.key for page in (*MANUAL, *OTHERS)]
ADDRESSES = [*ROUTES, *DEMO_ROUTES]
ABOUT_OTHERS = {"index", "manual"}
OF_KINDS = {f"{KINDS}{route.help[4:].replace('-', '_')}.html" for route in ROUTES}
SAID = {said.text for said in everything_said()}
OF_THE_CONFIGURATION = re.compile(
    r"\b(?:120|180)\b|\b14 (?:days|ditë)|\b15 (?:working|ditë)|\b2[14]:00\b|\b20:45\b"
    r"|\b(?:three|tri)\s+(?:failed|përpjekje)|\bquarter of an hour|çerek ore"
)
NEEDN_T_BE_FILLED_IN = re.compile(r" \((?:not needed|nuk është i detyrueshëm|nuk është e detyrueshme)\)$")
"""A note beside a field's name, and no part of it: to who isn't logged in the same field has none."""
NAMES_OF_LANGUAGES = {"Shqip", "English"}

both_languages = pytest.mark.parametrize("language", LANGUAGES)
every_page = pytest.mark.parametrize("key", EVERY)


@pytest.mark.requirement("R39")
@both_languages
@every_page
def test_help_says_what_the_page_is_for_what_can_go_wrong_and_whom_to_call(language: Language, key: str) -> None:
    found = read_help(language, key)
    assert found.tags[""][:1] == ["p"], "before the first heading stands what the page is for"
    assert len(found.words[""].split()) >= 8, "a sentence, not a word"
    assert "ul" in found.tags[f"{key}-problems"] or "dl" in found.tags[f"{key}-problems"], (
        f'<h2 id="{key}-problems"> with a list: what can go wrong, and what to do then'
    )
    assert found.ids[-1] == f"{key}-call", f'the last heading is <h2 id="{key}-call">'
    assert any(link.startswith("tel:+") for link in found.links[f"{key}-call"]), "the number to call, as a link"


@both_languages
@every_page
def test_help_is_made_of_what_a_page_the_manual_and_paper_can_show(language: Language, key: str) -> None:
    found = read_help(language, key)
    assert found.faults == []
    assert found.title, "the first line is {# title: … #}"
    assert [name for name in found.ids if not name.startswith(f"{key}-")] == [], "anchors begin with the page's key"
    assert len(found.ids) == len(set(found.ids))


@every_page
def test_help_says_the_same_in_both_languages(key: str) -> None:
    albanian, english = read_help("sq", key), read_help("en", key)
    assert albanian.shape == english.shape
    assert albanian.links == english.links
    assert albanian.numbers == english.numbers


@every_page
def test_help_calls_pages_and_buttons_what_they_are_called_there(key: str) -> None:
    albanian, english = read_help("sq", key).stressed, read_help("en", key).stressed
    named = [words for words in english if words[0].isupper() and words not in NAMES_OF_LANGUAGES]
    assert [words for words in named if words not in SAID] == [], "no page says this: stress it in small letters"
    assert [translate("sq", words) for words in named if translate("sq", words) not in albanian] == []


@pytest.mark.requirement("R48")
@both_languages
def test_help_and_legal_texts_take_their_numbers_from_the_configuration(language: Language) -> None:
    files = [path for folder in ("help", "legal") for path in (TEMPLATES / folder / language).glob("*.html")]
    said = {
        str(path.relative_to(TEMPLATES)): OF_THE_CONFIGURATION.findall(path.read_text(encoding="utf-8"))
        for path in files
    }
    assert {name: found for name, found in said.items() if found} == {}, "{{ facts.… }} says it: dega/web/facts.py"


@every_page
def test_albanian_help_is_written_with_its_letters(key: str) -> None:
    text = read_help("sq", key).text
    assert "ë" in text
    assert re.findall(r"\b(?:eshte|nje|per|cfare|cdo|kesh|menjehere|numer[it]|llogarite|fjalekalimi?)\b", text) == []
    assert "'" not in text + read_help("en", key).text, "an apostrophe is ’"


@pytest.mark.requirement("R39")
@both_languages
@pytest.mark.parametrize("route", [route for route in ADDRESSES if not route.plain], ids=lambda route: route.path)
def test_help_explains_every_field_of_its_page(language: Language, route: Route) -> None:
    terms = [term.casefold() for term in read_help(language, route.help).terms]
    names = [NEEDN_T_BE_FILLED_IN.sub("", translate(language, label)) for label in sorted(labels_of(route))]
    labels = [name.partition("%(")[0].strip(" ,") for name in names]
    missing = [label for label in labels if not any(label.casefold() in term for term in terms)]
    assert missing == [], f"<dt>s that templates/help/{language}/{route.help}.html needs"
    if labels:
        assert "dl" in read_help(language, route.help).tags[f"{route.help}-fields"]


def test_every_form_belongs_to_an_address_whose_help_explains_it() -> None:
    pages = [page for route in ADDRESSES for page in (route.get, route.post) if page]
    shown = {base for page in pages for name in templates_of(page) for base in with_bases(name)}
    assert every_form() - shown - OF_KINDS == set()


@pytest.mark.requirement("R5")
def test_the_manual_holds_the_help_of_every_page() -> None:
    held = {page.key for page in MANUAL}
    assert {route.help for route in ROUTES if not route.plain} - held - ABOUT_OTHERS == set()
    assert [chapter.begins for chapter in CHAPTERS if chapter.begins not in held] == []
    assert CHAPTERS[0].begins == MANUAL[0].key


@pytest.mark.requirement("R5")
def test_the_manual_says_which_browser_is_too_old_for_a_safe_connection() -> None:
    for language in LANGUAGES:
        text = read_help(language, "manual-intro").words["manual-intro-browsers"]
        assert "Internet Explorer 6" in text
        assert "TLS 1.2" in text
