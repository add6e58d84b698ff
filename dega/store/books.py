"""The checks of the books: a file of `sql/checks/` is one SELECT that returns the guilty rows, none in good times."""

from functools import cache

from dega.config import HOUSE
from dega.store.database import Connection

FOLDER = HOUSE / "sql" / "checks"
_MOST_SECONDS = 3600


@cache
def checks() -> dict[str, str]:
    """Name of each check → its statement, in the order of the names."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))}


async def guilty_rows(connection: Connection, check: str) -> list[str]:
    """What the check found: a sentence for each row. Takes its time, so the caller is in a transaction of its own."""
    await connection.execute(f"SET LOCAL statement_timeout = '{_MOST_SECONDS}s'")
    rows = await connection.fetch(checks()[check], timeout=_MOST_SECONDS)
    return [row["what"] for row in rows]
