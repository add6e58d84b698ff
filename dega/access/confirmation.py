"""Confirming one operation by the customer's strongest factor: a code by SMS, a code of their app, or their passkey.

By which of them was found in the bank's rows when the confirmation was asked for. Whatever is given counts for exactly
this operation; a recovery code is as good as the app or the device that was lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from dega.access import otp, proofs
from dega.access.methods import Method
from dega.access.otp import Purpose
from dega.access.sessions import Client
from dega.bank import Bank
from dega.store.access import Customer


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be confirmed, by whom and by what; `digest` tells it from every other operation of its purpose.

    `text` makes the SMS of a code, where that is the method. Wrong ones count under `subject` (see `lockout.find`).
    """

    purpose: Purpose
    customer: Customer
    method: Method
    digest: bytes
    text: Callable[[str], str]
    subject: bytes

    @property
    def mobile(self) -> str | None:
        """Where its code is sent to, if any is sent."""
        return self.customer.mobile if self.method is Method.SMS else None


async def ask(bank: Bank, operation: Operation) -> UUID:
    """The challenge of a new confirmation; with SMS its code is under way. Raises TooManyCodes, SmsPaused."""
    return await otp.issue(
        bank,
        purpose=operation.purpose,
        customer_id=operation.customer.id,
        mobile=operation.mobile,
        text=operation.text,
        digest=operation.digest,
        subject=operation.subject,
    )


async def ask_again(bank: Bank, operation: Operation, challenge_id: UUID) -> None:
    """Another code in the place of the last one, with SMS. Raises what `otp.reissue` raises."""
    await otp.reissue(
        bank,
        challenge_id,
        purpose=operation.purpose,
        customer_id=operation.customer.id,
        mobile=operation.mobile,
        text=operation.text,
        digest=operation.digest,
        subject=operation.subject,
    )


async def answer(bank: Bank, operation: Operation, challenge_id: UUID, typed: str, client: Client) -> None:
    """What was typed confirms it: the SMS code, or else the app's code, or else a recovery code.

    Raises what `otp.verify` raises.
    """
    proof = None
    if operation.method is not Method.SMS:
        takes_app = operation.method is Method.APP
        proof = await proofs.match(bank, operation.customer.id, typed, takes_app=takes_app)
    await otp.verify(
        bank,
        challenge_id,
        typed,
        purpose=operation.purpose,
        customer_id=operation.customer.id,
        digest=operation.digest,
        client=client,
        proof=proof,
    )


async def answer_passkey(bank: Bank, operation: Operation, challenge_id: UUID, signed: str, client: Client) -> None:
    """What a passkey signed confirms it. Raises what `otp.verify_passkey` raises."""
    await otp.verify_passkey(
        bank,
        challenge_id,
        signed,
        purpose=operation.purpose,
        customer_id=operation.customer.id,
        digest=operation.digest,
        client=client,
    )
