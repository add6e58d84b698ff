"""One-time codes (FNP): issued for one purpose, one customer and one operation, sent to one phone, right once.

What is kept is an HMAC over all of that, never the code. A code that nobody is sent (for a number that mustn't learn
whether it exists) does the same work and is never right.
"""

import base64
import hashlib
import hmac
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import UUID, uuid4

import pyotp
from msgspec import Struct

from dega.access import budget, delivery, lockout, proofs, recovery, totp
from dega.access.lockout import Subject
from dega.access.proofs import Proof
from dega.access.sessions import Client
from dega.bank import Bank, Sms
from dega.errors import (
    AppCodeUsed,
    CodeExpired,
    CodeMissing,
    CodeNotSent,
    CodeShape,
    CodeSpent,
    CodeWrong,
    PasskeySpent,
    PasskeyWrong,
    ProofShape,
    ResendTooSoon,
    SmsPaused,
    TooManyCodes,
)
from dega.store import access as store
from dega.store import codes as cache
from dega.store import passkeys as store_of_passkeys
from dega.store.codes import Delivery, Evaluation, Rules
from dega.store.database import Connection

Purpose = Literal["login", "register", "payment", "password", "factor", "order"]

_NOBODY = Client("", "", "")


class Binding(Struct, frozen=True):
    """What a code is right for, and nothing else: a purpose, a customer (None: nobody), the digest of an operation."""

    purpose: Purpose
    customer_id: int | None
    digest: bytes


@dataclass(frozen=True, slots=True)
class CodeState:
    """What the page of a code says: seconds until it expires and until another may be asked for (0: now), delivery.

    Only pages of those who are logged in say more of its delivery than that a code was asked for.
    """

    expires_in: int
    resend_in: int
    resends_left: int
    delivery: Delivery

    @property
    def is_void(self) -> bool:
        """Whether the SMS isn't on the phone, and its code therefore no code."""
        return self.delivery in ("unsent", "undelivered")

    @property
    def is_fresh(self) -> bool:
        """Whether a code left just now, so that there is no need of another one."""
        return self.resend_in > 0 and self.expires_in > 0 and not self.is_void


async def reserve(bank: Bank, *, purpose: Purpose, subject: bytes) -> UUID:
    """A place under the caps, and the id of the code that will take it. Raises TooManyCodes.

    Login asks first and counts the attempt then: who may have no code isn't punished for asking.
    """
    challenge_id = uuid4()
    rules = _rules(bank, purpose)
    if not await cache.reserve(bank.cache, challenge_id, purpose, subject, bank.clock.seconds(), rules):
        raise TooManyCodes()
    return challenge_id


async def issue(
    bank: Bank,
    *,
    purpose: Purpose,
    customer_id: int | None,
    mobile: str | None,
    text: Callable[[str], str],
    digest: bytes,
    subject: bytes,
    reserved: UUID | None = None,
    life_seconds: int | None = None,
) -> UUID:
    """Send a new code, bound to `digest`, and return its challenge's id. Without `mobile` nobody gets it.

    `text` makes the SMS of the code; `subject` is the counter of caps and failures (see `lockout.find`);
    `life_seconds` replaces how long codes of this purpose live.
    Raises TooManyCodes, unless a place was `reserved`, and SmsPaused.
    """
    challenge_id = reserved or await reserve(bank, purpose=purpose, subject=subject)
    rules = _rules(bank, purpose, life_seconds)
    may_leave = await _may_leave(bank, purpose, rules, mobile)
    code = _new_code(bank, purpose)
    most = rules.daily_sms if mobile is not None and may_leave else 0
    async with bank.database.transaction() as connection:
        leaves = await cache.write(connection, challenge_id, purpose, customer_id, digest, rules.life_seconds, most)
    if most and not leaves and rules.says_unsent:
        raise TooManyCodes()
    mac = _mac_to_keep(bank, challenge_id, Binding(purpose, customer_id, digest), code, mobile)
    await cache.store(bank.cache, challenge_id, mac, subject, bank.clock.seconds(), rules)
    _send(bank, mobile, text(code), challenge_id, 0, leaves)
    return challenge_id


async def reissue(
    bank: Bank,
    challenge_id: UUID,
    *,
    purpose: Purpose,
    customer_id: int | None,
    mobile: str | None,
    text: Callable[[str], str],
    digest: bytes,
    subject: bytes,
    life_seconds: int | None = None,
) -> None:
    """Send a new code in the place of the last one, which is void from now on; its wrong tries stay counted.

    Takes what `issue` was given. Raises ResendTooSoon, TooManyCodes, CodeSpent, SmsPaused.
    """
    rules = _rules(bank, purpose, life_seconds)
    code = _new_code(bank, purpose)
    mac = _mac_to_keep(bank, challenge_id, Binding(purpose, customer_id, digest), code, mobile)
    member = f"{challenge_id}:{secrets.token_hex(8)}"
    now = bank.clock.seconds()
    outcome, number = await cache.replace(bank.cache, challenge_id, mac, subject, now, rules, member)
    if outcome == "soon":
        raise ResendTooSoon(seconds=number)
    if outcome == "many":
        raise TooManyCodes()
    if outcome == "spent":
        raise CodeSpent()
    may_leave = await _may_leave(bank, purpose, rules, mobile, challenge_id, number)
    most = rules.daily_sms if mobile is not None and may_leave else 0
    async with bank.database.transaction() as connection:
        leaves = await cache.extend(connection, challenge_id, customer_id, rules.life_seconds, most)
    if most and not leaves and rules.says_unsent:
        await delivery.settle(bank, delivery.sms_id(challenge_id, number), "unsent")
        raise TooManyCodes()
    _send(bank, mobile, text(code), challenge_id, number, leaves)


async def evaluate(
    bank: Bank,
    challenge_id: UUID,
    code: str | None,
    *,
    purpose: Purpose,
    customer_id: int | None,
    digest: bytes,
    proof: Proof | None = None,
) -> Evaluation:
    """Compare one try; what follows from it is the caller's to do.

    With a `proof` an app's or a recovery code is taken as well, and the try is right where it fits; without `code`
    nothing else is. Raises CodeMissing, CodeShape, ProofShape: those don't count.
    """
    mac = secrets.token_bytes(hashlib.sha256().digest_size)
    if code is not None:
        code = _read(bank, purpose, code, proof)
        mac = _mac(bank, challenge_id, Binding(purpose, customer_id, digest), code)
    fits = proof is not None and proof.fits
    return await cache.evaluate(bank.cache, challenge_id, mac, bank.clock.seconds(), _rules(bank, purpose), fits=fits)


async def verify(
    bank: Bank,
    challenge_id: UUID,
    code: str | None,
    *,
    purpose: Purpose,
    customer_id: int | None,
    digest: bytes,
    client: Client = _NOBODY,
    proof: Proof | None = None,
) -> None:
    """The code is right, for exactly this; asking again with the same code answers the same until it expires.

    It isn't used up by that (see `consume`), but kept as typed, which is what the ledger asks for. A wrong one counts
    as a failure of the customer, a right one ends the counting. A `proof` (see `evaluate`) is used up at once.
    Raises CodeMissing, CodeShape, ProofShape, AppCodeUsed (they don't count), CodeWrong, CodeSpent, CodeExpired,
    CodeNotSent, UserBlocked.
    """
    if proof is not None and proof.is_replayed:
        raise AppCodeUsed("code")
    tried = await evaluate(
        bank, challenge_id, code, purpose=purpose, customer_id=customer_id, digest=digest, proof=proof
    )
    if not tried.subject:
        raise CodeExpired("code")
    if tried.verdict in ("right", "again") and (proof is None or not proof.fits):
        admission = await bank.together.ask(cache.admit, (challenge_id, tried.subject, customer_id))
        if admission is None or admission.is_refused:
            raise lockout.refuse(admission.blocked_until if admission else None)
        return
    async with bank.database.transaction() as connection:
        customer = await store.customer_by_id(connection, bank.fields, customer_id)
        subject = Subject(tried.subject, customer)
        is_wrong = tried.verdict == "wrong"
        count = await store.count_failures(connection, subject.id, customer_id, int(is_wrong))
        fell = await lockout.settle(connection, bank, subject, failed=is_wrong)
        is_right = tried.verdict in ("right", "again") and not (count.is_blocked or count.is_barred)
        by, is_lost = "sms", False
        if is_right and proof is not None and proof.fits:
            by = proof.kind
            is_lost = not await proofs.use(connection, bank, proof, client)  # somebody was faster
        # Once for each code, and also by "again": the answer to "right" may not have come as far as this.
        if is_right and not is_lost and await cache.authorise(connection, challenge_id, by):
            await store.forgive(connection, subject.id)
    if count.is_blocked or count.is_barred or fell:
        raise lockout.refuse(fell.until if fell else count.blocked_until)
    if is_lost:
        raise CodeSpent("code")
    refuse_unless_right(bank, tried, failures=count.failures)


async def verify_passkey(
    bank: Bank,
    challenge_id: UUID,
    answer: str,
    *,
    purpose: Purpose,
    customer_id: int,
    digest: bytes,
    client: Client,
) -> None:
    """The same for a passkey: it signed exactly this. Counts, expires and is kept as a code is, and is good once.

    Raises PasskeyMissing (which doesn't count), PasskeyWrong, PasskeySpent, UserBlocked.
    """
    try:
        proof = await proofs.match_passkey(bank, challenge_id, customer_id, answer, digest=digest, client=client)
        await verify(
            bank,
            challenge_id,
            None,
            purpose=purpose,
            customer_id=customer_id,
            digest=digest,
            client=client,
            proof=proof,
        )
    except CodeWrong as refusal:
        raise PasskeyWrong(left=refusal.values["left"]) from None
    except (CodeSpent, CodeExpired):
        raise PasskeySpent() from None


def refuse_unless_right(bank: Bank, tried: Evaluation, *, failures: int = 0) -> None:
    """Raises what a try that isn't right is answered with; `failures` are the customer's in a row, by whatever code."""
    left = min(bank.config.codes.tries - tried.tries, bank.config.access.tries - failures)
    if tried.verdict == "unsent":
        raise CodeNotSent()
    if tried.verdict == "expired":
        raise CodeExpired("code")
    if tried.verdict == "spent" or (tried.verdict == "wrong" and left <= 0):
        raise CodeSpent("code")
    if tried.verdict == "wrong":
        raise CodeWrong("code", left=left)


async def forget_wrong(bank: Bank, subject: bytes) -> bool:
    """End the subject's row of wrong codes, as a full login and staff do; whether there was one. Raises PartAway."""
    return await cache.forget_wrong(bank.cache, subject)


async def consume(connection: Connection, challenge_id: UUID) -> bool:
    """Use the code up in this transaction: True for one caller only, and only before it expires."""
    return await cache.consume(connection, challenge_id)


async def state(bank: Bank, challenge_id: UUID) -> CodeState:
    """What the code's page says; a code unknown here has expired."""
    codes = bank.config.codes
    record = await cache.record(bank.cache, challenge_id)
    if record is None:
        return CodeState(0, 0, 0, "waiting")
    now = bank.clock.seconds()
    return CodeState(
        expires_in=max(0, math.ceil(record.expires_at - now)),
        resend_in=max(0, math.ceil(record.sent_at + codes.resend_seconds - now)),
        resends_left=0 if record.tries >= codes.tries else max(0, codes.resends - record.resends),
        delivery=record.delivery,
    )


async def fits(bank: Bank, challenge_id: UUID, digest: bytes) -> bool:
    """Whether this code was asked for exactly this operation, right or not: an earlier one is asked for anew."""
    async with bank.database.connection() as connection:
        asked = await store_of_passkeys.challenge(connection, challenge_id)
    return asked is not None and asked.digest == digest


async def _may_leave(
    bank: Bank, purpose: Purpose, rules: Rules, mobile: str | None, replaced: UUID | None = None, number: int = 0
) -> bool:
    """Whether there is a budget for it. Who may know that there is none is told so, and has no code: SmsPaused."""
    may_leave = await budget.spend(bank, mobile, registering=purpose == "register")
    if may_leave or not rules.says_unsent:
        return may_leave
    if replaced is not None:
        await delivery.settle(bank, delivery.sms_id(replaced, number), "unsent")
    raise SmsPaused()


def _send(bank: Bank, mobile: str | None, text: str, challenge_id: UUID, number: int, may_leave: bool) -> None:
    if mobile is None:
        return
    sms = Sms(delivery.sms_id(challenge_id, number), mobile, text)
    told = partial(delivery.settle, bank, sms.id)
    if may_leave:
        bank.codes.send(sms, told)
    else:
        bank.codes.refuse(told)


def _new_code(bank: Bank, purpose: Purpose) -> str:
    """The digits of a secret that is forgotten at once: no code can be told from the ones before it."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    return pyotp.HOTP(secret, digits=_digits(bank, purpose)).at(0)


def _read(bank: Bank, purpose: Purpose, typed: str, proof: Proof | None) -> str:
    code = proofs.digits_of(typed)
    digits = _digits(bank, purpose)
    if not code:
        raise CodeMissing("code")
    lengths = {digits} if proof is None else {digits, totp.DIGITS, recovery.DIGITS}
    if len(code) not in lengths or not (code.isascii() and code.isdecimal()):
        if proof is None:
            raise CodeShape("code", digits=digits)
        raise ProofShape("code", digits=totp.DIGITS, recovery=recovery.DIGITS)
    return code


def _mac_to_keep(bank: Bank, challenge_id: UUID, binding: Binding, code: str, mobile: str | None) -> bytes:
    mac = _mac(bank, challenge_id, binding, code)
    return mac if mobile is not None else secrets.token_bytes(len(mac))


def _mac(bank: Bank, challenge_id: UUID, binding: Binding, code: str) -> bytes:
    digest = hashlib.sha256(binding.digest).hexdigest()
    whole = f"dega-code-1|{binding.purpose}|{challenge_id}|{binding.customer_id}|{digest}|{code}"
    return hmac.digest(bank.keys.codes, whole.encode(), "sha256")


def _digits(bank: Bank, purpose: Purpose) -> int:
    codes = bank.config.codes
    return codes.login_digits if purpose in ("login", "register") else codes.payment_digits


def _rules(bank: Bank, purpose: Purpose, life_seconds: int | None = None) -> Rules:
    codes = bank.config.codes
    life = life_seconds or (codes.login_seconds if purpose in ("login", "register") else codes.payment_seconds)
    return Rules(
        life_seconds=life,
        # After its life a code can still be replaced, for as long as its page may be looked at.
        kept_seconds=life + bank.config.sessions.idle_seconds,
        tries=codes.tries,
        resend_seconds=codes.resend_seconds,
        resends=codes.resends,
        hourly=codes.hourly,
        daily_sms=codes.daily_sms,
        # Before login nobody learns that there was something to send: to a stranger it is a wrong code like others.
        row=bank.config.access.tries,
        # As long as the shortest block, which stands in PostgreSQL: after it there are tries again.
        row_seconds=60 * min(bank.config.access.block_minutes, default=60),
        says_unsent=purpose not in ("login", "register"),
    )
