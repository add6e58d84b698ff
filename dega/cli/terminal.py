"""How every command behaves: its configuration, its troubles as sentences, its answers as lines or as JSON."""

import asyncio
import functools
import importlib
import re
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast

import asyncpg
import click
import msgspec

from dega.cli.secrets import KeysError
from dega.clock import local
from dega.config import Config, ConfigError, read
from dega.embedded.account import EmbeddedError
from dega.errors import PartAway, Refusal, Refusals
from dega.store.database import AWAY, Connection
from dega.store.migrate import MigrationError

P = ParamSpec("P")
T = TypeVar("T")
Row = Mapping[str, object]

BOOLEAN = {True: "yes", False: "no"}

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal would obey rather than show: a stranger's words are shown."""


class Trouble(click.ClickException):
    """Why a command couldn't do its work: a sentence for an operator, and exit status 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Write it to standard error."""
        click.echo(f"dega: {self.format_message()}", err=True)


class NotThere(click.ClickException):
    """What was looked for isn't there, or what was asked for wasn't done: a sentence, and exit status 1."""

    def show(self, file: Any = None) -> None:
        """Write it to standard error."""
        click.echo(f"dega: {self.format_message()}", err=True)


class Commands(click.Group):
    """Commands that are imported when they are called, so that none waits for what only another needs."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the list."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name: the object of that name in its module."""
        if cmd_name not in self._modules:
            return None
        return cast(click.Command, getattr(importlib.import_module(self._modules[cmd_name]), cmd_name))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what can be expected to go wrong is told in a sentence."""
        try:
            return super().invoke(ctx)
        except Exception as error:  # noqa: BLE001  # raised again, but for what has a sentence
            raise_trouble(error)


def raise_trouble(error: Exception) -> NoReturn:
    """Raise the sentence for what an operator can mend, and anything else as it is."""
    match error:
        case ConfigError():
            raise Trouble(_listed("the configuration can't be used:", error.problems)) from error
        case KeysError():
            raise Trouble(_listed("the keys can't be used:", error.problems)) from error
        case MigrationError() | EmbeddedError():
            raise Trouble(str(error)) from error
        case PartAway():
            raise Trouble(f"a server doesn't answer: {error.__cause__ or 'it is away'}.") from error
        case Refusal():
            raise NotThere(error.sentence() % error.values) from error
        case Refusals():
            said = [refusal.sentence() % refusal.values for refusal in error.refusals]
            raise NotThere(" ".join(said)) from error
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedFunctionError() | asyncpg.UndefinedColumnError():
            raise Trouble(f"the database isn't migrated ({error}): run `dega db migrate`.") from error
        case asyncpg.InsufficientPrivilegeError():
            raise Trouble(f"PostgreSQL doesn't allow that to this role: {error}.") from error
        case asyncpg.InvalidAuthorizationSpecificationError() | asyncpg.InvalidCatalogNameError():
            raise Trouble(f"PostgreSQL answers, but not to this address: {error}.") from error
        case _ if isinstance(error, AWAY) and not isinstance(error, BrokenPipeError):  # that is `dega … | head`
            raise Trouble(f"a server doesn't answer: {error or type(error).__name__}.") from error
    raise error


def _listed(sentence: str, problems: list[str]) -> str:
    return "\n".join([sentence, *(f"  {problem}" for problem in problems)])


def with_config(command: Callable[Concatenate[Config, P], T]) -> Callable[P, T]:
    """Adds `--config`, and gives the command the configuration as its first argument."""

    @click.option(
        "--config",
        "config_path",
        envvar="DEGA_CONFIG",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The configuration; without it DEGA_CONFIG, or the house's own config.toml.",
    )
    @functools.wraps(command)
    def with_its_config(*args: P.args, **kwargs: P.kwargs) -> T:
        path = cast("Path | None", kwargs.pop("config_path"))
        return command(read(path), *args, **kwargs)

    return with_its_config


def _said(_context: click.Context, option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("say it: it is kept in the audit trail", param=option)
    return text.strip()


operator_option = click.option(
    "--operator", required=True, envvar="DEGA_OPERATOR", callback=_said, help="Who acts; kept in the audit trail."
)


def answerable(command: Callable[P, T]) -> Callable[P, T]:
    """Adds who acts and why: both are kept in the audit trail."""
    reason = click.option("--reason", required=True, callback=_said, help="Why, or the number of a ticket.")
    return operator_option(reason(command))


def asynchronous(command: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Lets click call a command that is written with `async def`."""

    @functools.wraps(command)
    def in_a_loop(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(command(*args, **kwargs))

    return in_a_loop


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work to its end, on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")


def show(rows: Sequence[Row], as_json: bool, columns: Sequence[str] | None = None) -> None:
    """Write the rows as a table (times in Tirana), or as a list in JSON (times in UTC)."""
    if as_json:
        write_json(rows)
        return
    names = list(columns or (rows[0] if rows else ()))
    lines = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_one(row: Row, as_json: bool) -> None:
    """Write one thing as lines of name and value (times in Tirana), or as an object in JSON (times in UTC)."""
    if as_json:
        write_json(row)
        return
    width = max(len(name) for name in row)
    for name, value in row.items():
        click.echo(f"{name.replace('_', ' ').ljust(width)}  {_cell(value)}".rstrip())


def write_json(value: object) -> None:
    """Write it as one document of JSON."""
    document = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    click.echo(document.decode())


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return BOOLEAN[value]
        case datetime():
            return f"{local(value):%d.%m.%Y %H:%M:%S}"
        case date():
            return f"{value:%d.%m.%Y}"
        case list() | tuple():
            return ", ".join(map(_cell, value)) or "-"
    return _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value))


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    """One connection for one command."""
    connection = await asyncpg.connect(dsn, timeout=5, server_settings={"application_name": "dega", "timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


def finish(found_something: bool) -> None:
    """End with exit status 1 where a check found something."""
    if found_something:
        sys.exit(1)
