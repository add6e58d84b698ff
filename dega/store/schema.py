"""Whether a database has the schema that this program was written for; any role may ask."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from dega.store.database import Connection
from dega.store.migrate import FOLDER
from dega.store.queries import queries

_sql = queries("schema")

Standing = Literal["applied", "missing", "edited", "unknown"]


@dataclass(frozen=True, slots=True)
class Step:
    """A migration: applied (when, UTC), missing, edited after it was applied, or unknown to this program."""

    name: str
    standing: Standing
    applied_at: datetime | None


async def steps(connection: Connection) -> list[Step]:
    """All migrations that the database or this program knows, in order; writes nothing."""
    try:
        applied = {row["name"]: row for row in await connection.fetch(_sql.applied)}
    except asyncpg.UndefinedTableError:
        applied = {}
    ours = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.sql")}
    found = []
    for name in sorted(ours.keys() | applied.keys()):
        row = applied.get(name)
        if row is None:
            standing: Standing = "missing"
        elif name not in ours:
            standing = "unknown"
        else:
            standing = "applied" if row["sha256"] == ours[name] else "edited"
        found.append(Step(name, standing, row["applied_at"] if row else None))
    return found
