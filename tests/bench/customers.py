"""Customers who are logged in, with accounts, drafts and codes: what a measurement needs to be there before it begins.

Rows are written set-wise. The keys, digests, tokens and sessions are those of the bank's own code, or its pages would
refuse them; and at the end the bank's own checks look at what became of it all.
"""

import asyncio
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from dega.access import devices, lockout, otp, sessions
from dega.access.devices import Known
from dega.access.otp import Binding
from dega.access.sessions import Client
from dega.access.steps import Level
from dega.bank import Bank
from dega.deeds import Deed, Leg, Particulars
from dega.ids import make_albanian_iban
from dega.ledger.chart import CASH, bank_account
from dega.money import Currency, Money
from dega.payments.payment import Payment, digest_of
from dega.store import access, codes, sealed

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CODE = "12345678"
FUNDS = 10_000_000

_CUSTOMERS = """
WITH people AS (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[])
        AS p (id, number, name, mobile, mobile_index, email)
), customers AS (
    INSERT INTO customer (id, number, kind, name, mobile, mobile_index, email, kshbi_version, language, opened_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, number, 'individual', name, mobile, mobile_index, email, 3, 'sq', bank_clock() FROM people
)
INSERT INTO internet_user (customer_id, password_hash, password_changed_at, registered_at)
SELECT id, 'nobody logs in with it', bank_clock(), bank_clock() FROM people
"""
_ACCOUNTS = """
INSERT INTO account (iban, customer_id, product, currency, opened_on)
SELECT iban, customer_id, 'current', 'ALL', current_date FROM unnest($1::text[], $2::bigint[]) AS a (iban, customer_id)
RETURNING id, iban
"""
_DRAFTS = """
WITH codes AS (
    INSERT INTO challenge (id, purpose, customer_id, digest, issued_at, expires_at)
    SELECT id, 'payment', customer_id, digest, bank_clock(), bank_clock() + interval '5 minutes'
      FROM unnest($2::uuid[], $3::bigint[], $4::bytea[]) AS c (id, customer_id, digest)
)
INSERT INTO payment (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, currency,
                     amount_minor, fee_minor, description, prepared_at, challenge_id)
SELECT p.id, p.customer_id, 'in-bank', debit, credit, name, iban, 'ALL', 100, 0, 'Qira', bank_clock(), code
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
    AS p (id, code, customer_id, debit, credit, name, iban)
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer in their browser, logged in: what each of their requests carries, and the token of their forms."""

    id: int
    number: str
    name: str
    account_id: int
    iban: str
    head: str
    form_token: str
    counter: bytes

    def get(self, path: str) -> bytes:
        """A page that is asked for."""
        return f"GET {path} HTTP/1.1\r\n{self.head}\r\n".encode()

    def post(self, path: str, form: str) -> bytes:
        """A form that is sent."""
        body = f"form_token={self.form_token}&{form}"
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
        return f"POST {path} HTTP/1.1\r\n{self.head}{kind}\r\n\r\n{body}".encode()


async def open_customers(bank: Bank, admin: asyncpg.Connection, count: int, *, accounts: int = 2) -> list[Person]:
    """So many customers, each with some accounts in lek and money in the first, and logged in by their own browser."""
    first = 1 + await admin.fetchval("SELECT coalesce(max(id), 0) FROM customer")
    ids = range(first, first + count)
    numbers = [f"{100_000_000 + id}" for id in ids]
    names = [f"Arta Kola {chr(65 + id % 26)}" for id in ids]
    contacts = [sealed.seal_contact(bank.fields, id, f"+35569{id:07d}", f"c{id}@example.org") for id in ids]
    await admin.execute(
        _CUSTOMERS,
        list(ids),
        numbers,
        names,
        [contact.mobile for contact in contacts],
        [contact.mobile_index for contact in contacts],
        [contact.email for contact in contacts],
    )
    owners = [id for id in ids for _ in range(accounts)]
    ibans = [make_albanian_iban("299", "1001", str(number)) for number in range(first * 10, first * 10 + len(owners))]
    of_iban = {row["iban"]: row["id"] for row in await admin.fetch(_ACCOUNTS, ibans, owners)}
    mine = [(of_iban[iban], iban) for iban in ibans[::accounts]]
    await _fund(bank, [account for account, _ in mine])
    people = []
    for id, number, name, (account, iban) in zip(ids, numbers, names, mine, strict=True):
        people.append(await _enter(bank, id, number, name, account, iban))
    await admin.execute("ANALYZE customer, internet_user, account, lockout")
    return people


async def _fund(bank: Bank, accounts: list[int]) -> None:
    async with bank.database.connection() as connection:
        cash = await bank_account(connection, CASH, Currency.ALL)
    about = Particulars("Arka", "Arka", "Depozitim")
    deeds = [
        Deed(uuid.uuid4(), "cash", (Leg(cash, account, Money(FUNDS, Currency.ALL)),), about) for account in accounts
    ]
    await asyncio.gather(*(bank.poster.post(deed) for deed in deeds))


async def _enter(bank: Bank, id: int, number: str, name: str, account_id: int, iban: str) -> Person:
    """The customer logged in, as the last step of logging in leaves it."""
    device, browser_id = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    client = Client(f"10.{id >> 8 & 255}.{id & 255}.0/24", BROWSER, "", device)
    customer = access.Customer(
        id, number, None, "individual", name, None, None, 3, "sq", "active", None, datetime.now(UTC), 1
    )
    typed = await sessions.start(bank, Level.CODE, customer_number=number, client=client)
    known = Known(device, devices._mac(bank, device), lockout.subject_id(bank, number))
    session = await sessions.raise_level(
        bank,
        devices.settled(typed, known, one_counter=False),
        Level.FULL,
        facts={"password_changed_at": bank.clock.now().isoformat()},
        customer=customer,
        auth_epoch=1,
    )
    cookies = f"dega-form={browser_id}; dega-id={session.id}; dega-device={device}"
    address = client.address_prefix.replace(".0/24", ".7")
    token = hmac.new(bank.keys.forms, f"{browser_id}|{session.id}".encode(), hashlib.sha256).hexdigest()
    head = (
        f"Host: 127.0.0.1\r\nUser-Agent: {BROWSER}\r\nAccept: text/html,application/xhtml+xml\r\n"
        f"Accept-Language: sq,en;q=0.5\r\nX-Forwarded-For: {address}\r\nCookie: {cookies}\r\n"
    )
    return Person(id, number, name, account_id, iban, head, token, known.counter)


async def draft(bank: Bank, admin: asyncpg.Connection, people: list[Person], count: int) -> list[bytes]:
    """So many drafts to the next customer, each with a code of its own: the requests that confirm them."""
    wanted = [(people[n % len(people)], people[(n + 1) % len(people)]) for n in range(count)]
    made = [(payer, payee, uuid.uuid4(), uuid.uuid4()) for payer, payee in wanted]
    digests = [digest_of(_payment(payer, payee, id, challenge)) for payer, payee, id, challenge in made]
    await admin.execute(
        _DRAFTS,
        [id for _, _, id, _ in made],
        [challenge for *_, challenge in made],
        [payer.id for payer, *_ in made],
        digests,
        [payer.account_id for payer, *_ in made],
        [payee.account_id for _, payee, *_ in made],
        [payee.name for _, payee, *_ in made],
        [payee.iban for _, payee, *_ in made],
    )
    rules, now = otp._rules(bank, "payment"), bank.clock.seconds()

    async def store(payer: Person, challenge: uuid.UUID, digest: bytes) -> None:
        mac = otp._mac(bank, challenge, Binding("payment", payer.id, digest), CODE)
        await codes.store(bank.cache, challenge, mac, payer.counter, now, rules)

    for start in range(0, count, 500):
        some = range(start, min(start + 500, count))
        await asyncio.gather(*(store(made[n][0], made[n][3], digests[n]) for n in some))
    await admin.execute("ANALYZE payment, challenge")
    return [payer.post(f"/payments/{id}/code", f"code={CODE}") for payer, _, id, _ in made]


def _payment(payer: Person, payee: Person, id: uuid.UUID, challenge: uuid.UUID) -> Payment:
    lek, nothing = Money(100, Currency.ALL), Money(0, Currency.ALL)
    now = datetime.now(UTC)
    return Payment(id, payer.id, "in-bank", "draft", payer.account_id, payer.iban, payee.account_id, payee.name,
                   payee.iban, "", lek, nothing, "Qira", now, challenge, None)  # fmt: skip
