"""`dega inbox`: what customers and strangers wrote, and the bank's answers (R41, R43). Who looked is kept too."""

import sys
from dataclasses import asdict

import click

from dega.cli.customer import as_staff
from dega.cli.terminal import (
    answerable,
    asynchronous,
    json_option,
    operator_option,
    show,
    show_one,
    with_config,
    write_json,
)
from dega.clock import format_instant
from dega.config import Config
from dega.contact import inbox as letters
from dega.contact.inbox import Entry, Told
from dega.contact.words import State

COLUMNS = ("reference", "due_on", "kind", "topic", "state", "told", "assigned_to", "name")

STATES: dict[str, tuple[State, ...]] = {
    "waiting": letters.OPEN,
    "answered": ("answered",),
    "closed": ("closed",),
    "all": letters.EVERY,
}

DONE: dict[Told, str] = {
    "email": "Answered: an e-mail goes to the author.",
    "sms": "Answered: an SMS tells the author that the answer is there.",
    "nobody": "Answered, and it can be read in the internet branch; but no message reaches the author: call them.",
}


@click.group()
def inbox() -> None:
    """Messages, suggestions and complaints. REFERENCE is the one that its author was given."""


@inbox.command(name="list")
@click.option(
    "--state", type=click.Choice(list(STATES)), default="waiting", show_default=True, help="Whose turn it is."
)
@click.option("--assigned-to", metavar="OPERATOR", help="Only what this operator has taken.")
@click.option("--most", type=click.IntRange(1, 10000), default=100, show_default=True, help="How many at most.")
@operator_option
@json_option
@with_config
@asynchronous
async def list_letters(
    config: Config, state: str, assigned_to: str | None, most: int, operator: str, as_json: bool
) -> None:
    """Letters, the first due first."""
    async with as_staff(config) as bank:
        entries = await letters.inbox(bank, operator, STATES[state], assigned_to, most)
    _show(entries, as_json)


@inbox.command()
@operator_option
@json_option
@with_config
@asynchronous
async def overdue(config: Config, operator: str, as_json: bool) -> None:
    """Letters that wait for an answer though their last day is over."""
    async with as_staff(config) as bank:
        entries = await letters.overdue(bank, operator)
    _show(entries, as_json)


@inbox.command()
@click.argument("reference")
@operator_option
@json_option
@with_config
@asynchronous
async def read(config: Config, reference: str, operator: str, as_json: bool) -> None:
    """One letter, whole, with what was said on it and whether the answers arrived."""
    async with as_staff(config) as bank:
        letter = asdict(await letters.read(bank, reference, operator))
    if as_json:
        write_json(letter)
        return
    replies = letter.pop("replies")
    show_one(letter, as_json)
    for reply in replies:
        told = f" ({reply['told']}{': ' + reply['why'] if reply['why'] else ''})" if reply["told"] else ""
        click.echo(f"\n{format_instant(reply['said_at'])}  {reply['operator'] or letter['name']}{told}")
        show_one({"text": reply["text"]}, as_json)


@inbox.command()
@click.argument("reference")
@click.option("--text", help="The answer; without it, what comes on standard input.")
@operator_option
@with_config
@asynchronous
async def answer(config: Config, reference: str, text: str | None, operator: str) -> None:
    """Answer a letter: by e-mail where its author left a mailbox, and in the internet branch always."""
    said = sys.stdin.read() if text is None else text
    async with as_staff(config) as bank:
        told = await letters.answer(bank, reference, said, operator)
    click.echo(DONE[told])


@inbox.command()
@click.argument("reference")
@click.argument("to", metavar="OPERATOR", required=False)
@operator_option
@with_config
@asynchronous
async def assign(config: Config, reference: str, to: str | None, operator: str) -> None:
    """Give a letter to an OPERATOR; without one, back to everybody."""
    async with as_staff(config) as bank:
        await letters.assign(bank, reference, (to or "").strip() or None, operator)
    click.echo("Done.")


@inbox.command()
@click.argument("reference")
@answerable
@with_config
@asynchronous
async def close(config: Config, reference: str, operator: str, reason: str) -> None:
    """Nothing more is to be said: nobody can answer it any more, nor its author write on."""
    async with as_staff(config) as bank:
        await letters.close(bank, reference, operator, reason)
    click.echo("Done.")


def _show(entries: list[Entry], as_json: bool) -> None:
    rows = [asdict(entry) for entry in entries]
    if not as_json:
        rows = [{**row, "told": "undelivered" if row["is_undelivered"] else "-"} for row in rows]
    show(rows, as_json, None if as_json else COLUMNS)
