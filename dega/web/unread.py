"""The mark in the menu of every page: how many answers of the bank wait to be read.

It would be one more question to PostgreSQL for every page. So it is asked again only after some seconds, and at once
when the customer has read something here. A form mostly leads on to a page, which asks: where it comes back instead,
its menu shows what that of the page before it did.
"""

from aiohttp import hdrs, web

from dega.access.steps import Level
from dega.bank import Bank
from dega.contact import letters
from dega.errors import Busy, PartAway
from dega.web.keys import VISITOR

AGAIN_AFTER_SECONDS = 10.0
MOST_REMEMBERED = 10_000
"""Customers; past it all are asked for again."""


class Unread:
    """How many letters with an answer that they haven't seen each customer has, as it was some seconds ago."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._known: dict[int, tuple[float, int]] = {}

    async def count(self, customer_id: int, *, as_before: bool = False) -> int:
        """How many; none where PostgreSQL doesn't answer: a page is not to fail for its menu.

        `as_before`: as it was when it was asked last, however long ago.
        """
        now = self._bank.clock.seconds()
        asked_at, known = self._known.get(customer_id, (float("-inf"), 0))
        if 0 <= now - asked_at < (float("inf") if as_before else AGAIN_AFTER_SECONDS):
            return known
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        try:
            found = await letters.unread(self._bank, customer_id)
        except (PartAway, Busy):
            return 0
        self._known[customer_id] = (now, found)
        return found

    def forget(self, customer_id: int) -> None:
        """Ask again for the next page: something was read."""
        self._known.pop(customer_id, None)


UNREAD = web.AppKey("unread", Unread)


async def mark(request: web.Request) -> None:
    """Let the page that answers this request show how many answers wait, where somebody is logged in."""
    visitor = request[VISITOR]
    session = visitor.session
    if session is not None and session.customer_id is not None and session.level is Level.FULL:
        is_form = request.method == hdrs.METH_POST
        visitor.unread = await request.app[UNREAD].count(session.customer_id, as_before=is_form)
