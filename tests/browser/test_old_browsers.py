"""Browsers as old as Internet Explorer 6 in what they know: CSS 2.1, no script. Dillo and NetSurf stand in for it.

They are shown pages of a customer who is logged in elsewhere, and what they paint is judged by its colours: the first
layer of the style sheet is there, and nothing of the second. With DEGA_PICTURES=folder the pictures are kept.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from browser.installed import marks
from browser.screen import XVFB, Picture, Screen, screen
from browser.tab import PATIENCE_S
from browser_session import Browser
from cast import Cast

DILLO = shutil.which("dillo")
NETSURF = shutil.which("netsurf-gtk")
OLD = [
    pytest.param([DILLO, "-f", "-g", "1024x1500+0+0"], marks=marks(dillo=DILLO, Xvfb=XVFB), id="dillo"),
    pytest.param(
        [NETSURF, "--window_x=0", "--window_y=0", "--window_width=1024", "--window_height=1500"],
        marks=marks(NetSurf=NETSURF, Xvfb=XVFB),
        id="netsurf",
    ),
]
PAGES = ("/accounts", "/activity", "/payments/in-bank", "/security/password", "/help/accounts")
WITH_A_BUTTON = {"/security/password", "/payments/in-bank"}
NAVY, TEAL, SURFACE = 0x0C2B41, 0x0A666B, 0xFFFFFF


@pytest.fixture
async def over_the_shoulder(client: TestClient, browser: Browser, login: object, cast: Cast) -> AsyncIterator[str]:
    """The bank as Arta's browser gets it, for whoever asks at this address."""
    await login(browser, cast.arta)  # type: ignore[operator]

    async def pass_on(request: web.Request) -> web.Response:
        async with client.get(request.path_qs) as answer:
            return web.Response(body=await answer.read(), content_type=answer.content_type, charset=answer.charset)

    app = web.Application()
    app.router.add_get("/{path:.*}", pass_on)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def picture_of(program: list[str], address: str, shown: Screen, home: Path) -> Picture:
    """What the browser paints, once it paints the same for a while."""
    environment = {**os.environ, "DISPLAY": shown.display, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    process = await asyncio.create_subprocess_exec(
        *program, address, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            before = None
            while True:
                await asyncio.sleep(0.4)
                now = shown.picture()
                if before == now and now.points.count(NAVY):
                    return now
                before = now
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.requirement("R45")
@pytest.mark.parametrize("program", OLD)
async def test_a_browser_that_knows_css_2_1_paints_every_kind_of_page(
    over_the_shoulder: str, program: list[str], tmp_path: Path
) -> None:
    kept = os.environ.get("DEGA_PICTURES")
    async with screen(1024, 1500) as shown:
        for path in PAGES:
            picture = await picture_of(program, over_the_shoulder + path, shown, tmp_path)
            if kept:
                name = f"{Path(program[0]).name}{path.replace('/', '-').rstrip('-')}.png"
                picture.save(Path(kept) / name)
            painted = picture.points.count
            assert painted(NAVY) > 1024 * 30, path  # the masthead, as wide as the window
            assert painted(SURFACE) > 1024 * 30, path
            assert path not in WITH_A_BUTTON or painted(TEAL) > 300, path
