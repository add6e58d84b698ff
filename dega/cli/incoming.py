"""`dega incoming`: credits from outside that staff bring in, and those that couldn't be booked."""

import click

from dega.accounts.incoming import Credit, KeyTaken, kept_waiting, receive, send_back
from dega.audit import Actor
from dega.cli.customer import as_staff
from dega.cli.terminal import (
    NotThere,
    Trouble,
    answerable,
    asynchronous,
    connected,
    json_option,
    show,
    show_one,
    with_config,
)
from dega.config import Config
from dega.ids import TextError, clean_name, clean_text, compact, format_iban, reference
from dega.money import AmountError, Currency, Money, format_money, parse_amount

MOST_SHOWN = 1000


@click.group()
def incoming() -> None:
    """Money that came from outside for an account of the bank's."""


@incoming.command()
@click.argument("key")
@click.option("--iban", required=True, help="The account that it is for.")
@click.option("--amount", required=True, help="Such as 1234,50.")
@click.option("--currency", required=True, type=click.Choice([*Currency]), help="Of the amount.")
@click.option("--payer", required=True, help="Who sent it.")
@click.option("--payer-iban", help="From which account.")
@click.option("--description", default="", help="The payer's reference.")
@answerable
@json_option
@with_config
@asynchronous
async def credit(
    config: Config,
    key: str,
    iban: str,
    amount: str,
    currency: str,
    payer: str,
    payer_iban: str | None,
    description: str,
    operator: str,
    reason: str,
    as_json: bool,
) -> None:
    """Book the credit that its rail calls KEY: at once, or in the night where the gate is closed. The same KEY again is
    the same credit."""
    kind = Currency(currency)
    try:
        came = Credit(
            key=key,
            iban=iban,
            amount=Money(parse_amount(amount, kind), kind),
            payer_name=clean_name(payer),
            description=clean_text(description, 140) if description.strip() else "",
            payer_iban=compact(payer_iban) if payer_iban else None,
        )
    except (AmountError, TextError) as error:
        raise Trouble(f"that is no credit: {error}.") from error
    async with as_staff(config) as bank:
        try:
            done = await receive(bank, came, Actor(f"operator:{operator}"), reason)
        except KeyTaken as error:
            raise Trouble(f"{error}; nothing was kept.") from error
    state = "booked" if done.movement_id else "refused" if done.refused else "waits for the night"
    shown = {
        "state": state,
        "reference": reference(done.movement_id) if done.movement_id else None,
        "refused": done.refused or None,
    }
    show_one(shown, as_json)


@incoming.command("list")
@json_option
@with_config
@asynchronous
async def list_waiting(config: Config, as_json: bool) -> None:
    """Credits that aren't booked, the oldest first, and why: the night tries them again."""
    async with connected(config.database.staff_dsn) as connection:
        rows = await kept_waiting(connection, MOST_SHOWN)
    shown = [
        {
            "key": row.key,
            "received_at": row.received_at,
            "iban": format_iban(row.iban),
            "amount": format_money(Money(row.amount_minor, Currency(row.currency))),
            "payer": row.payer_name,
            "refused": row.refused or None,
        }
        for row in rows
    ]
    show(shown, as_json, ("key", "received_at", "iban", "amount", "payer", "refused"))


@incoming.command("return")
@click.argument("key")
@answerable
@with_config
@asynchronous
async def give_back(config: Config, key: str, operator: str, reason: str) -> None:
    """Note that the credit KEY, which can't be booked, was sent back to its payer."""
    async with connected(config.database.staff_dsn) as connection, connection.transaction():
        if not await send_back(connection, key, reason, Actor(f"operator:{operator}")):
            raise NotThere(f"no credit {key} waits with a reason.")
    click.echo(f"{key} is sent back; the night doesn't book it any more.")
