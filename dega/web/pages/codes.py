"""What the pages share on which a one-time code is typed, or a passkey signs."""

from dataclasses import dataclass
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
    for, whether another may be asked for at all, and where its SMS is."""

    digits: int
    seconds_left: int
    wait_seconds: int
    can_resend: bool
    delivery: Delivery

    @property
    def is_void(self) -> bool:
        """Whether the SMS isn't on the phone, and its code therefore no code."""
        return self.delivery in ("unsent", "undelivered")


async def code_view(request: web.Request, challenge: str, digits: int) -> CodeView:
    """The code of this challenge for its page. Pages that strangers look at don't say whether it reached a phone."""
    state = await otp.state(request.app[BANK], UUID(challenge))
    return CodeView(digits, state.expires_in, state.resend_in, state.resends_left > 0, state.delivery)


async def proof_view(request: web.Request, challenge_id: UUID, method: Method) -> View:
    """A confirmation for its page, whichever of its methods it is by."""
    bank = request.app[BANK]
    return {
        "code": await code_view(request, str(challenge_id), bank.config.codes.payment_digits),
        "app_digits": totp.DIGITS,
        "recovery_digits": recovery.DIGITS,
        "method": method.value,
        "passkey_asked": await passkeys.options(bank, challenge_id),
        "cooling_hours": bank.config.access.cooling_hours,
    }
