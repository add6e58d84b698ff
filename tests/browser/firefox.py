"""Firefox (Gecko) without a driver beside it: it speaks WebDriver BiDi itself, JSON over a WebSocket."""

import asyncio
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from browser.tab import PATIENCE_S, Tab

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
PREFERENCES: dict[str, bool | int | str] = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.region.network.url": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.localDomains": "localhost",
    "services.settings.server": "data:,",
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
}
DARK, LIGHT = 0, 1


class FirefoxTab(Tab):
    """A tab of Firefox, at the other end of its WebSocket. One thing is asked at a time."""

    def __init__(self, base: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(base)
        self.socket = socket
        self.context = ""
        self.asked = 0

    async def ask(self, method: str, **params: object) -> Any:
        """The result of a command. Raises LookupError with what Firefox says where it can't do it."""
        self.asked += 1
        await self.socket.send_json({"id": self.asked, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self.socket.receive_json()
                if answer.get("id") == self.asked:
                    break
        if answer["type"] == "error":
            raise LookupError(f"{method}: {answer['message']}")
        return answer["result"]

    async def visit(self, address: str) -> None:
        await self.ask("browsingContext.navigate", context=self.context, url=address, wait="complete")

    async def run(self, expression: str) -> Any:
        answer = await self.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify([await ({expression})]))()",
            target={"context": self.context},
            awaitPromise=True,
        )
        if answer["type"] != "success":
            raise LookupError(answer["exceptionDetails"]["text"])
        (value,) = json.loads(answer["result"]["value"])
        return value

    async def click(self, selector: str) -> None:
        await self.run(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
        locator = {"type": "css", "value": selector}
        found = await self.ask("browsingContext.locateNodes", context=self.context, locator=locator, maxNodeCount=1)
        over = {"type": "element", "element": {"sharedId": found["nodes"][0]["sharedId"]}}
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": over},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": moves}
        await self.ask("input.performActions", context=self.context, actions=[mouse])

    async def type_in(self, selector: str, text: str) -> None:
        await self.run(f"document.querySelector('{selector}').focus()")
        keys = [{"type": way, "value": character} for character in text for way in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": keys}
        await self.ask("input.performActions", context=self.context, actions=[keyboard])


@asynccontextmanager
async def firefox(base: str, *, dark: bool, width: int, height: int) -> AsyncIterator[FirefoxTab]:
    """A Firefox with a profile of its own, that ends with the block."""
    assert FIREFOX is not None
    preferences = {**PREFERENCES, "layout.css.prefers-color-scheme.content-override": DARK if dark else LIGHT}
    with tempfile.TemporaryDirectory(prefix="dega-firefox-") as home:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
        (Path(home) / "user.js").write_text("\n".join(lines), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(FIREFOX, "--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"),
            env={**os.environ, "HOME": home, "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            address = await _address(process)
            async with aiohttp.ClientSession() as http, http.ws_connect(f"{address}/session", max_msg_size=0) as socket:
                tab = FirefoxTab(base, socket)
                await tab.ask("session.new", capabilities={})
                tree = await tab.ask("browsingContext.getTree")
                tab.context = tree["contexts"][0]["context"]
                viewport = {"width": width, "height": height}
                await tab.ask("browsingContext.setViewport", context=tab.context, viewport=viewport)
                yield tab
        finally:
            process.kill()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where it listens, as it says on its standard error. Raises LookupError where it ends without saying so."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        async for line in process.stderr:
            if found := re.search(rb"WebDriver BiDi listening on (ws://\S+)", line):
                return found[1].decode()
    raise LookupError("Firefox ended before it listened")
