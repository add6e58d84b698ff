"""The pictures of the manual show the pages as they are: when a page says something else, its picture is taken anew.

Beside each picture's name in `shown/` stands what the page said when it was taken, under the digest of the picture.
`make pictures` takes them all; look at them before you keep them.
"""

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser
from cast import Cast
from conftest import Phones
from manual.camera import FLAGS, SCALE, WIDTH, take
from manual.scenes import Scene, live, scenes

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import HOUSE
from dega.contact.help import MANUAL
from dega.i18n import LANGUAGES, Language

PICTURES = HOUSE / "static" / "manual"
SHOWN = Path(__file__).parent / "shown"
PICTURED = [page.key for page in MANUAL if page.picture]
TAKE = bool(os.environ.get("DEGA_TAKE_PICTURES"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ANEW = "the page says something else than its picture: `make pictures`, look at it, and keep it"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(stopped=True)


def shown(language: str, part: str) -> tuple[str, str]:
    """The digest of a picture, and what it shows."""
    digest, _, text = (SHOWN / language / f"{part}.txt").read_text(encoding="utf-8").partition("\n")
    return digest, text


@pytest.mark.requirement("R5")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pictures_of_the_manual_show_what_the_pages_say(
    client: TestClient, bank: Bank, machine: TimeMachine, cast: Cast, phones: Phones, language: Language
) -> None:
    await live(bank, machine, cast)
    seen = [scene async for scene in scenes(Browser(client), phones, cast, language)]
    assert {scene.part for scene in seen} == set(PICTURED)
    assert [scene.part for scene in seen if "<h1>" not in scene.html or len(scene.text.splitlines()) < 10] == []
    if TAKE:
        await take_all(client, language, seen)
    for scene in seen:
        assert shown(language, scene.part)[1] == scene.text, ANEW


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PICTURED)
def test_each_picture_is_the_one_that_was_taken_with_its_text(language: Language, part: str) -> None:
    picture = (PICTURES / language / f"{part}.png").read_bytes()
    assert hashlib.sha256(picture).hexdigest() == shown(language, part)[0]
    assert int.from_bytes(picture[16:20], "big") == WIDTH * SCALE


def test_the_pictures_are_few_and_light_and_none_is_left_over() -> None:
    there = {path.relative_to(PICTURES).as_posix(): path.stat().st_size for path in PICTURES.rglob("*.png")}
    assert set(there) == {f"{language}/{part}.png" for language in LANGUAGES for part in PICTURED}
    assert {path.stem for path in SHOWN.rglob("*.txt")} == set(PICTURED)
    assert len(PICTURED) <= 10
    assert sum(there.values()) < 600_000


async def take_all(client: TestClient, language: str, seen: list[Scene]) -> None:
    """Take the pictures, and write down what they show."""
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as machinery:
        browser = await machinery.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": 600}, device_scale_factor=SCALE, base_url=str(client.make_url("/"))
        )
        tab = await context.new_page()
        for scene in seen:
            picture = await take(tab, scene)
            for folder in (PICTURES / language, SHOWN / language):
                folder.mkdir(parents=True, exist_ok=True)
            (PICTURES / language / f"{scene.part}.png").write_bytes(picture)
            text = f"{hashlib.sha256(picture).hexdigest()}\n{scene.text}"
            (SHOWN / language / f"{scene.part}.txt").write_text(text, encoding="utf-8")
        await browser.close()
