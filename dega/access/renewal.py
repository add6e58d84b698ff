"""What is kept of a password is made anew once its owner has given it, where it was made in an older way."""

from dega.bank import Bank
from dega.store import access as store
from dega.store.access import Customer


def renew_later(bank: Bank, customer: Customer | None, password: str) -> None:
    """For a password that was right. Neither its age nor any session changes, and nobody waits for it. Without a
    customer only nobody's hash is looked at, which takes as long."""
    kept = customer.password_hash if customer is not None else None

    async def keep(renewed: str) -> None:
        if customer is not None and kept is not None:
            async with bank.database.transaction() as connection:
                await store.renew_hash(connection, customer.id, kept, renewed)

    bank.hasher.renew_later(kept, password, keep)
