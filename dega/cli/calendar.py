"""`dega calendar`: on which days the bank works. A year comes from a package, or from the bank's own list."""

import tomllib
from datetime import date
from pathlib import Path

import click

from dega.audit import Actor, record
from dega.cli.terminal import NotThere, Trouble, answerable, asynchronous, connected, json_option, show, with_config
from dega.clock import DayError, parse_day
from dega.config import Config
from dega.store import calendar as store
from dega.target_days import is_target_day

_YEAR = click.IntRange(2000, 2199)


def read_day(_context: click.Context, argument: click.Parameter, text: str) -> date:
    """The day that was typed; what is none fails with how to write it."""
    try:
        return parse_day(text)
    except DayError:
        raise click.BadParameter(f"{text} isn't a day: write it as 2027-03-10", param=argument) from None


@click.group()
def calendar() -> None:
    """The days on which the bank works: all but Saturdays, Sundays and the holidays kept here.

    Moving feasts are announced late: what the package says of them is estimated, so look at each year that you import,
    and correct it with `add` and `remove`.
    """


@calendar.command("import")
@click.argument("year", type=_YEAR)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help='The bank\'s own list, a line a day: 2027-03-10 = "Bajrami i Madh". Days are taken as they stand there.',
)
@click.option("--replace", is_flag=True, help="Forget what is kept of the year, the bank's corrections too.")
@answerable
@with_config
@asynchronous
async def import_year(config: Config, year: int, path: Path | None, replace: bool, operator: str, reason: str) -> None:
    """Keep the holidays of YEAR."""
    days = albanian_holidays(year) if path is None else read_list(path, year)
    async with connected(config.database.staff_dsn) as connection, connection.transaction():
        if replace:
            await store.remove_year(connection, year)
        elif await store.holidays(connection, year):
            raise NotThere(f"{year} is there already: `dega calendar show {year}`; --replace imports it anew.")
        await store.keep(connection, days)
        actor = Actor(f"operator:{operator}")
        await record(connection, actor, "calendar.import", f"calendar:{year}", reason=reason, days=len(days))
    click.echo(f"{len(days)} days of {year} are kept: `dega calendar show {year}`.")


@calendar.command("show")
@click.argument("year", type=_YEAR)
@json_option
@with_config
@asynchronous
async def show_year(config: Config, year: int, as_json: bool) -> None:
    """The holidays of YEAR, and whether TARGET is open on each; exit status 1 where it wasn't imported."""
    async with connected(config.database.staff_dsn) as connection:
        found = await store.holidays(connection, year)
    if not found:
        raise NotThere(f"{year} wasn't imported: `dega calendar import {year}`.")
    show(
        [
            {"day": day, "weekday": f"{day:%a}", "target": is_target_day(day), "name": name}
            for day, name in found.items()
        ],
        as_json,
    )


@calendar.command()
@click.argument("day", callback=read_day)
@click.argument("name")
@answerable
@with_config
@asynchronous
async def add(config: Config, day: date, name: str, operator: str, reason: str) -> None:
    """DAY is a holiday. One on a Saturday or Sunday is kept on a working day after it: add that day."""
    if day.weekday() >= 5:
        raise Trouble(f"{day:%d.%m.%Y} is a {day:%A}, and the bank is closed anyhow: add the day on which it is kept.")
    if not name.strip():
        raise Trouble("a holiday has a name.")
    async with connected(config.database.staff_dsn) as connection, connection.transaction():
        if not await store.keep(connection, {day: name.strip()}):
            raise NotThere(f"{day:%d.%m.%Y} is a holiday already.")
        actor = Actor(f"operator:{operator}")
        await record(connection, actor, "calendar.add", f"calendar:{day.year}", reason=reason, day=f"{day}", name=name)
    click.echo(f"{day:%d.%m.%Y} is a holiday.")


@calendar.command()
@click.argument("day", callback=read_day)
@answerable
@with_config
@asynchronous
async def remove(config: Config, day: date, operator: str, reason: str) -> None:
    """DAY is no holiday."""
    async with connected(config.database.staff_dsn) as connection, connection.transaction():
        name = await store.remove(connection, day)
        if name is None:
            raise NotThere(f"{day:%d.%m.%Y} is no holiday.")
        actor, subject = Actor(f"operator:{operator}"), f"calendar:{day.year}"
        await record(connection, actor, "calendar.remove", subject, reason=reason, day=f"{day}", name=name)
    click.echo(f"{day:%d.%m.%Y} is no holiday: it was {name}.")


def albanian_holidays(year: int) -> dict[date, str]:
    """Albania's holidays of the year by the package `holidays`, with the days on which those of weekends are kept. It
    moves them itself. Trouble where it isn't installed."""
    try:
        from holidays import country_holidays
    except ImportError:
        raise Trouble("the package `holidays` isn't installed: pip install 'dega[ops]', or give a --file.") from None
    return dict(sorted(country_holidays("AL", years=year, language="sq").items()))


def read_list(path: Path, year: int) -> dict[date, str]:
    """The bank's own list. Trouble for a line that is none, for a day of another year and for an empty list."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        days = {date.fromisoformat(day): name for day, name in found.items()}
    except (ValueError, TypeError) as error:
        raise Trouble(f"{path} isn't a list of days: {error}.") from error
    for day, name in days.items():
        if day.year != year or not isinstance(name, str) or not name.strip():
            raise Trouble(
                f'{path}: {day} must be a day of {year} with its name, as in {year}-11-28 = "Dita e Flamurit".'
            )
    if not days:
        raise Trouble(f"{path} has no days.")
    return days
