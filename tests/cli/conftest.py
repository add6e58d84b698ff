"""The command line, run as operators run it: with the configuration and the keys in its environment."""

import asyncio

import pytest
from cli.commands import Dega
from click.testing import CliRunner, Result
from conftest import in_hex

from dega.bank import Keys
from dega.cli.main import dega as command_line
from dega.config import Config


@pytest.fixture
def environment(config: Config, keys: Keys) -> dict[str, str]:
    """What leads a command to this test's servers, and gives it the bank's keys."""
    return {
        "DEGA__DATABASE__DSN": config.database.dsn,
        "DEGA__DATABASE__STAFF_DSN": config.database.staff_dsn,
        "DEGA__DATABASE__ADMIN_DSN": config.database.admin_dsn,
        "DEGA__CACHE__URL": config.cache.url,
        "DEGA__CACHE__PREFIX": config.cache.prefix,
        "DEGA__SMS__GATEWAY": "log",
        "DEGA__ACCESS__HASH_MEMORY_KIB": str(config.access.hash_memory_kib),
        **{f"DEGA_KEY_{name.upper()}": text for name, text in in_hex(keys).items()},
    }


@pytest.fixture
def dega(environment: dict[str, str]) -> Dega:
    """Runs `dega …` to its end; `exit_code`, `stdout` and `stderr` are in the result."""

    async def run(*words: str, standard_input: str | None = None, **more_environment: str) -> Result:
        runner = CliRunner(env={**environment, **more_environment})
        return await asyncio.to_thread(runner.invoke, command_line, words, input=standard_input)

    return run
