"""What the pages share on which a one-time code is typed."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from dega.access import otp
from dega.store.codes import Delivery
from dega.web.keys import BANK


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
