"""What must be told to someone: written in the transaction of the deed, sent later by `night/dispatch.py`."""

import msgspec

from dega.bank import Bank
from dega.deeds import Notice
from dega.store import outbox
from dega.store.database import Connection


class NotDelivered(Exception):
    """A gateway didn't take it. The reason is for operators: it names neither text nor recipient.

    `for_good`: nobody need ask again.
    """

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


async def put(connection: Connection, bank: Bank, notice: Notice) -> int:
    """Tell it once this transaction is kept, and not if it isn't; the id of its row. A notice never carries a code."""
    data = msgspec.json.encode(notice.data).decode()
    return await outbox.put(
        connection, bank.fields, notice.channel, notice.recipient, notice.template, notice.language, data
    )
