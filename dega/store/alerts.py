"""Rows of what customers chose about alerts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("alerts")


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """On which ways a customer wants one kind of alert."""

    kind: str
    by_sms: bool
    by_email: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """All that a customer chose: the ways of some kinds, and by currency from how many minor units on a payment is a
    large one."""

    ways: list[ChoiceRow] = field(default_factory=list)
    thresholds: dict[str, int] = field(default_factory=dict)


async def choices(connection: Connection, customers: Sequence[int]) -> dict[int, Choices]:
    """What these customers chose; who chose nothing is missing."""
    found: dict[int, Choices] = {}
    for customer_id, *columns in await connection.fetch(_sql.choices, customers):
        found.setdefault(customer_id, Choices()).ways.append(ChoiceRow(*columns))
    for customer_id, currency, least_minor in await connection.fetch(_sql.thresholds, customers):
        found.setdefault(customer_id, Choices()).thresholds[currency] = least_minor
    return found


async def choose(connection: Connection, customer_id: int, kind: str, by_sms: bool, by_email: bool) -> None:
    """Keep on which ways the customer wants this kind."""
    await connection.execute(_sql.choose, customer_id, kind, by_sms, by_email)


async def choose_threshold(connection: Connection, customer_id: int, currency: str, least_minor: int) -> None:
    """Keep from how many minor units on a payment is a large one."""
    await connection.execute(_sql.choose_threshold, customer_id, currency, least_minor)
