"""WebKit, the engine of Safari, as GTK carries it: WebKitWebDriver and its MiniBrowser, by the WebDriver protocol."""

import asyncio
import glob
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.test_utils import unused_port
from browser.screen import screen
from browser.tab import PATIENCE_S, Tab

WEBKIT = shutil.which("WebKitWebDriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name that the standard gives to what refers to an element."""


class WebKitTab(Tab):
    """A tab of WebKitGTK, by way of its driver."""

    def __init__(self, base: str, http: aiohttp.ClientSession, session: str) -> None:
        super().__init__(base)
        self.http = http
        self.session = session

    async def ask(self, method: str, path: str, **body: object) -> Any:
        """The value of a command of this session. Raises LookupError with what the driver says where it can't."""
        return await ask(self.http, method, f"/session/{self.session}{path}", body)

    async def visit(self, address: str) -> None:
        await self.ask("POST", "/url", url=address)

    async def run(self, expression: str) -> Any:
        script = (
            "const tell = arguments[0];"
            f"(async () => JSON.stringify([await ({expression})]))().then(tell, wrong => tell('!' + wrong));"
        )
        told = str(await self.ask("POST", "/execute/async", script=script, args=[]))
        if told.startswith("!"):
            raise LookupError(told)
        (value,) = json.loads(told)
        return value

    async def click(self, selector: str) -> None:
        await self.ask("POST", f"/element/{await self._find(selector)}/click")

    async def type_in(self, selector: str, text: str) -> None:
        await self.ask("POST", f"/element/{await self._find(selector)}/value", text=text)

    async def _find(self, selector: str) -> str:
        found = await self.ask("POST", "/element", using="css selector", value=selector)
        return str(found[ELEMENT])


async def ask(http: aiohttp.ClientSession, method: str, path: str, body: dict[str, Any]) -> Any:
    """One command of WebDriver. Raises LookupError."""
    async with http.request(method, path, json=body if method == "POST" else None) as answer:
        value = (await answer.json())["value"]
        if answer.status != 200:
            raise LookupError(f"{path}: {value['message'] or value['error']}")
    return value


@asynccontextmanager
async def webkit(base: str, *, dark: bool, width: int, height: int) -> AsyncIterator[WebKitTab]:
    """A MiniBrowser on a screen and in a home of its own, that ends with the block."""
    assert WEBKIT is not None
    port = unused_port()
    async with screen(width, height) as shown:
        with tempfile.TemporaryDirectory(prefix="dega-webkit-") as home:
            process = await asyncio.create_subprocess_exec(
                *(WEBKIT, "--host=127.0.0.1", f"--port={port}"),
                env={
                    **os.environ,
                    "DISPLAY": shown.display,
                    "HOME": home,
                    "XDG_RUNTIME_DIR": home,
                    "GTK_THEME": "Adwaita:dark" if dark else "Adwaita",
                    "NO_AT_BRIDGE": "1",
                    # Its sandbox wants namespaces, which containers don't give; all that it opens is ours.
                    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
                },
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
                async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=timeout) as http:
                    tab = WebKitTab(base, http, await _begin(http))
                    await tab.ask("POST", "/window/rect", x=0, y=0, width=width, height=height)
                    try:
                        yield tab
                    finally:
                        await tab.ask("DELETE", "")  # the browser ends with its session
            finally:
                process.kill()
                await process.wait()


async def _begin(http: aiohttp.ClientSession) -> str:
    """The session, as soon as the driver listens."""
    (binary, *_) = glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser") + glob.glob(
        "/usr/libexec/webkit2gtk-4.*/MiniBrowser"
    )
    options = {"binary": binary, "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                begun = await ask(http, "POST", "/session", wanted)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
            else:
                return str(begun["sessionId"])
