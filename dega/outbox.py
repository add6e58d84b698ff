"""What must be told to someone: written in the transaction of the deed, sent later by `night/dispatch.py`."""

import msgspec

from dega.bank import Bank
from dega.deeds import Notice
from dega.store import outbox
from dega.store.database import Connection


class NotDelivered(Exception):
    """A gateway didn't take it. The reason is for operators: it names neither text nor recipient."""


async def put(connection: Connection, bank: Bank, notice: Notice) -> None:
    """Tell it once this transaction is kept, and not if it isn't. A notice never carries a code."""
    data = msgspec.json.encode(notice.data).decode()
    await outbox.put(connection, bank.fields, notice.channel, notice.recipient, notice.template, notice.language, data)
