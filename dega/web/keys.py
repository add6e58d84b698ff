"""What travels with the application and with each request."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from aiohttp import web
from msgspec import Struct

from dega.access.login import Client
from dega.access.sessions import Session
from dega.bank import Bank
from dega.i18n import Language

if TYPE_CHECKING:
    from dega.web.routes import Route


Closer = Literal["night", "operator"]

Cause = Literal["window", "late", "operator"]
"""Why no money moves: by the window, since the night isn't done after it, or since an operator stopped it."""


@dataclass(slots=True)
class GateView:
    """How the gate stood when the night last looked, for what pages announce. Postings ask the database themselves."""

    closed: bool = False
    opens_at: datetime | None = None
    by: Closer | None = None

    def tell(self, closed: bool, opens_at: datetime | None = None, by: Closer | None = None) -> None:
        """The night looked: open, or closed by whom, and when it is expected to open (UTC; None: nobody knows)."""
        self.closed, self.opens_at, self.by = closed, opens_at, by


@dataclass(frozen=True, slots=True)
class Freeze:
    """What pages say about the daily update: that it is `announced` for soon, or why financial operations stop now.

    `closes_at` and `opens_at` are the window's hours. `opens` is when transfers are expected to open (UTC; None: nobody
    knows), which pages write as `until` ('' where nobody knows); where nothing is closed, the next window's end.
    """

    announced: bool
    cause: Cause | None
    closes_at: str
    opens_at: str
    opens: datetime | None
    until: str

    @property
    def closed(self) -> bool:
        """Whether financial operations stop now."""
        return self.cause is not None


class Visitor(Struct):
    """Who asks: their language, browser, session if any, and the form token of their pages.

    `cookies` are ours that the browser sent, `new_cookies` those that it is given. `is_plain`: it is for machines, or
    a static file, and has neither a session nor a page.
    """

    language: Language
    client: Client
    freeze: Freeze
    browser_id: str
    cookies: dict[str, str]
    new_cookies: dict[str, str]
    route: "Route | None"
    is_plain: bool
    session: Session | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Assembly:
    """What only some runs of the bank have: the demo's ribbon, and the hosts that are answered."""

    hosts: frozenset[str]
    demo: bool = False


BANK = web.AppKey("bank", Bank)
ROUTE_OF: "web.AppKey[dict[str, Route]]" = web.AppKey("route_of", dict)
GATE = web.AppKey("gate", GateView)
ASSEMBLY = web.AppKey("assembly", Assembly)
VISITOR = web.RequestKey("visitor", Visitor)
