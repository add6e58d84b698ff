"""`dega night`: how the gate of the nightly update stands, and the operator's hand on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import click

from dega.audit import Actor
from dega.cli.report import report
from dega.cli.terminal import NotThere, answerable, asynchronous, connected, json_option, show, show_one, with_config
from dega.config import Config
from dega.night import status as gate
from dega.store.database import Database


@click.group()
def night() -> None:
    """The nightly update, in which no customer's money moves."""


night.add_command(report)


@night.command()
@json_option
@with_config
@asynchronous
async def status(config: Config, as_json: bool) -> None:
    """Whether financial operations are possible now, and if not, by whose will and until when."""
    async with connected(config.database.staff_dsn) as connection:
        found = await gate.status(connection)
    closings = [asdict(closing) for closing in found.closings]
    facts: dict[str, object] = {
        "customers_can_pay": found.state == "open" and not found.in_window,
        "bank_clock": found.clock,
        "window": f"{found.window.starts:%H:%M}-{found.window.ends:%H:%M}",
        "in_window": found.in_window,
        "next_change_at": found.next_change_at,
        "gate": found.state,
        "closed_by": found.closed_by,
        "reason": found.reason or None,
        "since": found.since,
    }
    show_one({**facts, "closings": closings} if as_json else facts, as_json)
    if closings and not as_json:
        click.echo()
        show(closings, as_json)


@night.command()
@answerable
@with_config
@asynchronous
async def freeze(config: Config, operator: str, reason: str) -> None:
    """Stop financial operations now, until `unfreeze`; waits for those in flight."""
    async with _as_staff(config) as database:
        if not await gate.freeze(database, reason, Actor(f"operator:{operator}")):
            raise NotThere("an operator stopped financial operations before.")
    click.echo("Financial operations are stopped.")


@night.command()
@answerable
@with_config
@asynchronous
async def unfreeze(config: Config, operator: str, reason: str) -> None:
    """Let financial operations go on; inside the window they wait for its end all the same."""
    async with _as_staff(config) as database:
        if not await gate.unfreeze(database, reason, Actor(f"operator:{operator}")):
            raise NotThere("the gate is open already.")
    click.echo("The gate is open.")


@asynccontextmanager
async def _as_staff(config: Config) -> AsyncIterator[Database]:
    database = await Database.open(config.database.staff_dsn, config.database)
    try:
        yield database
    finally:
        await database.close()
