"""`dega payment`: what proves that a customer confirmed a payment, when they say that they didn't."""

import click

from dega.access import passkeys
from dega.audit import Actor, record
from dega.cli.terminal import (
    NotThere,
    Trouble,
    asynchronous,
    connected,
    finish,
    json_option,
    operator_option,
    show_one,
    with_config,
)
from dega.config import Config
from dega.ids import CodeError, format_iban, parse_reference
from dega.money import format_money
from dega.payments.payment import read_payment
from dega.payments.promises import digests_of


@click.group()
def payment() -> None:
    """Payments that were made."""


@payment.command()
@click.argument("reference")
@operator_option
@json_option
@with_config
@asynchronous
async def proof(config: Config, reference: str, operator: str, as_json: bool) -> None:
    """What the payer's passkey signed for the payment REFERENCE, checked again; exit status 1 if it proves nothing."""
    try:
        movement_id = parse_reference(reference)
    except CodeError as error:
        raise Trouble(f"{reference} isn't a reference: {error}.") from error
    async with connected(config.database.staff_dsn) as connection, connection.transaction():
        evidence = await passkeys.evidence_of(connection, movement_id)
        actor = Actor(f"operator:{operator}")
        await record(connection, actor, "payment.proof", f"movement:{movement_id}", "done" if evidence else "none")
        signed = await read_payment(connection, evidence.customer_id, evidence.payment_id) if evidence else None
        digests = await digests_of(connection, signed) if signed else []
    if evidence is None or signed is None:
        raise NotThere(f"no passkey signed for {reference}: it was confirmed by a code, or there is no such payment.")
    holds = any(passkeys.still_proves(evidence, digest) for digest in digests)
    shown = {
        "proves": holds,
        "amount": format_money(signed.amount),
        "payee": signed.payee_name,
        "iban": format_iban(signed.payee_iban),
        "customer": evidence.customer_id,
        "signed_at": evidence.signed_at,
        "page": evidence.origin,
        "passkey": evidence.credential_id.hex(),
        "signature": evidence.signature.hex(),
    }
    show_one(shown, as_json)
    finish(not holds)
