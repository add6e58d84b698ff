"""The outside. Each gateway has the real one, one that only logs that something was due, and the demo's."""

from typing import Protocol


class SmsGateway(Protocol):
    """Brings texts to mobile phones."""

    async def send(self, mobile: str, text: str) -> None:
        """Hand the text over for `mobile` (`+355…`). Raises NotDelivered where it wasn't taken, or perhaps wasn't."""
        ...


class EmailGateway(Protocol):
    """Brings letters to mailboxes."""

    async def send(self, recipient: str, subject: str, text: str, html: str) -> None:
        """Hand the letter over, as plain text and as HTML. Raises NotDelivered where it wasn't taken."""
        ...
