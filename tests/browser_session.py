"""A browser without scripts, as thin as can be: it keeps cookies, follows redirects and fills in our forms."""

import re
from dataclasses import dataclass
from html import unescape

from access.doors import last_code
from aiohttp.test_utils import TestClient
from cast import PASSWORD, Person
from conftest import Phones

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_SHOWN = re.compile(r'name="shown" value="([^"]+)"')
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """What came back: after redirects, at `path`."""

    status: int
    path: str
    html: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return " ".join(unescape(_TAGS.sub(" ", self.html)).split())

    @property
    def title(self) -> str:
        """The title of the window."""
        found = re.search(r"<title>(.*?)</title>", self.html, re.DOTALL)
        return " ".join(unescape(found[1]).split()) if found else ""


class Browser:
    """One person's browser."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page = Page(0, "", "", {})

    async def get(self, path: str, **headers: str) -> Page:
        """Open an address."""
        async with self.client.get(path, headers=headers) as response:
            return self._keep(
                Page(
                    response.status,
                    str(response.url.relative()),
                    await response.text(errors="replace"),
                    dict(response.headers),
                )
            )

    async def post(self, path: str, *, token: str | None = None, follow: bool = True, **fields: str) -> Page:
        """Send a form as if from the page last seen (or from the home page, where none was seen yet)."""
        if token is None:
            if not _TOKEN.search(self.page.html):
                await self.get("/")
            token = _TOKEN.search(self.page.html)[1]  # type: ignore[index]
        data = {"form_token": token, **fields}
        if shown := _SHOWN.search(self.page.html):
            data.setdefault("shown", shown[1])
        async with self.client.post(path, data=data, allow_redirects=follow) as response:
            return self._keep(
                Page(response.status, str(response.url.relative()), await response.text(), dict(response.headers))
            )

    def _keep(self, page: Page) -> Page:
        self.page = page
        return page


async def log_in(browser: Browser, phones: Phones, person: Person, password: str = PASSWORD) -> Page:
    """Number, password, code: to the first page after login."""
    await browser.get("/")
    await browser.post("/", customer_number=person.number)
    await browser.post("/login/password", password=password)
    return await browser.post("/login/code", code=last_code(phones))
