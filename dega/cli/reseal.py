"""What operators do about the keys of stored things: what each key is still needed for, and moving all to new ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from dega.cli.terminal import Trouble
from dega.config import RINGS
from dega.keyring import Keyring
from dega.sealing import SealedFields
from dega.store import keys as store
from dega.store.database import Connection, name_with
from dega.store.keys import SHELVES, Need, Seals

ROWS_AT_ONCE = 200


@dataclass(slots=True)
class Resealed:
    """Rows that were brought under the current keys, and why others couldn't be."""

    rows: int
    unreadable: list[str]


async def reseal(connection: Connection, rings: Mapping[str, Keyring], *, at_once: int = ROWS_AT_ONCE) -> Resealed:
    """Bring everything that is sealed under the current keys; may end anywhere and be begun again.

    Beside a bank that is being served, if that knows the current keys (`require_restarted`).
    """
    done = Resealed(0, [])
    purposes = {shelf.purpose for shelf in SHELVES}
    seals = {purpose: Seals(rings[purpose], SealedFields(rings[purpose])) for purpose in purposes}
    for shelf in SHELVES:
        async for batch in store.reseal(connection, shelf, seals[shelf.purpose], at_once):
            done.rows += batch.renewed
            done.unreadable += batch.unreadable
    return done


async def require_restarted(connection: Connection, rings: Mapping[str, Keyring]) -> None:
    """Raises Trouble where a process is at work that hasn't the current keys: it couldn't read what they close."""
    current = name_with(rings[purpose] for purpose in RINGS)
    strangers = [name for name in await store.others(connection) if name != current]
    if strangers:
        raise Trouble(
            "\n".join(
                [
                    f"the current keys are {current.removeprefix('dega ')}, and another process works with others:",
                    *(f"  {name}" for name in strangers),
                    "Restart the bank first, so that it knows them.",
                ]
            )
        )


async def find_wants(connection: Connection, rings: Mapping[str, Keyring], *, of_staff: bool) -> list[str]:
    """Why what is stored can't be read with these keys, a sentence for each place. Looks at every row."""
    needs = await store.needs(connection, of_staff=of_staff)
    return [_want(need) for need in needs if need.kid not in rings[need.purpose].by_kid]


def _want(need: Need) -> str:
    if need.kid:
        return f"{need.place}: {need.count} values need the key {need.purpose}.{need.kid}, which isn't there"
    return f"{need.place}: {need.count} values were kept before keys had names: run `dega keys reseal`"
