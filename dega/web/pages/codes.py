"""What the pages share on which a one-time code is typed."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from dega.access import otp
from dega.web.keys import BANK


@dataclass(frozen=True, slots=True)
class CodeView:
    """How the code stands: its digits, the seconds it lives on (0: expired), the seconds until another may be asked
    for, and whether another may be asked for at all."""

    digits: int
    seconds_left: int
    wait_seconds: int
    can_resend: bool
    is_unsent: bool


async def code_view(request: web.Request, challenge: str, digits: int) -> CodeView:
    """The code of this challenge for its page. Pages that strangers look at don't say whether it reached a phone."""
    state = await otp.state(request.app[BANK], UUID(challenge))
    unsent = state.delivery == "failed"
    return CodeView(digits, state.expires_in, state.resend_in, state.resends_left > 0, unsent)
