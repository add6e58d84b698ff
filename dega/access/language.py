"""The language in which the bank writes to a customer: on pages, by SMS and by e-mail."""

from dega.bank import Bank
from dega.i18n import Language
from dega.store import language as store


async def choose_language(bank: Bank, customer_id: int, language: Language) -> None:
    """From now on the bank writes to the customer in this language."""
    async with bank.database.transaction() as connection:
        await store.set_language(connection, customer_id, language)
