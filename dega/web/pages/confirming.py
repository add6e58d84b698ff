"""Whatever is confirmed like a payment and books nothing at once: a code that fits it alone, or a passkey's signature.

Orders and promises say what it is about (`Confirmation`); which method it is, the customer's own rows say.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from aiohttp import web

from dega.access import otp, passkeys, proofs
from dega.access.methods import Method, method_of
from dega.access.otp import Purpose
from dega.errors import CodeExpired, CodeSpent, Refusal
from dega.payments.asking import Asking
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages.again import again
from dega.web.pages.codes import proof_view
from dega.web.pages.session import session_of
from dega.web.render import View, page, see_other


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is to be confirmed. `ask` says what a code says and is bound to, `bind` keeps which code stands for it, `do`
    does it; `spends`: money may leave the customer by it. Its pages stand at `base`, the check page at `check`, what
    came of it at `done`; `templates` and `shown` are its own.
    """

    customer_id: int
    purpose: Purpose
    spends: bool
    challenge_id: UUID | None
    base: str
    check: str
    done: str
    templates: Mapping[Method, str]
    shown: View
    ask: Callable[[], Awaitable[Asking]]
    bind: Callable[[UUID], Awaitable[None]]
    do: Callable[[UUID | None], Awaitable[None]]


Step = Callable[[web.Request, Confirmation], Awaitable[web.Response]]


async def method(request: web.Request, customer_id: int, *, spends: bool) -> Method:
    """By what it is confirmed. A code of an app is bound to nothing: by it money may stay, and not leave."""
    found = await method_of(request.app[BANK], customer_id)
    return Method.SMS if found is Method.APP and spends else found


async def begin(request: web.Request, about: Confirmation) -> web.Response:
    """On to the code or the passkey. Pressed twice, one code is enough."""
    if not await _has_fresh_code(request, about):
        await _send_code(request, about)
    return see_other(f"{about.base}/code")


async def show(request: web.Request, about: Confirmation) -> web.Response:
    """Asks for the code, or for the passkey of who has one."""
    if about.challenge_id is None or not await _is_asked(request, about.challenge_id, about):
        return see_other(about.check)
    by = await method(request, about.customer_id, spends=about.spends)
    return page(request, about.templates[by], **await _shown(request, about, about.challenge_id, by))


async def give_code(request: web.Request, about: Confirmation) -> web.Response:
    """The code: right, and it is done. Who has a passkey confirms by no code."""
    by = await method(request, about.customer_id, spends=about.spends)
    if by is Method.PASSKEY:
        return see_other(f"{about.base}/code")
    typed, bank = (await forms.read(request))["code"], request.app[BANK]
    proof = await proofs.match(bank, about.customer_id, typed) if by is Method.APP else None
    return await _give(request, about, partial(otp.verify, proof=proof), typed, by)


async def give_passkey(request: web.Request, about: Confirmation) -> web.Response:
    """A passkey signed it, and it is done."""
    signed = (await forms.read(request))["passkey"]
    return await _give(request, about, otp.verify_passkey, signed, Method.PASSKEY)


async def resend(request: web.Request, about: Confirmation) -> web.Response:
    """Another code for the same, or another chance for the passkey."""
    if about.challenge_id is None or not await _is_asked(request, about.challenge_id, about):
        return see_other(about.check)
    by = await method(request, about.customer_id, spends=about.spends)
    if by is Method.APP:
        return see_other(about.check)
    try:
        if by is Method.SMS:
            await _replace_code(request, about, about.challenge_id)
        else:
            await _send_code(request, about)
    except Refusal as refusal:
        return await _asked_again(request, about, about.challenge_id, by, refusal)
    return see_other(f"{about.base}/code")


async def _is_asked(request: web.Request, challenge_id: UUID, about: Confirmation) -> bool:
    """Whether the code was asked for this, and not for something that stood here before."""
    return await otp.fits(request.app[BANK], challenge_id, (await about.ask()).digest)


async def _has_fresh_code(request: web.Request, about: Confirmation) -> bool:
    if about.challenge_id is None or not await _is_asked(request, about.challenge_id, about):
        return False
    bank = request.app[BANK]
    state = await otp.state(bank, about.challenge_id)
    if await method(request, about.customer_id, spends=about.spends) is Method.PASSKEY:
        return state.expires_in > 0 and bool(await passkeys.options(bank, about.challenge_id))
    return state.is_fresh


async def _send_code(request: web.Request, about: Confirmation) -> None:
    by, wanted = await method(request, about.customer_id, spends=about.spends), await about.ask()
    challenge_id = await otp.issue(
        request.app[BANK],
        purpose=about.purpose,
        customer_id=about.customer_id,
        mobile=wanted.mobile if by is Method.SMS else None,
        text=wanted.text,
        digest=wanted.digest,
        subject=session_of(request).subject,
        reserved=uuid4() if by is Method.PASSKEY else None,  # the caps are there for SMS and for guesses
    )
    await about.bind(challenge_id)


async def _replace_code(request: web.Request, about: Confirmation, challenge_id: UUID) -> None:
    wanted = await about.ask()
    try:
        await otp.reissue(
            request.app[BANK],
            challenge_id,
            purpose=about.purpose,
            customer_id=about.customer_id,
            mobile=wanted.mobile,
            text=wanted.text,
            digest=wanted.digest,
            subject=session_of(request).subject,
        )
    except (CodeSpent, CodeExpired):
        await _send_code(request, about)


async def _give(
    request: web.Request, about: Confirmation, verify: Callable[..., Awaitable[None]], given: str, by: Method
) -> web.Response:
    if about.challenge_id is None or not await _is_asked(request, about.challenge_id, about):
        return see_other(about.check)
    try:
        await verify(
            request.app[BANK],
            about.challenge_id,
            given,
            purpose=about.purpose,
            customer_id=about.customer_id,
            digest=(await about.ask()).digest,
            client=request[VISITOR].client,
        )
        await about.do(about.challenge_id)
    except Refusal as refusal:
        return await _asked_again(request, about, about.challenge_id, by, refusal)
    return see_other(about.done)


async def _asked_again(
    request: web.Request, about: Confirmation, challenge_id: UUID, by: Method, refusal: Refusal
) -> web.Response:
    shown = await _shown(request, about, challenge_id, by)
    return again(request, about.templates[by], forms.Typed(), refusal, path=f"{about.base}/code", **shown)


async def _shown(request: web.Request, about: Confirmation, challenge_id: UUID, by: Method) -> View:
    return {**about.shown, **await proof_view(request, challenge_id, by), "base": about.base, "check": about.check}
