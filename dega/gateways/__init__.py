"""The outside. Each gateway has the real one, one that only logs that something was due, and the demo's."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from dega.bank import Fate, Sms

Listener = Callable[[str, Fate], Awaitable[None]]
"""Learns of a message, by its id, what became of it."""


class SmsGateway(Protocol):
    """Brings texts to mobile phones."""

    async def send(self, sms: Sms) -> str:
        """Hand it over; what the provider calls it, or nothing. Raises NotDelivered where it perhaps wasn't taken."""
        ...

    def listen(self, listener: Listener) -> None:
        """Tell `listener` what is heard of messages later, where that comes by the same connection."""
        ...


class EmailGateway(Protocol):
    """Brings letters to mailboxes."""

    async def send(self, recipient: str, subject: str, text: str, html: str) -> None:
        """Hand the letter over, as plain text and as HTML. Raises NotDelivered where it wasn't taken."""
        ...
