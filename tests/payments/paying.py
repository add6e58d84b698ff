"""How the tests pay: prepare, get a code, confirm."""

import re
from uuid import UUID

from cast import Account, Admin, Person

from dega.access import lockout, otp
from dega.audit import Actor
from dega.bank import Bank
from dega.payments import make
from dega.payments.confirm import bind_code, request_code
from dega.payments.kinds import KINDS
from dega.payments.payment import Payment, digest_of, find_payment, find_with_payer
from dega.payments.prepare import prepare_payment

ACTOR = Actor("customer:test")


async def prepare(bank: Bank, payer: Person, to: Account, amount: str = "1250,00", **more: str) -> UUID:
    """A draft to somebody's account; `more` replaces fields of the form."""
    typed = {"from_account": payer.lek.iban, "to_iban": to.iban, "amount": amount, "description": "Qira", **more}
    return await prepare_payment(bank, KINDS["in-bank"], payer.id, typed, ACTOR)


async def prepare_own(bank: Bank, payer: Person, amount: str = "100", **more: str) -> UUID:
    """A draft between own accounts."""
    typed = {"from_account": payer.lek.iban, "to_account": payer.second.iban, "amount": amount, **more}
    return await prepare_payment(bank, KINDS["own"], payer.id, typed, ACTOR)


async def send_code(bank: Bank, sent: list[tuple[str, str]], payer: Person, payment_id: UUID) -> str:
    """The code that the payer's phone receives for a draft."""
    wanted = await request_code(bank, payer.id, payment_id)
    challenge_id = await otp.issue(
        bank, purpose="payment", customer_id=payer.id, mobile=wanted.mobile, text=wanted.text, digest=wanted.digest,
        subject=lockout.subject_id(bank, payer.number),
    )  # fmt: skip
    await bind_code(bank, payer.id, payment_id, challenge_id)
    return re.findall(r"\b\d{8}\b", sent[-1][1])[0]


async def authorise(bank: Bank, payer: Person, payment_id: UUID, code: str) -> UUID:
    """Give the code, and make nothing yet: the challenge that it was right for."""
    payment = await find_payment(bank, payer.id, payment_id)
    assert payment.challenge_id is not None
    await otp.verify(
        bank, payment.challenge_id, code, purpose="payment", customer_id=payer.id, digest=digest_of(payment)
    )
    return payment.challenge_id


async def confirm(bank: Bank, payer: Person, payment_id: UUID, code: str) -> Payment:
    """Give the code and have the payment made, as the page does."""
    payment = await find_payment(bank, payer.id, payment_id)
    if payment.made is None:
        await authorise(bank, payer, payment_id, code)
    return await make_payment(bank, payer.id, payment_id, 1, ACTOR, challenge_id=payment.challenge_id)


async def make_payment(
    bank: Bank, customer_id: int, payment_id: UUID, auth_epoch: int, actor: Actor, *, challenge_id: UUID | None = None
) -> Payment:
    """Have the payment made, and look at it again."""
    payment, payer = await find_with_payer(bank, customer_id, payment_id)
    await make.make_payment(bank, payment, payer, auth_epoch, actor, challenge_id=challenge_id)
    return await find_payment(bank, customer_id, payment_id)


async def set_state(admin: Admin, table: str, row_id: object, **columns: object) -> None:
    """Change a row as nobody in the bank could."""
    for column, value in columns.items():
        await admin.execute(f"UPDATE {table} SET {column} = $2 WHERE id = $1", row_id, value)
