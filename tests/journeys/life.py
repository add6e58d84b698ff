"""One customer's life with the bank, in which every secret there is gets used, mistyped, sent astray and refused."""

import asyncio
import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pyotp
from access.device import Device, asked
from access.doors import another
from browser_session import Browser, Page
from cast import Account, Admin
from journeys.canaries import Canaries, everything_in_postgresql, everything_in_valkey
from night.eventually import eventually

from dega.access import delivery
from dega.bank import Bank, Sms
from dega.cli.time_travel import TimeMachine
from dega.gateways import EmailGateway, SmsGateway

NUMBER = "100200377"
MOBILE, EMAIL = "+355694177317", "k4n4rina@canary.example"
PASSWORD, TYPO = "Zëri i çafkës 7731 në mal", "Zëri i çafkës 7713 në mal"
NEXT, LAST = "Ujëvara ngjyrë qielli 4402", "Bletë mbi gurët e bardhë 5518"
MISPLACED = "Kjo është e fshehta 90217"
CONTACT = "gjeni.ketu@canary.example"


@dataclass
class Wire:
    """Between the bank and its gateways, where the customer's telephone would be."""

    sms_gateway: SmsGateway
    email_gateway: EmailGateway
    sent: list[Sms] = field(default_factory=list)
    letters: int = 0

    async def sms(self, sms: Sms) -> str:
        self.sent.append(sms)
        return await self.sms_gateway.send(sms)

    async def email(self, recipient: str, subject: str, text: str, html: str) -> None:
        self.letters += 1
        await self.email_gateway.send(recipient, subject, text, html)

    @property
    def codes(self) -> list[str]:
        """Those that were sent, oldest first."""
        return [code for sms in self.sent for code in re.findall(r"\bkodi ([0-9]{6,8})\b", sms.text)]


@dataclass
class World:
    """The bank at work, one customer at a browser, and what was found where it shouldn't be."""

    bank: Bank
    browser: Browser
    wire: Wire
    canaries: Canaries
    admin: Admin
    machine: TimeMachine
    payee: Account
    address: tuple[str, int]
    leaks: list[tuple[str, list[str]]] = field(default_factory=list)
    read: int = 0
    seed: str = ""
    paper: list[str] = field(default_factory=list)

    async def code(self, of: str) -> str:
        """The next code on the telephone."""
        await eventually(lambda: len(self.wire.codes) > self.read)
        self.read += 1
        return self.canaries.add(f"code of {of}", self.wire.codes[self.read - 1])

    def mistyped(self, code: str) -> str:
        """Nearly that code."""
        return self.canaries.add("mistyped code", another(code))

    async def app_code(self) -> str:
        """The next code that the app shows."""
        await self.machine.wait(30)
        return self.canaries.add("app code", pyotp.TOTP(self.seed).at(self.bank.clock.now()))

    async def look(self, after: str) -> None:
        """Search all that is kept now."""
        kept = await everything_in_postgresql(self.admin)
        assert NUMBER.encode() in kept
        self.report(f"PostgreSQL after {after}", kept)
        self.report(f"Valkey after {after}", await everything_in_valkey(self.bank))

    def report(self, where: str, heap: bytes, *but: str) -> None:
        """Note what is found in there, except for what may be."""
        if found := self.canaries.found(heap, *but):
            self.leaks.append((where, sorted(found)))


async def to_code(world: World, password: str) -> Page:
    """Log out, then number and password."""
    browser = world.browser
    await browser.get("/logout")
    await browser.post("/logout")
    await browser.get("/")
    await browser.post("/", customer_number=NUMBER)
    page = await browser.post("/login/password", password=password)
    assert page.path == "/login/code", page.text
    return page


async def register(world: World) -> None:
    """A wrong code, a right one; two passwords that differ, and one typed with combining marks."""
    browser = world.browser
    await browser.get("/register")
    await browser.post("/register", customer_number=NUMBER)
    code = await world.code("registering")
    assert (await browser.post("/register/code", code=world.mistyped(code))).status == 422
    assert (await browser.post("/register/code", code=code)).path == "/register/password"
    refused = await browser.post("/register/password", password=PASSWORD, password_again=TYPO)
    assert refused.status == 422
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    done = await browser.post("/register/password", password=decomposed, password_again=decomposed)
    assert done.path == "/register/done"
    await world.look("registering")


async def log_in(world: World) -> None:
    """A password where the number belongs, a wrong password, a wrong code, and then all of it right."""
    browser = world.browser
    await browser.get("/")
    assert (await browser.post("/", customer_number=MISPLACED)).status == 422
    await to_code(world, TYPO)
    assert (await browser.post("/login/code", code="12345")).status == 422
    await to_code(world, PASSWORD)
    code = await world.code("login")
    assert (await browser.post("/login/code", code=world.mistyped(code))).status == 422
    await world.look("half a login")
    assert (await browser.post("/login/code", code=code)).path == "/accounts"
    await world.look("login")


async def pay(world: World, iban: str) -> None:
    """To somebody else, with a wrong code first."""
    browser = world.browser
    await browser.get("/payments/in-bank")
    fields = {"from_account": iban, "to_iban": world.payee.iban, "amount": "1250,00", "description": "Qira"}
    check = await browser.post("/payments/in-bank", **fields)
    page = await browser.post(check.path)
    code = await world.code("payment")
    assert (await browser.post(page.path, code=world.mistyped(code))).status == 422
    await world.look("half a payment")
    assert "98 750,00" in (await browser.post(page.path, code=code)).text
    await world.look("payment")


async def change_password(world: World) -> None:
    """The old one mistyped, the new one by the virtual keyboard, and a wrong code before the right one."""
    browser = world.browser
    three = {"password": PASSWORD, "new_password": NEXT, "new_password_again": NEXT}
    await browser.get("/security/password")
    assert (await browser.post("/security/password", **{**three, "password": TYPO})).status == 422
    await browser.post(
        "/security/password", **{**three, "open_new_password_again": "1", "new_password_again": NEXT[:-1]}
    )
    await world.look("keys of the virtual keyboard")
    page = await browser.post(browser.page.path.partition("#")[0], key=NEXT[-1])
    page = await browser.post(page.path.partition("#")[0])
    assert page.path == "/security/password/code", page.text
    code = await world.code("new password")
    assert (await browser.post(page.path, code=world.mistyped(code))).status == 422
    await world.look("half a change of password")
    assert (await browser.post(page.path, code=code)).path == "/security?changed=1"
    await world.look("change of password")


async def lose_the_gateways(world: World, iban: str, sms: SmsGateway, email: EmailGateway) -> None:
    """For a while the gateways take nothing: a code isn't sent, and notices are put off."""
    browser, working = world.browser, (world.wire.sms_gateway, world.wire.email_gateway)
    world.wire.sms_gateway, world.wire.email_gateway = sms, email
    await browser.get("/security/alerts")
    await browser.post(
        "/security/alerts", credentials_sms="yes", credentials_email="yes", payment_sms="yes", large_ALL="1,00"
    )
    await browser.get("/payments/in-bank")
    fields = {"from_account": iban, "to_iban": world.payee.iban, "amount": "10,00"}
    check = await browser.post("/payments/in-bank", **fields)
    page = await browser.post(check.path)
    await world.code("payment that didn't leave")

    async def is_said() -> bool:
        return "Nuk u dërgua" in (await browser.get(page.path)).text

    async def are_put_off() -> bool:
        return bool(await world.admin.fetchval("SELECT count(DISTINCT channel) = 2 FROM outbox WHERE last_error <> ''"))

    await eventually(is_said)
    await eventually(are_put_off)
    await world.look("gateways that take nothing")
    world.wire.sms_gateway, world.wire.email_gateway = working


async def add_app(world: World) -> None:
    """The seed on the page, a wrong first code, the recovery codes; then the app changes the password."""
    browser = world.browser
    await browser.get("/security/factors/app")
    await browser.post("/security/confirm", **{"for": "app-add"})
    await browser.post("/security/confirm/code", code=await world.code("adding an app"))
    page = await browser.post("/security/factors/app", name="Celulari im")
    grouped = re.findall(r'<code class="seed">([A-Z2-7 ]+)</code>', page.html)[0]
    world.seed = world.canaries.add("seed", grouped.replace(" ", ""), grouped)
    world.canaries.add_bytes("seed", pyotp.TOTP(world.seed).byte_secret())
    await world.look("half an app")
    code = await world.app_code()
    assert (await browser.post("/security/factors/app/code", code=world.mistyped(code))).status == 422
    page = await browser.post("/security/factors/app/code", code=code)
    for shown in re.findall(r"<li><code>([0-9 ]{14})</code></li>", page.html):
        plain = world.canaries.add("recovery code", shown.replace(" ", ""), shown, shown.replace(" ", "-"))
        world.paper.append(plain)
    assert len(world.paper) == 10
    await world.look("app")


async def use_app(world: World) -> None:
    """Log in by a recovery code; by the app, replayed; and change the password by the app."""
    browser = world.browser
    await to_code(world, NEXT)
    assert (await browser.post("/login/code", code=world.paper[0])).path == "/accounts"
    used = await world.app_code()
    await to_code(world, NEXT)
    assert (await browser.post("/login/code", code=used)).path == "/accounts"
    await browser.get("/security/password")
    page = await browser.post("/security/password", password=NEXT, new_password=LAST, new_password_again=LAST)
    assert page.path == "/security/password/code", page.text
    for wrong in (used, world.mistyped(used)):
        refused = await browser.post(page.path, code=wrong)
        assert refused.status == 422, refused.text
    assert (await browser.post(page.path, code=await world.app_code())).path == "/security?changed=1"
    await world.look("uses of the app")


async def use_passkey(world: World) -> None:
    """Add a passkey by the app, make new recovery codes by it, and log in by it."""
    browser, device = world.browser, Device()
    await browser.get("/security/passkeys/add")
    await browser.post("/security/confirm", **{"for": "passkey-add"})
    await browser.post("/security/confirm/code", code=await world.app_code())
    page = await browser.post("/security/passkeys/add", name="Celulari")
    await browser.post("/security/passkeys/make", passkey=device.create(asked(page)))
    page = await to_code(world, LAST)
    assert (await browser.post("/login/passkey", passkey=device.get(asked(page)))).path == "/accounts"
    await world.look("a passkey")


async def leave_words(world: World) -> None:
    """A message to the bank, with where to answer."""
    browser = world.browser
    await browser.get("/contact")
    page = await browser.post("/contact", topic="branch", contact=CONTACT, text="Ku është dega?")
    assert page.path.startswith("/contact?reference=")
    await world.look("a message")


async def hear_of_deliveries(world: World) -> None:
    """What providers say of messages: rightly, with a wrong token, and with the whole message in it."""
    sms = world.wire.sent[-1]
    address = urlsplit(delivery.report_url(world.bank.config, world.bank.keys, sms.id))
    world.canaries.add("report token", address.query.partition("token=")[2])
    right = f"{address.path}?{address.query}&status=1&to={MOBILE[1:]}"
    for path in (right, right.replace("token=", "token=0"), address.path):
        body = json.dumps({"to": MOBILE, "text": sms.text, "status": "1"})
        async with world.browser.client.post(path, data=body) as answer:
            assert answer.status == 204
    await world.look("a delivery report")


async def meet_faults(world: World) -> None:
    """Forms that are sent while a table is away: pages of faults, with a case each."""
    for table, path, fields in (
        ("challenge", "/login/code", {"code": await world.app_code()}),
        ("internet_user", "/login/password", {"password": LAST}),
        ("lockout", "/register", {"customer_number": NUMBER, "password": LAST}),
    ):
        await to_code(world, LAST)
        if path == "/login/password":
            await world.browser.post("/", customer_number=NUMBER)
        await world.admin.execute(f"ALTER TABLE {table} RENAME TO away")
        page = await world.browser.post(path, **fields)
        await world.admin.execute(f"ALTER TABLE away RENAME TO {table}")
        assert page.status == 500, page.text
    await world.look("faults")


async def send_what_is_refused(world: World) -> None:
    """A password and a code in forms that no page of ours sent, and in shapes that aren't forms."""
    browser, address = world.browser, {"password": LAST, "code": await world.app_code()}
    await to_code(world, LAST)
    assert (await browser.post("/login/code", token="0" * 64, **address)).status == 403
    token = re.findall(r'name="form_token" value="([0-9a-f]+)"', (await browser.get("/login/code")).html)[0]
    whole = {"form_token": token, **address}
    for more, status in (
        ({"data": whole, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"data": whole, "headers": {"Host": "evil.example"}}, 421),
        ({"data": {**whole, "much": LAST * 1000}}, 413),
        ({"json": whole}, 415),
        ({"data": json.dumps(whole), "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 415),
    ):
        async with browser.client.post("/login/code", **more) as answer:
            assert answer.status == status
    async with browser.client.put("/login/code", data=whole) as answer:
        assert answer.status == 405
    await world.look("refused forms")


async def send_what_is_no_http(world: World) -> list[bytes]:
    """The session's cookie and a form in bytes that no browser sends, at once and in pieces; what is answered."""
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in world.browser.client.cookie_jar).encode()
    form = urlencode({"password": LAST, "code": world.paper[1]}).encode()
    token = re.findall(r'name="form_token" value="([0-9a-f]+)"', world.browser.page.html)[0].encode()
    get, post = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    post += b"Content-Type: application/x-www-form-urlencoded\r\nCookie: " + cookies + b"\r\n"
    requests = [
        (get + b"Cookie: " + cookies + b"\x00\r\n\r\n",),
        (get + b"Cookie " + cookies + b"; a\r\n\r\n",),
        (get + b"Connection: close\r\nCookie: (" + cookies.replace(b"=", b"@=") + b"; b\r\n\r\n",),
        (post + b"Transfer-Encoding: chunked\r\n\r\n" + form + b"\r\n\r\n",),
        (post + b"Transfer-Encoding: chunked\r\n\r\n", form + b"\r\n\r\n"),
        (post + b"Transfer-Encoding: chunked\r\n\r\n", b"4b\r\nform_token=" + token + b"\r\n", form + b"\r\n\r\n"),
        (post + b"Content-Length: 1\r\n\r\n" + form + b"\r\n\r\n",),
        (post + b"Content-Length: 9999\r\n\r\n", form, b""),
        (b"POST /?" + form + b" HTTP/9\r\nHost: 127.0.0.1\r\n\r\n",),
        (form + b" / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",),
    ]
    answers = [await say_it_raw(world, *pieces) for pieces in requests]
    await world.look("what is no HTTP")
    return answers


async def say_it_raw(world: World, *pieces: bytes) -> bytes:
    """Bytes that no browser sends, and what is answered; an empty piece ends the sending."""
    reader, writer = await asyncio.open_connection(*world.address)
    for piece in pieces:
        writer.write(piece)
        if not piece:
            writer.write_eof()
        await asyncio.sleep(0.05)
    answer = b""
    with suppress(TimeoutError):  # a connection that stays open says nothing more
        async with asyncio.timeout(0.5):
            while more := await reader.read(65536):
                answer += more
    writer.close()
    return answer
