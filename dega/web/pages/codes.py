"""What the pages share on which a one-time code is typed, or a passkey signs."""

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aiohttp import web

from dega.access import otp, passkeys, recovery, totp
from dega.access.methods import Method
from dega.store.codes import Delivery
from dega.web.keys import BANK
from dega.web.render import View


@dataclass(frozen=True, slots=True)
class CodeView:
    """How the code stands: its digits, the seconds it lives on (0: expired), the seconds until another may be asked
    for, whether another may be asked for at all, where its SMS is, and whether that voids it."""

    digits: int
    seconds_left: int
    wait_seconds: int
    can_resend: bool
    delivery: Delivery
    is_void: bool


async def code_view(
    request: web.Request, challenge_id: UUID, digits: int, expires_at: datetime | None = None
) -> CodeView:
    """The code of this challenge for its page. Pages that strangers look at don't say whether it reached a phone.

    `expires_at` (UTC) is when the ledger takes it no more, where that is known: it may come first.
    """
    bank = request.app[BANK]
    state = await otp.state(bank, challenge_id)
    left = state.expires_in
    if expires_at is not None:
        left = max(0, min(left, math.ceil((expires_at - bank.clock.now()).total_seconds())))
    return CodeView(digits, left, state.resend_in, state.resends_left > 0, state.delivery, state.is_void)


async def proof_view(
    request: web.Request, challenge_id: UUID, method: Method, expires_at: datetime | None = None
) -> View:
    """A confirmation for its page, whichever of its methods it is by; `expires_at` as in `code_view`."""
    bank = request.app[BANK]
    return {
        "code": await code_view(request, challenge_id, bank.config.codes.payment_digits, expires_at),
        "app_digits": totp.DIGITS,
        "recovery_digits": recovery.DIGITS,
        "method": method.value,
        "passkey_asked": await passkeys.options(bank, challenge_id),
        "cooling_hours": bank.config.access.cooling_hours,
    }
