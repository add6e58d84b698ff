"""Rows of what customers chose about alerts."""

from dataclasses import dataclass

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("alerts")


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """On which ways a customer wants one kind of alert."""

    kind: str
    by_sms: bool
    by_email: bool


async def choices(connection: Connection, customer_id: int) -> list[ChoiceRow]:
    """What the customer chose, of those kinds of which they chose anything."""
    return [ChoiceRow(*row) for row in await connection.fetch(_sql.choices, customer_id)]


async def thresholds(connection: Connection, customer_id: int) -> dict[str, int]:
    """From how many minor units on a payment is a large one, by the currencies that the customer chose it for."""
    return {row["currency"]: row["least_minor"] for row in await connection.fetch(_sql.thresholds, customer_id)}


async def choose(connection: Connection, customer_id: int, kind: str, by_sms: bool, by_email: bool) -> None:
    """Keep on which ways the customer wants this kind."""
    await connection.execute(_sql.choose, customer_id, kind, by_sms, by_email)


async def choose_threshold(connection: Connection, customer_id: int, currency: str, least_minor: int) -> None:
    """Keep from how many minor units on a payment is a large one."""
    await connection.execute(_sql.choose_threshold, customer_id, currency, least_minor)
