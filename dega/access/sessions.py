"""A session: who is there and how far they have come. Only the browser has its id; Valkey has an HMAC of it.

A customer is logged in at most once: logging in elsewhere ends the session before. A number in PostgreSQL, the epoch,
ends all sessions at once, even where Valkey can't be reached.
"""

import secrets
from collections.abc import Awaitable

import msgspec
from msgspec.structs import force_setattr, replace

from dega.access.steps import Level
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import SignInNeeded
from dega.macs import mac_of
from dega.store import access as store
from dega.store import sessions as cache
from dega.store.access import Customer

LOGGED_IN = frozenset({Level.CHANGE_ONLY, Level.FULL})


class Client(msgspec.Struct, frozen=True):
    """What is known of a visitor's browser: the network part of its address, what it says of itself, the request's id,
    and the token by which it may be known (see `devices.py`)."""

    address_prefix: str
    browser: str
    request_id: str
    device: str = ""

    def __post_init__(self) -> None:
        # What a browser says of itself may be bytes that are no text, which no database takes.
        if not self.browser.isascii():
            force_setattr(self, "browser", self.browser.encode("utf-8", "replace").decode())

    def acting_for(self, customer_id: int | None) -> Actor:
        """Who acts, for the audit trail: the customer, or a visitor of whom nobody knows who it is."""
        name = "visitor" if customer_id is None else f"customer:{customer_id}"
        return Actor(name, self.request_id, self.address_prefix)


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is there. `customer_id` is None and `name` and `language` are empty until the customer is logged in.

    `started` is of `clock.seconds()`. Failures count under `counter`; `device` is the browser it is bound to, empty
    before login (both hex). `facts` are the server's own notes; the browser never sees them. `device_token` is what a
    browser that just logged in is known by from then on; nothing keeps it.
    """

    id: str = ""
    level: Level
    customer_id: int | None = None
    customer_number: str
    name: str = ""
    language: str = ""
    auth_epoch: int = 0
    started: float
    client: str
    counter: str = ""
    device: str = ""
    facts: dict[str, str] = {}
    device_token: str = ""

    def __repr__(self) -> str:
        return f"<a session at {self.level}>"  # neither its id nor the token is for logs

    @property
    def subject(self) -> bytes:
        """The counter under which failures of this session are kept."""
        return bytes.fromhex(self.counter)


_read = msgspec.json.Decoder(Session).decode


async def load(bank: Bank, session_id: str, *, touch: bool = True) -> Session | None:
    """The session of an id, or None where there is none (any more). `touch` counts as a use of it."""
    key = _key(bank, session_id)
    try:
        found = await cache.load(bank.cache, key, bank.clock.seconds(), _lifetime(bank), touch)
        return replace(_read(found[0]), id=session_id, facts=found[1]) if found is not None else None
    except (msgspec.DecodeError, UnicodeDecodeError):  # kept by another version of the bank
        return None


async def start(
    bank: Bank, level: Level, *, customer_number: str, client: Client, facts: dict[str, str] | None = None
) -> Session:
    """A new session of someone who has typed a number so far."""
    now = bank.clock.seconds()
    session = Session(
        id=_new_id(),
        level=level,
        customer_number=customer_number,
        started=now,
        client=client.browser,
        facts=facts or {},
    )
    await cache.start(bank.cache, _key(bank, session.id), _record(session), session.facts, now, _lifetime(bank))
    return session


async def raise_level(
    bank: Bank,
    session: Session,
    level: Level,
    *,
    facts: dict[str, str] | None = None,
    customer: Customer | None = None,
    auth_epoch: int = 0,
) -> Session:
    """The session under a new id at another level; the old id is void from the same moment on.

    Only the `facts` given go with it. A logged-in level needs the customer and their epoch; it ends the customer's
    other session, and its absolute limit begins at the login. Raises SignInNeeded where the session has ended.
    """
    now = bank.clock.seconds()
    raised = replace(session, id=_new_id(), level=level, facts=facts or {})
    if level in LOGGED_IN:
        if customer is None:
            raise ValueError(f"{level} needs a customer")
        raised = replace(
            raised,
            customer_id=customer.id,
            customer_number=customer.number,
            name=customer.name,
            language=customer.language,
            auth_epoch=auth_epoch,
            started=session.started if session.customer_id is not None else now,
        )
    old, new = _key(bank, session.id), _key(bank, raised.id)
    record, lifetime = _record(raised), _lifetime(bank)
    if not await cache.replace(
        bank.cache, old, new, record, raised.facts, raised.started, now, lifetime, raised.customer_id
    ):
        raise SignInNeeded()
    return raised


async def keep(bank: Bank, session: Session, **facts: str | None) -> Session:
    """The session with these facts (None takes one away), under the same id. Raises SignInNeeded where it has ended."""
    if not await cache.write(bank.cache, _key(bank, session.id), facts):
        raise SignInNeeded()
    kept = {name: text for name, text in {**session.facts, **facts}.items() if text is not None}
    return replace(session, facts=kept)


async def end(bank: Bank, session: Session) -> None:
    """Log out."""
    await cache.remove(bank.cache, _key(bank, session.id), session.customer_id)


async def forget(bank: Bank, customer_id: int) -> None:
    """Take the customer's session out of Valkey, after the epoch in PostgreSQL has made it void."""
    await cache.remove_current(bank.cache, customer_id)


def still_good(bank: Bank, session: Session) -> Awaitable[bool | None]:
    """What PostgreSQL says of a logged-in session, asked at once: the user is active, not blocked, and nothing has
    ended it. None is no; of nobody it is always no."""
    return bank.together.ask(store.may_stay, (session.customer_id, session.auth_epoch, session.subject))


def require(session: Session, *levels: Level) -> None:
    """Raises SignInNeeded where the session isn't at one of these levels."""
    if session.level not in levels:
        raise SignInNeeded()


def _new_id() -> str:
    return secrets.token_urlsafe(32)


def _key(bank: Bank, session_id: str) -> str:
    return mac_of(bank.keys.sessions, session_id)


def _lifetime(bank: Bank) -> cache.Lifetime:
    return cache.Lifetime(bank.config.sessions.idle_seconds, bank.config.sessions.absolute_seconds)


def _record(session: Session) -> bytes:
    return msgspec.json.encode(replace(session, id="", device_token="", facts={}))
