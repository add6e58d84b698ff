"""`dega night report`: what was reported of a closed day."""

from datetime import date

import click
import msgspec

from dega.cli.calendar import read_day
from dega.cli.terminal import NotThere, asynchronous, connected, json_option, show, with_config, write_json
from dega.config import Config
from dega.money import Currency, Money, format_money
from dega.store import reports


@click.command()
@click.argument("day", callback=read_day)
@json_option
@with_config
@asynchronous
async def report(config: Config, day: date, as_json: bool) -> None:
    """The reports of the closed DAY: trial balance, turnover, what was refused, the next business day."""
    async with connected(config.database.staff_dsn) as connection:
        found = await reports.find(connection, day)
    if not found:
        raise NotThere(f"{day:%d.%m.%Y} has no reports: it isn't closed.")
    tables = {each.name: msgspec.json.decode(each.data, type=list[dict[str, object]]) for each in found}
    if as_json:
        write_json({"day": day, "reports": tables})
        return
    for name, rows in tables.items():
        click.echo(f"\n{name}, {day:%d.%m.%Y}\n")
        show([_readable(row) for row in rows], as_json=False)


def _readable(row: dict[str, object]) -> dict[str, object]:
    """The row with its amounts as people write them."""
    if "currency" not in row:
        return row
    currency = Currency(str(row["currency"]))
    return {
        name.removesuffix("_minor"): format_money(Money(value, currency))
        if name.endswith("_minor") and isinstance(value, int)
        else value
        for name, value in row.items()
        if name != "currency"
    } | {"currency": currency.value}
