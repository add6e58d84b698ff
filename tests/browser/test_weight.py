"""What a page costs the customer's line: everything it needs, on a first visit, from the bank alone."""

from urllib.parse import urlsplit

import pytest
from accounts.bookings import transfer
from aiohttp.test_utils import TestClient
from browser.chromium import CHROMIUM, chromium
from browser.installed import needs
from browser.journey import log_in
from cast import PASSWORD, Cast
from conftest import Phones

from dega.bank import Bank

MOST_BYTES = 50_000
PATHS = ("/accounts", "/activity", "/payments/in-bank", "/security", "/security/password", "/contact", "/help/accounts")


@needs(Chromium=CHROMIUM)
@pytest.mark.requirement("R2")
async def test_no_page_weighs_more_than_fifty_kilobytes_or_asks_anybody_else(
    client: TestClient, bank: Bank, cast: Cast, phones: Phones
) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    for month in range(50):
        await transfer(bank, arta, besnik, 1 + month, "Energji elektrike dhe ujë")
    await transfer(bank, besnik, arta, 50 * 51 // 2, "Kthim")  # the balance that log_in reads
    weights: dict[str, int] = {}
    async with chromium(str(client.make_url("/"))) as tab:

        async def nothing() -> None:
            """Logging in is looked at elsewhere."""

        await log_in(tab, phones, cast.arta, nothing, PASSWORD)
        wire = await tab.page.context.new_cdp_session(tab.page)
        await wire.send("Network.enable")
        await wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        asked: list[str] = []
        bytes_come: list[int] = []
        wire.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        wire.on("Network.loadingFinished", lambda event: bytes_come.append(int(event["encodedDataLength"])))
        for path in PATHS:
            bytes_come.clear()
            await tab.page.goto(tab.base + path, wait_until="networkidle")
            weights[path] = sum(bytes_come)
    assert {path: weight for path, weight in weights.items() if not 5_000 < weight <= MOST_BYTES} == {}
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(tab.base).netloc}
    assert any("dega.css" in url for url in asked)


async def test_styles_and_scripts_come_packed_to_whoever_takes_them_so(client: TestClient) -> None:
    for name in ("dega.css", "dega.js", "logo.svg"):
        async with client.get(f"/static/{name}", headers={"Accept-Encoding": "identity"}) as answer:
            plain, coding = await answer.read(), answer.headers.get("Content-Encoding")
        assert coding is None
        async with client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert int(answer.headers["Content-Length"]) < len(plain)
            assert await answer.read() == plain
