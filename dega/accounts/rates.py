"""The rates of the tariff are kept in the database: by them interest accrues there, and is checked there later."""

from collections.abc import Iterator

from dega.config import ConfigError
from dega.store import interest
from dega.store.database import Connection, Database
from dega.store.interest import RateRow, Side
from dega.tariff import Tariff

PRODUCTS: tuple[tuple[str, Side, str], ...] = (("savings", "credit", "savings"), ("overdraft", "debit", "current"))
"""A key of the tariff, and what it means: on which side of which product."""


async def keep_tariff(database: Database, tariff: Tariff) -> None:
    """Keep the configured rates. Raises ConfigError where they aren't those that interest has accrued by."""
    async with database.transaction() as connection:
        await keep_rates(connection, tariff)


async def keep_rates(connection: Connection, tariff: Tariff) -> None:
    """The same in the caller's transaction. A rate that was kept stays; before its first day it may be set anew."""
    rows, accrued_upto = await interest.rates(connection)
    kept = {row[:4]: row for row in rows}
    wanted = {row[:4]: (key, row) for key, row in _rows(tariff)}
    changed = {name: key for name, (key, row) in wanted.items() if kept.get(name) != row}
    problems = [
        f"{key}: interest has accrued up to {accrued_upto}; a rate begins after that day, and then stays as it is"
        for (*_, first_day), key in changed.items()
        if accrued_upto is not None and first_day <= accrued_upto
    ]
    names = {(side, product): key for key, side, product in PRODUCTS}
    problems += [
        f"tariff.{currency}.{names[side, product]}.{first_day}: this day is missing; a rate that was kept stays: give "
        "the day the rate that is to hold"
        for product, side, currency, first_day in kept.keys() - wanted.keys()
    ]
    if problems:
        raise ConfigError(sorted(problems))
    if changed:
        await interest.keep_rates(connection, [wanted[name][1] for name in changed])


def _rows(tariff: Tariff) -> Iterator[tuple[str, RateRow]]:
    for currency, conditions in tariff.currencies.items():
        for (key, side, product), dated in zip(PRODUCTS, (conditions.savings, conditions.overdraft), strict=True):
            for first_day, rate in dated.steps:
                name = f"tariff.{currency}.{key}.{first_day}"
                yield name, RateRow(product, side, currency.value, first_day, rate.ppm, rate.year)
