"""A draft that isn't wanted any more."""

from uuid import UUID

from dega.audit import Actor, record
from dega.bank import Bank
from dega.errors import NotFound
from dega.store import payments


async def cancel_payment(bank: Bank, customer_id: int, payment_id: UUID, actor: Actor) -> None:
    """Cancel the customer's draft. Raises NotFound where it is no draft (any more)."""
    async with bank.database.transaction() as connection:
        if not await payments.cancel(connection, customer_id, payment_id):
            raise NotFound()
        await record(connection, actor, "payment.cancel", f"deed:{payment_id}")
