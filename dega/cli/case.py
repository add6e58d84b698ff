"""`dega case`: what happened to a customer who reads the case number of the general page to the Call Center (R38)."""

from dataclasses import asdict

import click

from dega.audit import Actor, record
from dega.cli.terminal import (
    NotThere,
    Trouble,
    asynchronous,
    connected,
    json_option,
    operator_option,
    show_one,
    with_config,
)
from dega.config import Config
from dega.ids import CodeError, parse_case_number
from dega.store import faults


@click.command()
@click.argument("number")
@operator_option
@json_option
@with_config
@asynchronous
async def case(config: Config, number: str, operator: str, as_json: bool) -> None:
    """What is kept about the case NUMBER; that you looked is kept too."""
    try:
        number = parse_case_number(number)
    except CodeError as error:
        raise Trouble(f"{number} isn't a case number: {error}.") from error
    async with connected(config.database.staff_dsn) as connection, connection.transaction():
        found = await faults.find(connection, number)
        await record(
            connection, Actor(f"operator:{operator}"), "case.read", f"case:{number}", "done" if found else "none"
        )
    if found is None:
        raise NotThere(f"there is no case {number}.")
    show_one(asdict(found), as_json)
