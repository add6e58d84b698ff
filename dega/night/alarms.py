"""What should have been done by the clock and wasn't is told to operations: in the log, in the metrics, by a letter."""

import logging

from dega import metrics, outbox
from dega.alerts import to_operations
from dega.bank import Bank
from dega.clock import format_instant
from dega.store.database import Connection

log = logging.getLogger(__name__)


async def alarm(
    connection: Connection, bank: Bank, what: str, why: str, *, error: Exception | None = None, again: bool = False
) -> None:
    """Say that `what` failed, and `why`. The letter goes out when this transaction is kept, and not `again`."""
    log.error("%s failed", what, extra={"why": why}, exc_info=error)
    metrics.NIGHT_FAILURES.inc()
    if bank.config.operations.email and not again:
        facts = {"what": what, "why": why, "at": format_instant(bank.clock.now())}
        await outbox.put(connection, bank, to_operations(bank.config.operations.email, "night_failed", facts))
