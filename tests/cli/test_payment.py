"""A customer says that they didn't pay: what their passkey signed is looked up and checked again."""

import json

import pytest
from access.device import Device
from access.doors import HOME
from access.enrolling import enrol, signed
from cast import Admin, Cast
from cli.commands import Dega
from conftest import Phones
from paying import ACTOR, make_payment, prepare

from dega.access import otp
from dega.bank import Bank
from dega.payments.confirm import bind_code
from dega.payments.payment import digest_of, find_payment


@pytest.fixture
async def reference(bank: Bank, cast: Cast, phones: Phones) -> str:
    """The reference of a payment that Arta's passkey signed."""
    device = Device()
    session = await enrol(bank, phones, cast.arta.number, device)
    payment = await find_payment(bank, cast.arta.id, await prepare(bank, cast.arta, cast.besnik.lek))
    challenge_id = await otp.issue(
        bank,
        purpose="payment",
        customer_id=cast.arta.id,
        mobile=None,
        text=str,
        digest=digest_of(payment),
        subject=b"a",
    )
    await bind_code(bank, cast.arta.id, payment.id, challenge_id)
    await otp.verify_passkey(
        bank, challenge_id, await signed(bank, challenge_id, device), purpose="payment", customer_id=cast.arta.id,
        digest=digest_of(payment), client=HOME,
    )  # fmt: skip
    made = await make_payment(bank, cast.arta.id, payment.id, session.auth_epoch, ACTOR, challenge_id=challenge_id)
    assert made.made is not None
    return made.made.reference


async def test_what_a_passkey_signed_is_shown_and_checked_again(dega: Dega, admin: Admin, reference: str) -> None:
    said = await dega("payment", "proof", reference, "--operator", "vera", "--json")
    shown = json.loads(said.stdout)
    assert (said.exit_code, shown["proves"], shown["payee"]) == (0, True, "Besnik Hoxha")
    assert "250,00" in shown["amount"]
    assert await admin.fetchval("SELECT actor FROM audit WHERE action = 'payment.proof'") == "operator:vera"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payment SET amount_minor = amount_minor + 1",
        "UPDATE passkey_evidence SET signature = public_key",
        "UPDATE passkey_evidence SET origin = 'https://evil.example'",
    ],
)
async def test_a_proof_that_was_tampered_with_proves_nothing(
    dega: Dega, admin: Admin, reference: str, change: str
) -> None:
    await admin.execute("SET session_replication_role = replica")
    await admin.execute(change)
    said = await dega("payment", "proof", reference, "--operator", "vera")
    assert said.exit_code == 1
    assert "Besnik Hoxha" in said.stdout


async def test_a_payment_without_a_passkey_has_no_such_proof(dega: Dega, cast: Cast) -> None:
    said = await dega("payment", "proof", "D0000000001-95", "--operator", "vera")
    assert (said.exit_code, "confirmed by a code" in said.stderr) == (1, True)
    assert (await dega("payment", "proof", "D1", "--operator", "vera")).exit_code == 2
