"""Recovery codes: ten of them, on paper, each good once in the place of a lost factor. New ones replace them whole.

They are digits alone, so that they can be typed where a code is. Kept of each is an HMAC under a key that isn't in the
database, with a salt of its own.
"""

import hmac
import secrets

from dega.bank import Bank
from dega.store import factors as store
from dega.store.database import Connection
from dega.store.factors import Recovery

CODES = 10
DIGITS = 12
FEW = 3
"""From how few codes left on pages advise to make new ones."""

_SALT_BYTES = 16


async def make(connection: Connection, bank: Bank, customer_id: int) -> list[str]:
    """Ten new codes in the place of all before them: `1234 5678 9012`. They can't be shown again."""
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}" for _ in range(CODES)]
    kept = []
    for code in codes:
        salt = secrets.token_bytes(_SALT_BYTES)
        kept.append(Recovery(bank.fields.index(code, _what(customer_id, salt)), salt))
    await store.replace_recovery_codes(connection, customer_id, kept, bank.keys.fields.kid)
    return [f"{code[:4]} {code[4:8]} {code[8:]}" for code in codes]


def fitting(bank: Bank, customer_id: int | None, code: str, kept: list[Recovery]) -> bytes | None:
    """The hash of the kept code that was typed, or None. As much work for a customer without codes."""
    nobodys = [Recovery(bytes(32), bytes(_SALT_BYTES))] * (CODES - len(kept))
    found = None
    for each in [*kept, *nobodys]:
        typed = bank.fields.indexes(code, _what(customer_id, each.salt))
        if any([hmac.compare_digest(each.hash, one) for one in typed]):  # noqa: C419  # all of them, each time
            found = each.hash
    return found


def _what(customer_id: int | None, salt: bytes) -> str:
    return f"recovery_code|{customer_id}|{salt.hex()}"
