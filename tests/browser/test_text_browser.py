"""Pages need no script and no style: in a text browser a customer logs in and pays, by keys alone."""

import asyncio
import os
import pty
import re
import shutil
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from browser.installed import needs
from browser.tab import PATIENCE_S
from browser_session import Browser, last_code
from cast import PASSWORD, Admin, Cast, balance
from conftest import Phones

LYNX = shutil.which("lynx")
ENTER, TAB = "^J", "<tab>"


class Lynx:
    """A person at lynx: keys go in, and what is shown is read by printing it into a file."""

    def __init__(self, keys: int, folder: Path) -> None:
        self.keys = keys
        self.folder = folder

    def press(self, *keys: str) -> None:
        """One key after the other."""
        os.write(self.keys, "".join(f"key {key}\n" for key in keys).encode())

    def to_the_content(self) -> None:
        """By the first link of every page, past the menus: to the first link or field of the page itself."""
        self.press(ENTER)

    def type(self, text: str) -> None:
        """Into the field where the cursor is, and on to the next."""
        self.press(*text.replace(" ", ""), TAB)

    def go(self, address: str) -> None:
        """Open an address."""
        self.press("g", "^U", *address, ENTER)

    def find(self, word: str) -> None:
        """Go to the first link or button with this word."""
        self.press("/", *word, ENTER)

    async def read(self) -> str:
        """The page as it is shown."""
        printed = self.folder / "printed.txt"
        printed.unlink(missing_ok=True)
        self.press("p", ENTER, "^U", *str(printed), ENTER)
        await self.wait_for(printed.exists)
        return printed.read_text(encoding="utf-8")

    async def wait_for(self, has_come: Callable[[], bool]) -> None:
        """Until it has, as a person would."""
        async with asyncio.timeout(PATIENCE_S):
            while not has_come():  # noqa: ASYNC110  # it is another process
                await asyncio.sleep(0.02)


@asynccontextmanager
async def lynx(address: str, folder: Path) -> AsyncIterator[Lynx]:
    """A lynx at this address, on a terminal of its own, that ends with the block."""
    assert LYNX is not None
    script = folder / "keys"
    os.mkfifo(script)
    patience = folder / "lynx.cfg"
    patience.write_text("INFOSECS:0\nMESSAGESECS:0\nALERTSECS:0\nDELAYSECS:0\n")  # it needn't wait for us to read
    terminal, its_end = pty.openpty()
    termios.tcsetwinsize(its_end, (24, 80))  # where a whole page is shown, lynx goes to no place in it
    process = await asyncio.create_subprocess_exec(
        *(LYNX, "-accept_all_cookies", "-assume_charset=utf-8", "-display_charset=utf-8", f"-cmd_script={script}"),
        *(f"-cfg={patience}", address),
        env={"TERM": "vt100", "HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdin=its_end, stdout=its_end, stderr=its_end,
    )  # fmt: skip
    asyncio.get_running_loop().add_reader(terminal, _drain, terminal)
    keys = os.open(script, os.O_RDWR)  # which waits for no reader
    try:
        yield Lynx(keys, folder)
    finally:
        os.close(keys)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        asyncio.get_running_loop().remove_reader(terminal)
        os.close(terminal)
        os.close(its_end)


def _drain(terminal: int) -> None:
    """What it paints nobody sees."""
    os.read(terminal, 1 << 16)


@needs(lynx=LYNX)
@pytest.mark.requirement("R2", "R45")
async def test_a_customer_logs_in_and_pays_in_a_text_browser(
    client: TestClient, admin: Admin, cast: Cast, phones: Phones, tmp_path: Path
) -> None:
    base = str(client.make_url("/"))
    async with lynx(base, tmp_path) as person:
        first = await person.read()
        for words in ("Ndihmë", "Kontaktet", "Numri i klientit", "____", "Regjistrohu tani", "+355 4 2266 288"):
            assert words in first
        person.to_the_content()
        person.type(cast.arta.number)
        person.press(ENTER)
        person.to_the_content()
        person.press(TAB, TAB)  # the number is there, and a link to change it
        person.type(PASSWORD)
        person.press(ENTER)
        await person.wait_for(lambda: len(phones.sent) == 1)
        person.to_the_content()
        person.type(last_code(phones))
        person.press(ENTER)
        assert "Llogaritë e mia" in await person.read()

        person.go(f"{base}payments/in-bank")
        person.to_the_content()
        person.press(TAB)  # the first account
        person.type(cast.besnik.lek.iban)
        person.press(TAB)
        person.type("1250,50")
        person.type("Qira")
        person.press(ENTER)
        assert "1 250,50" in (await person.read()).replace("\u00a0", " ")
        person.find("Konfirmo")
        person.press(ENTER)
        await person.wait_for(lambda: len(phones.sent) == 2)
        person.to_the_content()
        person.press(TAB)  # a link that asks where the SMS is
        person.type(last_code(phones))
        person.press(ENTER)
        receipt = await person.read()
    assert "Transferta u krye" in receipt
    assert "98 749,50" in receipt.replace("\u00a0", " ")
    assert await balance(admin, cast.besnik.lek) == 10_125_050


@pytest.mark.requirement("R45")
async def test_forms_are_sent_by_the_oldest_kind_of_button_and_nothing_waits_for_a_script(
    browser: Browser, login: object, cast: Cast
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    for path in ("/payments/own", "/payments/in-bank", "/activity", "/security/password", "/contact", "/complaints"):
        html = (await browser.get(path)).html
        main = html.split('id="main"')[1].split('role="contentinfo"')[0]
        assert 'type="submit"' in main
        assert "<button" not in main
        assert not re.search(r"\son[a-z]+=|javascript:|\sstyle=|<script(?! src=)", html)
