"""`dega night`: how the daily update stands, and the operator's hand on it."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dega import audit
from dega.app import open_bank
from dega.audit import Actor
from dega.cli.customer import NoCodes
from dega.cli.report import report
from dega.cli.secrets import read_keys
from dega.cli.terminal import NotThere, answerable, asynchronous, connected, json_option, show, show_one, with_config
from dega.clock import TIRANA, Clock, format_instant
from dega.config import Config
from dega.ledger import gate as ledger_gate
from dega.night import status as gate
from dega.night.end_of_day import EndOfDay, StageFailed, days_due
from dega.night.stages import STAGES
from dega.store import end_of_day as notes
from dega.store.database import Database
from dega.store.end_of_day import StageNote

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


@click.group()
def night() -> None:
    """The nightly update, in which no customer's money moves."""


night.add_command(report)


@night.command()
@json_option
@with_config
@asynchronous
async def status(config: Config, as_json: bool) -> None:
    """Whether financial operations are possible now, and if not, by whose will and until when; how the night goes."""
    async with connected(config.database.staff_dsn) as connection:
        found = await gate.status(connection)
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
        "held_until": found.held_until,
        "expected_at": found.expected_at,
        "last_day_closed": found.last_day,
        "days_due": found.days_due,
    }
    lists: Mapping[str, list[dict[str, object]]] = {
        "stages": [{"day": found.night, **_line(stage)} for stage in found.stages],
        "jobs": [asdict(job) for job in found.jobs],
        "closings": [asdict(closing) for closing in found.closings],
    }
    show_one({**facts, **lists} if as_json else facts, as_json)
    for rows in lists.values():
        if rows and not as_json:
            click.echo()
            show(rows, as_json)


@night.command()
@answerable
@with_config
@asynchronous
async def freeze(config: Config, operator: str, reason: str) -> None:
    """Stop financial operations now, until `unfreeze`; waits for those in flight."""
    async with _as_staff(config) as database:
        if not await gate.freeze(database, reason, _actor(operator)):
            raise NotThere("an operator stopped financial operations before.")
    click.echo("Financial operations are stopped.")


@night.command()
@click.argument("until", metavar="00:40")
@answerable
@with_config
@asynchronous
async def extend(config: Config, until: str, operator: str, reason: str) -> None:
    """Keep the gate closed until then at least, the next time that Tirana's wall clock shows it; customers are told."""
    try:
        wall_clock = datetime.strptime(until, "%H:%M").time()  # noqa: DTZ007  # Tirana's, below
    except ValueError as error:
        raise click.BadParameter("write it as 00:40", param_hint="UNTIL") from error
    async with _as_staff(config) as database:
        async with database.connection() as connection:
            clock = (await ledger_gate.state(connection)).clock.astimezone(TIRANA)
        instant = datetime.combine(clock.date(), wall_clock, TIRANA)
        if instant <= clock:
            instant = datetime.combine(clock.date() + timedelta(days=1), wall_clock, TIRANA)
        if not await gate.extend(database, instant, reason, _actor(operator)):
            raise NotThere("the gate is open: `freeze` closes it.")
    click.echo(f"The gate stays closed until {format_instant(instant)}.")


@night.command()
@answerable
@with_config
@asynchronous
async def unfreeze(config: Config, operator: str, reason: str) -> None:
    """Let financial operations go on, though days wait to be closed; inside the window they wait for its end."""
    async with _as_staff(config) as database:
        if not await gate.unfreeze(database, reason, _actor(operator)):
            raise NotThere("the gate is open already.")
    click.echo("The gate is open.")


@night.command()
@answerable
@with_config
@asynchronous
async def resume(config: Config, operator: str, reason: str) -> None:
    """Have the stages that failed tried again at once, by the process that has the lead."""
    async with _as_staff(config) as database:
        failed = await gate.resume(database, reason, _actor(operator))
    if not failed:
        raise NotThere("no stage has failed.")
    for day, stage in failed:
        click.echo(f"{stage} of {day:%d.%m.%Y} is tried again.")


@night.command()
@answerable
@with_config
@asynchronous
async def run(config: Config, operator: str, reason: str) -> None:
    """Close every day that is due, here and now; what another process is at is waited for, and nothing is done twice.

    Closes the gate first, and leaves it to the bank's own process to open it.
    """
    keys = read_keys(Path(config.secrets.folder), os.environ)
    async with open_bank(config, dsn=config.database.dsn, clock=Clock(), codes=NoCodes(), keys=keys) as bank:
        async with bank.database.transaction() as connection:
            stands = await ledger_gate.state(connection)
            closed = await notes.last_day(connection)
            due = days_due(config.window.window, closed, stands.clock) if closed is not None else []
            for day in due:
                await audit.record(connection, _actor(operator), "night.run", f"night:{day}", reason=reason)
        if not due:
            raise NotThere("no day waits to be closed.")
        await ledger_gate.close(bank.database, "night")
        progress = _Progress()
        for day in due:
            try:
                await EndOfDay(bank, STAGES).run(day, progress.say)
            except StageFailed as error:
                raise NotThere(f"{error}. Everything before it is done; mend it and run again.") from error
            finally:
                progress.end()
            click.echo(f"{day:%d.%m.%Y} is closed.")


class _Progress:
    """A bar for each stage; where nobody watches, a line for each."""

    def __init__(self) -> None:
        self._stage: tuple[date, str] | None = None
        self._bar: ProgressBar[int] | None = None

    def say(self, day: date, stage: str, done: int, total: int | None) -> None:
        """So much of the stage is done."""
        if self._stage != (day, stage):
            self.end()
            self._stage = (day, stage)
            self._bar = click.progressbar(length=max(total or done, 1), label=f"{day:%d.%m.%Y}  {stage:<28}")
            self._bar.render_progress()
        if self._bar is not None and done > self._bar.pos:
            self._bar.update(done - self._bar.pos)

    def end(self) -> None:
        """The stage has ended."""
        if self._bar is not None:
            self._bar.render_finish()
        self._stage = self._bar = None


def _line(note: StageNote) -> dict[str, object]:
    seconds = (note.ended_at - note.begun_at).total_seconds() if note.ended_at else None
    state = "done" if note.ended_at else "failed" if note.failed_at else "under way"
    return {
        "stage": note.stage,
        "state": state,
        "done": note.done,
        "total": note.total,
        "seconds": seconds,
        "failures": note.failures,
        "error": note.error or None,
    }


def _actor(operator: str) -> Actor:
    return Actor(f"operator:{operator}")


@asynccontextmanager
async def _as_staff(config: Config) -> AsyncIterator[Database]:
    database = await Database.open(config.database.staff_dsn, config.database)
    try:
        yield database
    finally:
        await database.close()
