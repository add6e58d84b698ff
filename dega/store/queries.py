"""SQL lives in files: `sql/queries/<noun>.sql`, one statement under a `-- name:` heading with a sentence."""

import re
from functools import cache

from dega.config import HOUSE

FOLDER = HOUSE / "sql" / "queries"
_HEADING = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


class Queries:
    """The statements of one file as attributes: `queries("ledger").lock_accounts`."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        parts = _HEADING.split((FOLDER / f"{noun}.sql").read_text(encoding="utf-8"))
        self._statements = {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"sql/queries/{self._noun}.sql has no statement {name}") from None

    def names(self) -> list[str]:
        """The names of all statements of the file."""
        return list(self._statements)


@cache
def queries(noun: str) -> Queries:
    """The statements of `sql/queries/<noun>.sql`, read once."""
    return Queries(noun)
