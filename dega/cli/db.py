"""`dega db`: the schema of the database moves forward, says where it stands, and shows itself whole."""

import asyncio
import re
from dataclasses import asdict

import click

from dega.cli.terminal import Trouble, asynchronous, connected, finish, json_option, show, show_one, with_config
from dega.config import Config
from dega.embedded.binaries import postgres_programs
from dega.ledger.chart import open_chart
from dega.store import schema as store
from dega.store.migrate import migrate as apply_migrations

HEADER = """\
-- The schema as the files of sql/migrations/ make it, in their order: what `dega db schema` prints, and what a test
-- compares with this file. It is for reading; changes are new migrations.
"""

_NOISE = re.compile(r"--|SET |SELECT pg_catalog\.set_config|\\(un)?restrict |CREATE SCHEMA public;")


@click.group()
def db() -> None:
    """The database and its schema."""


@db.command()
@json_option
@with_config
@asynchronous
async def migrate(config: Config, as_json: bool) -> None:
    """Move the schema forward and open the bank's own accounts; what is done already stays as it is."""
    applied = await apply_migrations(config.database.admin_dsn)
    async with connected(config.database.admin_dsn) as connection, connection.transaction():
        await open_chart(connection)
    show_one({"applied": applied}, as_json)


@db.command()
@json_option
@with_config
@asynchronous
async def status(config: Config, as_json: bool) -> None:
    """Which migrations the database has; exit status 1 where it isn't as this program needs it."""
    async with connected(config.database.staff_dsn) as connection:
        steps = await store.steps(connection)
    show([asdict(step) for step in steps], as_json)
    finish(any(step.standing != "applied" for step in steps))


@db.command()
@with_config
@asynchronous
async def schema(config: Config) -> None:
    """Print the whole schema, as sql/schema.sql keeps it."""
    click.echo(await dump(config.database.admin_dsn), nl=False)


async def dump(dsn: str) -> str:
    """The schema of the database, without what differs from one server or day to another. Raises Trouble."""
    program = postgres_programs() / "pg_dump"
    options = ["--schema-only", "--no-owner", "--no-comments", "--schema=public", f"--dbname={dsn}"]
    process = await asyncio.create_subprocess_exec(
        program, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaint = await process.communicate()
    if process.returncode != 0:
        raise Trouble(f"{program} failed: {complaint.decode(errors='replace').strip()}")
    return f"{HEADER}\n{_plain(said.decode())}"


def _plain(dumped: str) -> str:
    """The statements, with an empty line between them but for those that grant."""
    lines = [line for line in dumped.splitlines() if not _NOISE.match(line)]
    statements = [text.strip("\n") for text in re.split(r"\n{2,}", "\n".join(lines)) if text.strip()]
    text = ""
    for before, statement in zip(["", *statements], statements, strict=False):
        together = before.startswith("GRANT") and statement.startswith("GRANT")
        text += ("\n" if together else "\n\n") + statement
    return text.lstrip() + "\n"
