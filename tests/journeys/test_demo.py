"""The demo, as a person starts it: one command in an empty folder, customers with books in order, a phone, a clock."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestClient, unused_port

HOUSE = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HOUSE)}
SECONDS = 60


@asynccontextmanager
async def demo(folder: Path, port: int, *more: str) -> AsyncIterator[ClientSession]:
    """The demo in `folder`, until the block ends; it stops in peace."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dega", "demo", "--port", str(port), *more, cwd=folder, env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout
        async with asyncio.timeout(SECONDS):
            while b"registered: log in" not in await process.stdout.readline():
                assert process.returncode is None
        async with ClientSession(f"http://localhost:{port}", cookie_jar=CookieJar()) as browser:
            yield browser
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def send(browser: ClientSession, path: str, **fields: str) -> tuple[int, str, str]:
    """Fill in the form at `path`: status, path and text of what comes back."""
    async with browser.get(path) as page:
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', await page.text())
    assert found
    async with browser.post(path, data={"form_token": found[1], **fields}) as answer:
        return answer.status, answer.url.path, await answer.text()


async def command(folder: Path, *words: str) -> int:
    """How a command of operators ends on the demo."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dega", *words, "--config", "var/config.toml", cwd=folder, env=ENVIRONMENT,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait()


@pytest.mark.requirement("R12", "R31")
async def test_one_command_opens_the_bank_with_its_phone_and_its_clock(tmp_path: Path) -> None:
    port = unused_port()
    async with demo(tmp_path, port) as browser:
        told = msgspec.json.decode((tmp_path / "var" / "demo.json").read_bytes())
        assert len(told["customers"]) >= 8
        assert await command(tmp_path, "books", "check") == 0
        await send(browser, "/", customer_number=told["customers"][0]["number"])
        await send(browser, "/login/password", password=told["password"])
        await asyncio.sleep(0.3)
        async with browser.get("/demo/phone.json") as phone:
            newest = (await phone.json())[0]
        assert {"to", "text", "at", "code"} <= newest.keys()
        assert (await send(browser, "/login/code", code=newest["code"]))[:2] == (200, "/accounts")
        async with browser.get("/activity") as activity:
            assert (await activity.text()).count("Vodafone") >= 1
        await send(browser, "/demo/clock", time="21:00")
        async with browser.get("/payments/own") as closed:
            assert closed.status == 503
        await send(browser, "/demo/clock", minutes="180")
        async with browser.get("/payments/own") as opened:
            assert opened.status == 200
    async with demo(tmp_path, port, "--at", "2027-03-27T20:58") as browser:
        assert msgspec.json.decode((tmp_path / "var" / "demo.json").read_bytes()) == told
        async with browser.get("/demo/clock") as clock:
            text = await clock.text()
        assert "27.03.2027 20:58" in text
        assert 'http-equiv="refresh"' in text
        assert 'class="freeze"' in text


async def test_outside_the_demo_there_is_neither_phone_nor_clock(client: TestClient) -> None:
    for path in ("/demo/phone", "/demo/phone.json", "/demo/clock"):
        async with client.get(path) as answer:
            assert answer.status == 404
