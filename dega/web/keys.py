"""What travels with the application and with each request."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from dega.access.login import Client
from dega.access.sessions import Session
from dega.bank import Bank
from dega.i18n import Language

if TYPE_CHECKING:
    from dega.web.routes import Route


@dataclass(slots=True)
class GateView:
    """How the gate stood when the night last looked, for what pages announce. Postings ask the database themselves."""

    closed: bool = False

    def tell(self, closed: bool) -> None:
        """The night looked: closed, or open."""
        self.closed = closed


@dataclass(frozen=True, slots=True)
class Freeze:
    """What pages say about the daily update: `closed` now, or `announced` for soon."""

    announced: bool
    closed: bool
    closes_at: str
    opens_at: str
    opens: datetime
    by_window: bool


@dataclass(slots=True)
class Visitor:
    """Who asks: their language, browser, session if any, and the form token of their pages."""

    language: Language
    client: Client
    freeze: Freeze
    browser_id: str
    session: Session | None = None
    route: "Route | None" = None
    new_cookies: dict[str, str] = field(default_factory=dict)
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Assembly:
    """What only some runs of the bank have: the demo's ribbon, and the hosts that are answered."""

    hosts: frozenset[str]
    demo: bool = False


BANK = web.AppKey("bank", Bank)
GATE = web.AppKey("gate", GateView)
ASSEMBLY = web.AppKey("assembly", Assembly)
VISITOR = web.RequestKey("visitor", Visitor)
