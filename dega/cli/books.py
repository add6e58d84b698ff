"""`dega books`: whether the ledger is what its own entries and its seals say, recomputed from the first one on."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import click

from dega.cli.secrets import read_ring
from dega.cli.terminal import (
    NotThere,
    Trouble,
    asynchronous,
    connected,
    finish,
    json_option,
    show,
    show_one,
    with_config,
)
from dega.config import Config
from dega.keyring import Keyring
from dega.ledger.books import check_books, every_check
from dega.ledger.chain import Head
from dega.ledger.sealer import HeadLost
from dega.ledger.verify import check_seals
from dega.night.seals import SealRound, read_head
from dega.store import seals as store
from dega.store.database import Database


def _read(_context: click.Context, option: click.Parameter, text: str | None) -> Head | None:
    try:
        return None if text is None else Head.read(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param=option) from error


@click.group()
def books() -> None:
    """The ledger and its seals."""


@books.command()
@click.option("--head", "head", callback=_read, help="What `dega books head` printed once: the seals go as far.")
@json_option
@with_config
@asynchronous
async def check(config: Config, as_json: bool, head: Head | None) -> None:
    """Make every check of the books and verify every seal; exit status 1 where a row is guilty.

    Money may move meanwhile. The head that the bank exported into a folder ([books] heads) is looked for as well.
    """
    ring, heads = _ring(config), [each for each in (head, _exported(config)) if each is not None]
    async with connected(config.database.staff_dsn) as connection:
        guilty = await check_books(connection)
        verified = await check_seals(connection, ring, heads)
    guilty += verified.guilty
    if as_json or guilty:
        show([asdict(row) for row in guilty], as_json)
    else:
        click.echo(f"Seals verified: {verified.seals}. {len(every_check())} checks made, nothing found.")
    finish(bool(guilty))


@books.command()
@with_config
@asynchronous
async def seal(config: Config) -> None:
    """Seal now what has been booked until now, and print the head; the bank does it every minute by itself."""
    async with _as_staff(config) as database:
        try:
            await SealRound(database, _ring(config), config.books.heads)()
        except HeadLost as error:
            raise NotThere(f"{error}. Nothing was sealed.") from error
        except (ValueError, OSError) as error:
            raise Trouble(f"the head can't be exported: {error}.") from error
        async with database.connection() as connection:
            last = await store.last(connection)
    if last is None:
        raise NotThere("there is nothing to seal yet.")
    click.echo(Head(last.number, last.mac))


@books.command()
@json_option
@with_config
@asynchronous
async def head(config: Config, as_json: bool) -> None:
    """Print the head: which seal is the last, and what it ends with.

    To be kept where the database's administrators aren't. JSON says since when as well, and what waits for a seal.
    """
    async with connected(config.database.staff_dsn) as connection:
        last = await store.last(connection)
        if last is None:
            raise NotThere("nothing has been sealed yet.")
        waiting = await store.waiting(connection, last.upto)
    said = Head(last.number, last.mac)
    if as_json:
        show_one({"head": str(said), "sealed_at": f"{last.sealed_at}Z".replace(" ", "T"), "waiting": waiting}, as_json)
    else:
        click.echo(said)


def _ring(config: Config) -> Keyring:
    """The keys of seals alone: an auditor has no others."""
    return read_ring("seals", Path(config.secrets.folder), os.environ)


def _exported(config: Config) -> Head | None:
    try:
        return read_head(Path(config.books.heads)) if config.books.heads else None
    except (ValueError, OSError) as error:
        raise Trouble(f"the exported head can't be read: {error}.") from error


@asynccontextmanager
async def _as_staff(config: Config) -> AsyncIterator[Database]:
    database = await Database.open(config.database.staff_dsn, config.database)
    try:
        yield database
    finally:
        await database.close()
