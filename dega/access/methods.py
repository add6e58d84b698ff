"""Which factor a customer is asked for beside the password. The bank's rows say so, and never a field of a form."""

from collections.abc import Collection
from enum import StrEnum

from dega.bank import Bank
from dega.store import factors as store


class Method(StrEnum):
    """The ways, the weakest first. Who has one of the others has SMS no more, but for payments to others."""

    SMS = "sms"
    APP = "app"
    PASSKEY = "passkey"


async def method_of(bank: Bank, customer_id: int | None) -> Method:
    """The strongest that the customer has now; for nobody SMS, by the same statement."""
    return strongest(await bank.together.ask(store.kinds_in_force, customer_id or 0) or ())


def strongest(kinds: Collection[str]) -> Method:
    """The strongest, of who has factors of these kinds."""
    if "passkey" in kinds:
        return Method.PASSKEY
    return Method.APP if "app" in kinds else Method.SMS
