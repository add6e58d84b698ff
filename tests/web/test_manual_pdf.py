"""The manual as a PDF: the same help, with its pictures, in both languages, readable by a screen reader."""

import io
import sys
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser
from click.testing import CliRunner
from pypdf import PdfReader

from dega.cli.main import dega
from dega.config import HOUSE, read
from dega.contact.help import CHAPTERS, MANUAL
from dega.i18n import LANGUAGES, Language, translate
from dega.web import manual_pdf
from dega.web.facts import facts_of
from dega.web.render import contacts_view

CONFIG = read(environment={})


def pictures(reader: PdfReader) -> set[int]:
    """The numbers of the pictures' objects."""
    drawn = [page["/Resources"].get("/XObject", {}) for page in reader.pages]
    return {
        drawn_on.raw_get(name).idnum
        for drawn_on in drawn
        for name in drawn_on
        if drawn_on[name]["/Subtype"] == "/Image"
    }


def written(reader: PdfReader) -> str:
    """All words of the PDF, in one line."""
    return " ".join(" ".join(page.extract_text().replace("-\n", "") for page in reader.pages).split())


@pytest.mark.requirement("R5")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_manual_is_a_tagged_pdf_with_every_chapter_part_and_picture(
    browser: Browser, client: TestClient, language: Language
) -> None:
    await browser.post("/language", language=language, back="/")
    assert 'href="/manual.pdf"' in (await browser.get("/manual")).html
    async with client.get("/manual.pdf") as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        reader = PdfReader(io.BytesIO(await answer.read()))
    root, text = reader.trailer["/Root"], written(reader)
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == translate(language, "User manual")
    titles = [part.title for part in MANUAL] + [chapter.title for chapter in CHAPTERS]
    assert [title for title in titles if translate(language, title) not in text] == []
    assert len(pictures(reader)) == sum(1 for part in MANUAL if part.picture)


def test_links_on_paper_are_whole_addresses() -> None:
    content = manual_pdf.content("en", contacts_view(CONFIG), facts_of(CONFIG), "https://bank.example")
    assert '"href": "https://bank.example/block"' in str(content).replace("'", '"')
    assert '"/' not in "".join(line for line in str(content).replace("'", '"').split(",") if '"href"' in line)


@pytest.mark.requirement("R5")
def test_an_operator_prints_the_manual(tmp_path: Path) -> None:
    config = str(HOUSE / "config.toml")
    done = CliRunner().invoke(
        dega, ["manual", "pdf", "--language", "en", "--output", str(tmp_path / "m.pdf"), "--config", config]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "m.pdf").read_bytes().startswith(b"%PDF-")


async def test_without_the_extra_a_command_says_what_is_missing_and_pages_offer_none(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    manual_pdf._typeset.cache_clear()
    done = CliRunner().invoke(
        dega, ["manual", "pdf", "--output", str(tmp_path / "m.pdf"), "--config", str(HOUSE / "config.toml")]
    )
    assert done.exit_code == 2
    assert "pip install 'dega[pdf]'" in done.output
    assert "/manual.pdf" not in (await browser.get("/manual")).html
    assert (await browser.get("/manual.pdf")).status == 404
