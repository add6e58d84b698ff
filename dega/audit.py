"""Who did what, on what, with what outcome: written in the transaction of the deed, never changed afterwards."""

from dataclasses import dataclass

import msgspec

from dega.store import audit
from dega.store.database import Connection


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `customer:ID`, `operator:NAME` or `bank`, and the request it came with."""

    name: str
    request_id: str = ""
    address_prefix: str = ""


async def record(
    connection: Connection, actor: Actor, action: str, subject: str, outcome: str = "done", **data: str | int
) -> None:
    """Keep one line of the trail. `data` carries no secret and no whole account or phone number."""
    text = msgspec.json.encode(data).decode()
    await audit.write(connection, actor.name, action, subject, outcome, actor.request_id, actor.address_prefix, text)
