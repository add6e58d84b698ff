"""The help that every page links to, and the manual made of it."""

import pytest

from dega.config import HOUSE
from dega.contact.help import MANUAL, OTHERS, help_page
from dega.errors import NotFound
from dega.i18n import LANGUAGES

EVERY_PAGE = [*MANUAL, *OTHERS]


@pytest.mark.requirement("R39")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_help_is_written_in_both_languages_and_no_other_is(language: str) -> None:
    written = {path.stem for path in (HOUSE / "templates" / "help" / language).glob("*.html")}
    assert written == {page.key for page in EVERY_PAGE}


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.key)
def test_the_title_of_a_page_of_help_is_the_one_that_its_text_was_written_under(page) -> None:
    text = (HOUSE / "templates" / "help" / "en" / f"{page.key}.html").read_text(encoding="utf-8")
    assert text.startswith(f"{{# title: {page.title} #}}")


@pytest.mark.requirement("R5")
def test_the_manual_has_each_part_once_and_begins_with_what_a_new_customer_needs() -> None:
    keys = [page.key for page in EVERY_PAGE]
    assert len(keys) == len(set(keys))
    assert [page.key for page in MANUAL[:2]] == ["manual-intro", "register"]


def test_a_page_of_help_that_is_not_there_is_not_found() -> None:
    assert help_page("activity").title == "Account activity"
    with pytest.raises(NotFound):
        help_page("../../config")
