"""The virtual keyboard without scripts: whoever can only click on links and buttons, as in a text browser, gets in."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from html import unescape

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page, last_code
from cast import PASSWORD, Admin, Cast, Person
from conftest import Phones

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.web.pages.keyboard import LETTERS, SIGNS

Login = Callable[[Browser, Person], Awaitable[Page]]

NEW = "Lumi sjell 3 gurë"
SHIFTS = {"letters": "Shkronja të vogla", "capitals": "Shkronja të mëdha", "signs": "Shenjat"}

_FORM = re.compile(r'<form action="([^"]+)" method="post"[^>]*>(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag, as a browser reads them."""
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}


class Clicker:
    """A person who looks at the page, writes into fields or not, and presses one of the buttons that are there."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    @property
    def page(self) -> Page:
        return self.browser.page

    async def press(self, name: str = "", value: str = "", **written: str) -> Page:
        """Press the button of this name and value (no name: the form's main one), with this written into fields."""
        for action, inside in _FORM.findall(self.page.html.split('id="main"')[1]):
            inputs = [attributes(tag) for tag in _INPUT.findall(inside)]
            buttons = [each for each in inputs if each["type"] == "submit"]
            if any(each.get("name", "") == name and (not value or each["value"] == value) for each in buttons):
                fields = {
                    each["name"]: each.get("value", "")
                    for each in inputs
                    if each["type"] != "submit" and "name" in each
                }
                del fields["form_token"]
                pressed = {name: value or "1"} if name else {}
                assert set(written) <= set(fields)
                return await self.browser.post(unescape(action), **{**fields, **written, **pressed})
        raise AssertionError(f"there is no button {name} {value}")

    async def type(self, field: str, text: str) -> None:
        """Open the keyboard for a field, if it isn't open for it, and press key after key."""
        if f'name="open_{field}"' in self.page.html:
            await self.press(f"open_{field}")
        for character in text:
            if character == " ":
                await self.press("key_space")
                continue
            layer = "signs" if character in "".join(SIGNS[1:]) else "capitals" if character.isupper() else "letters"
            if f'name="key_{layer}"' in self.page.html and character not in ".,-_" and not character.isdecimal():
                await self.press(f"key_{layer}", SHIFTS[layer])
            await self.press("key", character)
        assert f"Shenja të shtypura: {len(text)}" in self.page.text


@pytest.fixture
async def elsewhere(client: TestClient) -> AsyncIterator[Browser]:
    """A second browser."""
    other = TestClient(client.server, cookie_jar=CookieJar(unsafe=True))
    yield Browser(other)
    await other.session.close()


@pytest.fixture
def clicker(browser: Browser) -> Clicker:
    return Clicker(browser)


@pytest.mark.requirement("R2", "R19")
async def test_a_login_by_clicks_alone(clicker: Clicker, browser: Browser, cast: Cast, phones: Phones) -> None:
    page = await browser.post("/", customer_number=cast.arta.number)
    assert 'name="key"' not in page.html
    await clicker.type("password", PASSWORD)
    assert (await clicker.press()).path == "/login/code"
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R2", "R12", "R19")
async def test_a_registration_by_clicks_alone(clicker: Clicker, browser: Browser, cast: Cast, phones: Phones) -> None:
    await browser.post("/register", customer_number=cast.elira.number)
    await browser.post("/register/code", code=last_code(phones))
    await clicker.type("password", NEW)
    await clicker.type("password_again", NEW)
    assert clicker.page.text.count(f"Shenja nga tastiera virtuale: {len(NEW)}") == 2
    assert (await clicker.press()).path == "/register/done"
    await browser.post("/", customer_number=cast.elira.number)
    await browser.post("/login/password", password=NEW)
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R19", "R23")
async def test_a_change_by_clicks_alone(
    clicker: Clicker, browser: Browser, login: Login, cast: Cast, phones: Phones
) -> None:
    await login(browser, cast.arta)
    await browser.get("/security/password")
    await clicker.type("password", PASSWORD)
    await clicker.type("new_password", "p8ix4ea4")
    await clicker.type("new_password_again", "p8ix4ea4")
    assert (await clicker.press()).path == "/security/password/code"
    page = await browser.post("/security/password/code", code=last_code(phones))
    assert page.path == "/security?changed=1"


@pytest.mark.requirement("R19", "R24")
async def test_an_expired_password_is_changed_by_clicks_alone(
    clicker: Clicker, browser: Browser, login: Login, cast: Cast, machine: TimeMachine
) -> None:
    await machine.wait(180 * 86400)
    assert (await login(browser, cast.arta)).path == "/security/password"
    await clicker.press("open_password", password=PASSWORD, new_password="p8ix", new_password_again="p8ix")
    await clicker.press("open_new_password")
    for key in "4ea4":
        await clicker.press("key", key)
    await clicker.press("open_new_password_again")
    for key in "4ea4":
        await clicker.press("key", key)
    assert (await clicker.press()).path == "/security?changed=1"


@pytest.mark.requirement("R19", "R26")
async def test_a_block_by_clicks_alone_where_nobody_is_logged_in(
    clicker: Clicker, browser: Browser, cast: Cast, admin: Admin
) -> None:
    await browser.get("/block")
    await clicker.press("open_password", customer_number=cast.arta.number)
    assert f'value="{cast.arta.number}"' in clicker.page.html
    await clicker.type("password", PASSWORD)
    assert f'value="{cast.arta.number}"' in clicker.page.html
    assert (await clicker.press()).path == "/block/done"
    assert await admin.fetchval("SELECT barred_by FROM bar WHERE customer_id = $1", cast.arta.id) == "customer"


@pytest.mark.requirement("R19")
async def test_keys_delete_change_their_letters_and_go_away(clicker: Clicker, browser: Browser, cast: Cast) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    await clicker.press("open_password")
    for name, value, typed, shows in (
        ("key", "q", 1, 'value="q"'),
        ("key", "ë", 2, 'value="ç"'),
        ("key_capitals", "", 2, 'value="Ë"'),
        ("key", "Ç", 3, 'value="Q"'),
        ("key_delete", "", 2, 'value="Q"'),
        ("key_signs", "", 2, 'value="&#34;"'),
        ("key", '"', 3, 'value="&amp;"'),
        ("key_letters", "", 3, 'value="q"'),
        ("key_clear", "", 0, 'value="q"'),
    ):
        page = await clicker.press(name, value)
        assert (page.status, f"Shenja të shtypura: {typed}" in page.text) == (200, True)
        assert shows in page.html
    assert 'name="key"' not in (await clicker.press("key_close")).html


@pytest.mark.requirement("R19")
async def test_every_character_of_the_ordinary_keyboard_has_a_key_and_lines_fit_a_telephone() -> None:
    layers = ("".join(LETTERS), "".join(LETTERS).upper(), "".join(SIGNS))
    assert {chr(code) for code in range(33, 127)} | set("ëËçÇ€") == set("".join(layers)) - {" "}
    assert all(len(half) <= 6 for row in (*LETTERS, *SIGNS) for half in row.split(" "))


@pytest.mark.requirement("R19")
async def test_shuffled_keys_stay_where_they_are_and_type_what_they_show(
    clicker: Clicker, browser: Browser, cast: Cast, phones: Phones
) -> None:
    def order(page: Page) -> list[str]:
        return re.findall(r'name="key" value="([^"]+)"', page.html)

    await browser.post("/", customer_number=cast.arta.number)
    plain = order(await clicker.press("open_password"))
    shuffled = order(await clicker.press("key_shuffle"))
    assert shuffled != plain
    assert sorted(shuffled) == sorted(plain)
    assert sorted(shuffled[:11]) == sorted("1234567890-")
    await clicker.type("password", PASSWORD)
    assert order(clicker.page) == shuffled
    assert order(await clicker.press("key_in_order")) == plain
    assert (await clicker.press()).path == "/login/code"
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R19")
async def test_both_keyboards_write_the_same_password(
    clicker: Clicker, browser: Browser, cast: Cast, phones: Phones
) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    await clicker.press("open_password", password=PASSWORD[:4])
    await clicker.press("key", PASSWORD[4])
    await clicker.press(password=PASSWORD[5:])
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R19")
async def test_what_was_clicked_on_an_earlier_visit_does_not_count(
    clicker: Clicker, browser: Browser, cast: Cast, phones: Phones
) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    await clicker.type("password", "abc")
    await browser.get("/login/password")
    await clicker.type("password", "x")
    await browser.get("/login/password")
    await clicker.press(password=PASSWORD)
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R19", "R29")
async def test_a_refused_form_keeps_nothing_of_the_passwords(
    clicker: Clicker, browser: Browser, cast: Cast, phones: Phones
) -> None:
    await browser.post("/register", customer_number=cast.elira.number)
    await browser.post("/register/code", code=last_code(phones))
    await clicker.type("password", "tirana1920")
    page = await clicker.press(password_again="tirana1920")
    assert (page.status, "vetëm një fjalë ose një emër shqip" in page.text) == (422, True)
    assert "tirana" not in page.html
    assert "Shenja të shtypura: 0" in page.text
    await clicker.type("password", "p8ix4ea4")
    assert (await clicker.press(password_again="p8ix4ea4")).path == "/register/done"


@pytest.mark.requirement("R19", "R29")
async def test_what_was_clicked_is_kept_where_nobody_can_read_it(
    clicker: Clicker, browser: Browser, cast: Cast, bank: Bank
) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    page = await clicker.press("open_password", password="Shkodr")
    assert "Shkodr" not in page.html
    names = [name for name in await bank.cache.command("KEYS", f"{bank.cache.prefix}*") if b"keyboard:" in name]
    assert len(names) == 1
    kept = await bank.cache.command("GET", names[0])
    assert b"Shkodr" not in kept
    assert 0 < await bank.cache.command("TTL", names[0]) <= bank.config.sessions.idle_seconds
    await clicker.press()
    assert await bank.cache.command("EXISTS", names[0]) == 0


@pytest.mark.requirement("R29")
async def test_another_browser_does_not_see_what_was_clicked(
    clicker: Clicker, browser: Browser, elsewhere: Browser
) -> None:
    await browser.get("/block")
    await clicker.type("password", "abc")
    other = await elsewhere.get(clicker.page.path)
    assert (other.status, "Shenja të shtypura: 0" in other.text) == (200, True)


@pytest.mark.parametrize(
    "query",
    ["keyboard=1", "keyboard=<b>", "keyboard=password&layer=x&shuffle=-1", "keyboard=password&shuffle=9" + "9" * 99],
)
async def test_an_address_that_nobody_was_given_shows_the_page(browser: Browser, query: str) -> None:
    page = await browser.get(f"/block?{query}")
    assert page.status == 200
    assert "<b>" not in page.html


async def open_password_pages(browser: Browser, login: Login, cast: Cast, phones: Phones) -> list[Page]:
    """Every page on which a password is written."""
    pages = [await browser.get("/block")]
    await browser.post("/register", customer_number=cast.elira.number)
    pages.append(await browser.post("/register/code", code=last_code(phones)))
    pages.append(await browser.post("/", customer_number=cast.arta.number))
    await login(browser, cast.arta)
    return [*pages, await browser.get("/security/password")]


@pytest.mark.requirement("R19")
async def test_password_fields_take_managers_and_the_clipboard_and_hide_what_is_written(
    browser: Browser, login: Login, cast: Cast, phones: Phones
) -> None:
    pages = await open_password_pages(browser, login, cast, phones)
    found = []
    for page in pages:
        tags = [attributes(tag) for tag in _INPUT.findall(page.html)]
        secret = [tag for tag in tags if "password" in tag.get("name", "") and tag["type"] != "submit"]
        assert {tag["type"] for tag in secret} == {"password"}
        assert not any("value" in tag or tag["maxlength"] != "128" for tag in secret)
        assert not re.search(r"onpaste|oncopy|oncontextmenu", page.html)
        assert page.html.count("/static/keyboard.js?") == 1
        assert len(re.findall('data-show="Shfaq" data-hide="Fshih" data-caps="[^"]+Caps Lock', page.html)) == len(
            secret
        )
        assert any(tag.get("autocomplete") == "username" for tag in tags)
        found.append([tag["autocomplete"] for tag in secret])
    old, new = "current-password", "new-password"
    assert found == [[old], [new, new], [old], [old, new, new]]


async def test_other_pages_have_no_keyboard(browser: Browser, login: Login, cast: Cast) -> None:
    await login(browser, cast.arta)
    for path in ("/accounts", "/security", "/block/done", "/forgot"):
        assert "keyboard" not in (await browser.get(path)).html
