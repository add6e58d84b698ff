"""What becomes of a code's SMS: handed over, on the phone, or not; and who may say so.

A code that didn't get there is void. The provider says so at an address of its own for each message, with a token that
only the two of us know.
"""

import hashlib
import hmac
from urllib.parse import urlencode
from uuid import UUID

from dega import audit
from dega.access import lockout
from dega.audit import Actor
from dega.bank import Bank, Fate, Keys
from dega.config import Config
from dega.store import access as store
from dega.store import codes as cache

REPORTS = "/gateway/sms/report"
PROVIDER = Actor("provider")


def sms_id(challenge_id: UUID, number: int) -> str:
    """How the provider and we call the sending of that number of a code."""
    return f"{challenge_id}.{number}"


def report_url(config: Config, keys: Keys, sms: str) -> str:
    """Where the provider tells what became of the message of that id."""
    base = config.sms.report_base or config.web.public_url
    return f"{base}{REPORTS}?{urlencode({'id': sms, 'token': _token(keys, sms)})}"


def may_report(keys: Keys, sms: str, token: str) -> bool:
    """Whether the token is the one that was given away with this message."""
    return hmac.compare_digest(_token(keys, sms).encode(), token.encode(errors="replace"))


async def settle(bank: Bank, sms: str, fate: Fate) -> None:
    """Keep what became of a message; of one that isn't a code's, or is long forgotten, nothing. Raises PartAway.

    A code that didn't reach the phone is void, and the trail says so. In a known browser a login that can't go on for
    want of it is no failure, its password having been right. Elsewhere it stays one: how many more tries there are
    would tell a stranger that the password was right.
    """
    challenge_id, number = _parsed(sms)
    if challenge_id is None:
        return
    if fate in ("handed_over", "delivered"):
        await cache.tell(bank.cache, challenge_id, number, fate)
        return
    async with bank.database.connection() as connection:
        code = await cache.about(connection, challenge_id)
    if code is None:
        return
    strangers = lockout.subject_id(bank, code.customer_number or "")
    told = await cache.tell(bank.cache, challenge_id, number, fate, unexcused=strangers)
    if not told.is_news:
        return
    async with bank.database.transaction() as connection:
        if told.excuses and code.purpose == "login":
            await store.take_back(connection, told.subject)
        await audit.record(connection, PROVIDER, f"code.{code.purpose}", f"customer:{code.customer_id}", fate)


def _parsed(sms: str) -> tuple[UUID | None, int]:
    challenge, _, number = sms.partition(".")
    try:
        return UUID(challenge), int(number)
    except ValueError:
        return None, 0


def _token(keys: Keys, sms: str) -> str:
    return hmac.new(keys.codes, f"dega-report-1|{sms}".encode(), hashlib.sha256).hexdigest()[:32]
