"""What a booking is called in account activity: what the bank itself books has a name, in the customer's language."""

from collections.abc import Callable
from functools import lru_cache

from dega.i18n import N_

TITLES: dict[tuple[str, str], str] = {
    ("fee", "maintenance"): N_("Account maintenance fee"),
    ("interest", "overdraft"): N_("Overdraft interest"),
    ("payment", "deposit"): N_("Time deposit"),
    ("payment", "deposit-paid"): N_("Time deposit paid out"),
    ("payment", "deposit-broken"): N_("Time deposit ended early"),
}
"""By the purpose of the transfer and the kind of its movement."""

PURPOSES: dict[str, str] = {
    "fee": N_("Fee"),
    "interest": N_("Interest"),
    "tax": N_("Tax on interest"),
}


@lru_cache(maxsize=1024)
def name_of(purpose: str, kind: str) -> str:
    """What the bank calls it, as a msgid; nothing where it gives it no name."""
    return TITLES.get((purpose, kind)) or PURPOSES.get(purpose, "")


def title(purpose: str, kind: str, description: str, translate: Callable[[str], str]) -> str:
    """Its name, if the bank gives it one, before its description; it may be empty where there is neither."""
    name = name_of(purpose, kind)
    if not name:
        return description
    return f"{translate(name)}: {description}" if description else translate(name)
