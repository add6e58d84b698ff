"""Many numbers, few passwords: what no counter of one number sees. Failed tries are counted by network and in all.

Past the limit those who come in a browser that isn't known must wait; everyone else goes on. The counts are soft and
live in Valkey: losing it forgets them, and unblocks nobody.
"""

import logging

from dega import audit
from dega.access.lockout import Subject
from dega.access.sessions import Client
from dega.bank import Bank
from dega.errors import TooManyFailures
from dega.store import throttle

log = logging.getLogger(__name__)

SPAN_SECONDS = 600
_ALL = "failures:all"


async def admit(bank: Bank, subject: Subject, client: Client) -> None:
    """Count a password or a registration that may come to nothing. Raises TooManyFailures: nobody failed then.

    A known browser is neither counted nor refused. Whether the number exists plays no part.
    """
    if subject.in_known_browser:
        return
    access = bank.config.access
    for key, most in ((_network(client), access.network_failures), (_ALL, access.all_failures)):
        count = await throttle.count(bank.cache, key, SPAN_SECONDS)
        if count > most:
            if count == most + 1:
                await _alarm(bank, key, client)
            raise TooManyFailures()


async def give_back(bank: Bank, client: Client) -> None:
    """What was counted came to something, as a full login or the code of a registration shows."""
    for key in (_network(client), _ALL):
        await throttle.give_back(bank.cache, key)


async def _alarm(bank: Bank, key: str, client: Client) -> None:
    """Once for each span: people who run the bank look into it."""
    log.error("failed tries have gone past their limit", extra={"limit": key})
    async with bank.database.transaction() as connection:
        await audit.record(connection, client.acting_for(None), "sign_in.throttle", key, "refused")


def _network(client: Client) -> str:
    return f"failures:{client.address_prefix}"
