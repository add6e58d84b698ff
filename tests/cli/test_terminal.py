"""What goes wrong at a terminal is told in sentences that say what to do, never in a traceback."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli.commands import Dega

from dega.cli.main import dega as command_line
from dega.config import Config

WITHOUT_CLICK = "import sys; sys.modules['click'] = None; from dega.__main__ import main; main()"
IMPORTED = """
import sys
before = set(sys.modules)
import dega.__main__
print({name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
"""


def python(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_where_a_dependency_is_missing_two_commands_are_printed_that_install_all() -> None:
    done = python(WITHOUT_CLICK)
    house = Path(__file__).resolve().parents[2]
    assert done.returncode == 1
    assert "dega needs click" in done.stderr
    assert f"  python3 -m venv {house}/.venv\n  {house}/.venv/bin/pip install -e '{house}[embedded]'\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_until_a_command_is_called_nothing_but_the_standard_library_is_imported() -> None:
    assert python(IMPORTED).stdout == "{'dega'}\n"


def test_who_reads_only_the_first_lines_hears_no_complaint() -> None:
    command = [sys.executable, "-m", "dega", "mission", "--tests"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.requirement("R48")
async def test_everything_that_is_wrong_with_the_configuration_is_named_at_once(dega: Dega) -> None:
    said = await dega("config", "check", DEGA__WEB__PORT="none", DEGA__WINDOW__STARTS="25:00", DEGA__ACCES__TRIES="3")
    assert said.exit_code == 2
    assert len(said.stderr.splitlines()) == 4
    assert all(key in said.stderr for key in ("web.port", "window.starts", "DEGA__ACCES__TRIES"))


@pytest.mark.requirement("R48")
async def test_a_configuration_is_named_by_its_path(dega: Dega, tmp_path: Path) -> None:
    said = await dega("config", "check", "--config", str(tmp_path / "none.toml"))
    assert said.exit_code == 2
    assert f"{tmp_path}/none.toml: can't be read" in said.stderr


async def test_a_good_configuration_is_said_to_be_one(dega: Dega) -> None:
    said = await dega("config", "check", "--json")
    assert said.exit_code == 0
    assert '"problems": 0' in said.stdout


@pytest.mark.parametrize("dsn", ["postgresql://a@/b?host=/nowhere", "postgresql://a@127.0.0.1:1/b"])
async def test_a_server_that_does_not_answer_is_one_sentence(dega: Dega, dsn: str) -> None:
    said = await dega("night", "status", DEGA__DATABASE__STAFF_DSN=dsn)
    assert said.exit_code == 2
    assert said.stderr.startswith("dega: a server doesn't answer: ")
    assert len(said.stderr.splitlines()) == 1


async def test_a_database_that_is_not_there_is_one_sentence(dega: Dega, config: Config) -> None:
    said = await dega("night", "status", DEGA__DATABASE__STAFF_DSN=config.database.staff_dsn.replace("/test_", "/no_"))
    assert said.exit_code == 2
    assert 'database "no_' in said.stderr
    assert len(said.stderr.splitlines()) == 1


async def test_a_role_that_may_not_is_one_sentence(dega: Dega, config: Config) -> None:
    said = await dega("db", "migrate", DEGA__DATABASE__ADMIN_DSN=config.database.dsn)
    assert said.exit_code == 2
    assert said.stderr.startswith("dega: PostgreSQL doesn't allow that to this role: permission denied")


def test_every_command_and_every_option_says_what_it_is_for() -> None:
    silent = []

    def walk(name: str, command: click.Command) -> None:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                walk(f"{name} {child}", command.get_command(context, child))
        options = [each for each in command.params if isinstance(each, click.Option)]
        silent.extend([name] * (not command.help) + [f"{name} {each.opts[0]}" for each in options if not each.help])

    walk("dega", command_line)
    assert silent == []
