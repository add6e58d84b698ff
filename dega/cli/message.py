"""`dega message`: the inbox of what customers and strangers wrote (R41, R43). Answers go by phone or e-mail."""

from dataclasses import asdict

import click

from dega.audit import Actor
from dega.cli.customer import as_staff
from dega.cli.terminal import asynchronous, json_option, operator_option, show, show_one, with_config
from dega.config import Config
from dega.contact import inbox
from dega.contact.messages import State


@click.group()
def message() -> None:
    """Messages, suggestions and complaints. REFERENCE is the one that its author was given."""


@message.command(name="list")
@click.option(
    "--state",
    type=click.Choice(["received", "answered", "closed"]),
    default="received",
    show_default=True,
    help="Which of them.",
)
@json_option
@with_config
@asynchronous
async def list_letters(config: Config, state: State, as_json: bool) -> None:
    """What is in this state, the oldest first."""
    async with as_staff(config) as bank:
        letters = await inbox.inbox(bank, state)
    show([asdict(letter) for letter in letters], as_json, columns=("reference", "received_at", "kind", "state", "name"))


@message.command()
@click.argument("reference")
@operator_option
@json_option
@with_config
@asynchronous
async def read(config: Config, reference: str, operator: str, as_json: bool) -> None:
    """One of them, whole; that it was read is kept."""
    async with as_staff(config) as bank:
        letter = await inbox.read(bank, reference, Actor(f"operator:{operator}"))
    show_one(asdict(letter), as_json)


@message.command()
@click.argument("reference")
@click.argument("state", type=click.Choice(["answered", "closed"]))
@operator_option
@with_config
@asynchronous
async def mark(config: Config, reference: str, state: State, operator: str) -> None:
    """It was answered, or nothing more is to be done; its author sees that."""
    async with as_staff(config) as bank:
        await inbox.mark(bank, reference, state, Actor(f"operator:{operator}"))
    click.echo("Done.")
