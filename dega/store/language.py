"""The language of a customer."""

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("language")


async def set_language(connection: Connection, customer_id: int, language: str) -> None:
    """Keep the language (`sq` or `en`) that the customer chose."""
    await connection.execute(_sql.set_language, customer_id, language)
