"""The SQL of the house: every statement fits the schema and is used; the schema on paper is the one that is made."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from cast import Admin

from dega.cli.db import dump
from dega.config import HOUSE, Config
from dega.embedded.supervisor import Servers
from dega.store.queries import FOLDER, queries

NOUNS = sorted(path.stem for path in FOLDER.glob("*.sql"))
ROLES = ("dega_app", "dega_staff")
"""The web process's role, and the one of staff, who may do all of that and a little more."""

NOT_EXPLAINED = re.compile(r"BEGIN|LISTEN|UNLISTEN|NOTIFY|SET ", re.IGNORECASE)


def statements(noun: str) -> Iterator[tuple[str, str]]:
    """Name and text of each statement of a file; what is sent in one go may be several of them."""
    for name in queries(noun).names():
        text = re.sub(r"--.*", "", getattr(queries(noun), name))
        for part in filter(None, map(str.strip, text.split(";"))):
            yield name, part


async def refused(connection: Admin, statement: str) -> str | None:
    """Why this role can't run the statement on this schema, or None; nothing is run."""
    try:
        if NOT_EXPLAINED.match(statement) or connection.get_server_version().major < 16:
            await connection.prepare(statement)
        else:
            await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
    except asyncpg.PostgresError as error:
        return str(error)
    return None


@pytest.mark.parametrize("noun", NOUNS)
async def test_every_statement_fits_the_schema_and_is_allowed_to_a_role_of_the_bank(
    servers: Servers, database_name: str, noun: str
) -> None:
    connections = [await asyncpg.connect(servers.postgres_dsn(role, database_name)) for role in ROLES]
    guilty = {}
    for name, statement in statements(noun):
        refusals = [await refused(connection, statement) for connection in connections]
        if all(refusals):
            guilty[name] = refusals[0]
    for connection in connections:
        await connection.close()
    assert guilty == {}


async def test_what_was_done_to_a_customer_is_found_without_reading_the_deeds_of_all(admin: Admin) -> None:
    """The index of the trail leaves deeds out: it is of use only to a statement that says that it wants none."""
    await admin.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    await admin.execute(f"PREPARE tries AS {queries('access').last_sign_ins}")
    plan = await admin.fetch("EXPLAIN EXECUTE tries(1, 'customer:1', 5)")
    assert any("audit_by_subject" in row[0] for row in plan)


def test_every_statement_is_used_and_every_statement_that_is_used_is_there() -> None:
    written = {(noun, name) for noun in NOUNS for name in queries(noun).names()}
    assert used_statements() == written


def used_statements() -> set[tuple[str, str]]:
    """What the modules of the store ask for: `_sql = queries("noun")`, then `_sql.name`."""
    used = set()
    for path in sorted((HOUSE / "dega").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        files = {}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and _is_named(node.value.func, "queries")
            ):
                files[ast.unparse(node.targets[0])] = ast.literal_eval(node.value.args[0])
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in files:
                used.add((files[node.value.id], node.attr))
        if files:
            assert path.parent.name == "store", f"{path} speaks SQL, and isn't of the store"
    return used


def test_keys_are_counted_for_every_table_in_which_something_is_sealed() -> None:
    tables = re.findall(r"^CREATE TABLE public\.(\w+)", (HOUSE / "sql" / "schema.sql").read_text("utf-8"), re.MULTILINE)
    places = {
        place
        for path in (HOUSE / "dega").rglob("*.py")
        for place in re.findall(r"""["'](\w+)\|[\w{]""", path.read_text("utf-8"))
    }
    counted = set(re.findall(r"FROM (\w+)", queries("keys").needs + queries("keys").needs_of_staff))
    assert places & set(tables) - counted == set()
    assert {"customer", "outbox"} <= places & counted


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_every_statement_has_a_sentence_above_it(path: Path) -> None:
    headings = re.findall(r"^-- name: (\w+)\n(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, line in headings if not re.match(r"-- [A-Z].*", line)] == []


async def test_the_schema_on_paper_is_the_one_that_the_migrations_make(config: Config) -> None:
    assert await dump(config.database.admin_dsn) == (HOUSE / "sql" / "schema.sql").read_text(encoding="utf-8")


async def test_the_role_that_owns_everything_can_not_log_in_and_no_role_of_the_bank_is_mighty(admin: Admin) -> None:
    owners = await admin.fetch(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'"
    )
    assert [row["tableowner"] for row in owners] == ["dega_owner"]
    mighty = await admin.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'dega%' AND rolname <> 'dega_admin'"
        " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR (rolname = 'dega_owner' AND rolcanlogin))"
    )
    assert mighty == []
