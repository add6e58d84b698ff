"""`dega books`: whether the ledger is what its own entries say, recomputed from the first one on."""

from dataclasses import asdict

import click

from dega.cli.terminal import asynchronous, connected, finish, json_option, show, with_config
from dega.config import Config
from dega.ledger.books import check_books, every_check


@click.group()
def books() -> None:
    """The ledger."""


@books.command()
@json_option
@with_config
@asynchronous
async def check(config: Config, as_json: bool) -> None:
    """Make every check of the books; exit status 1 where a row is guilty. Money may move meanwhile."""
    async with connected(config.database.staff_dsn) as connection:
        guilty = await check_books(connection)
    if as_json or guilty:
        show([asdict(row) for row in guilty], as_json)
    else:
        click.echo(f"{len(every_check())} checks made, nothing found.")
    finish(bool(guilty))
