"""The schema moves forward one numbered file at a time, each in its own transaction, none ever edited afterwards."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from dega.config import HOUSE

FOLDER = HOUSE / "sql" / "migrations"
_LOCK = 0x6465_6761_01

_LEDGER_OF_MIGRATIONS = """
CREATE TABLE IF NOT EXISTS migration (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class MigrationError(Exception):
    """Why the schema can't be moved: a sentence for an operator."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of sql/migrations/, and whether this database has it."""

    name: str
    path: Path
    sha256: str
    applied: bool


async def status(dsn: str) -> list[Migration]:
    """All migrations in order. Raises MigrationError where history was edited."""
    connection = await asyncpg.connect(dsn)
    try:
        return await _status(connection)
    finally:
        await connection.close()


async def migrate(dsn: str) -> list[str]:
    """Apply what is missing, as the role of `dsn`; the names applied. Two at once wait for each other."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        applied = []
        for migration in await _status(connection):
            if migration.applied:
                continue
            async with connection.transaction():
                await connection.execute(migration.path.read_text(encoding="utf-8"))
                await connection.execute(
                    "INSERT INTO migration (name, sha256) VALUES ($1, $2)", migration.name, migration.sha256
                )
            applied.append(migration.name)
        return applied
    finally:
        await connection.close()


async def _status(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Migration]:
    await connection.execute(_LEDGER_OF_MIGRATIONS)
    await connection.execute("GRANT SELECT ON migration TO PUBLIC")
    done = {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM migration")}
    migrations = []
    for path in sorted(FOLDER.glob("*.sql")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if done.get(path.name, digest) != digest:
            raise MigrationError(f"{path.name} was edited after it was applied: write a new migration instead")
        migrations.append(Migration(path.name, path, digest, path.name in done))
    unknown = sorted(done.keys() - {migration.name for migration in migrations})
    if unknown:
        raise MigrationError(f"the database has migrations that this program doesn't know: {', '.join(unknown)}")
    return migrations
