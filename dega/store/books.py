"""The checks of the books: a file of `sql/checks/` is one SELECT that returns the guilty rows, none in good times."""

from functools import cache

from dega.config import HOUSE
from dega.store.database import Connection

FOLDER = HOUSE / "sql" / "checks"
MOST_NAMED = 1000
"""Of each check: whoever has read a thousand rows knows."""

_MOST_SECONDS = 3600


@cache
def checks() -> dict[str, str]:
    """Name of each check → its statement, in the order of the names."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))}


async def guilty_rows(connection: Connection, check: str) -> list[str]:
    """What the check found: a sentence for each of the first `MOST_NAMED` rows, and one that there are more.

    Takes its time, so the caller is in a transaction of its own; a table full of lies is not a process full of them.
    """
    await connection.execute(f"SET LOCAL statement_timeout = '{_MOST_SECONDS}s'")
    guilty = await connection.cursor(checks()[check].rstrip().removesuffix(";"), timeout=_MOST_SECONDS)
    named = [row["what"] for row in await guilty.fetch(MOST_NAMED, timeout=_MOST_SECONDS)]
    more = await guilty.fetch(1, timeout=_MOST_SECONDS)
    return [*named, "there are more"] if more else named
