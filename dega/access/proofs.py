"""What a customer may give instead of a code from an SMS: a code of their app, a recovery code, a passkey's signature.

Whether it fits is found out first, without using anything up and with the same work for everybody. The counting of
tries in Valkey then decides whether it is evaluated at all, and the transaction that admits uses it up: once.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from dega import audit
from dega.access import notices, passkeys, recovery, totp
from dega.access.passkeys import Signed
from dega.access.sessions import Client
from dega.bank import Bank
from dega.ids import compact
from dega.store import access, factors
from dega.store.database import Connection
from dega.store.sealed import SEED

_NOBODYS = "factor|sealed_seed|nobody"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was given, as far as it could be a factor's. `kind` "none": it fits nothing.

    `counter` is the step of an app's code, `signed` what a passkey signed. `is_replayed`: it was right, and was used up
    before.
    """

    kind: Literal["none", "app", "recovery", "passkey"]
    customer_id: int | None = None
    factor_id: UUID | None = None
    counter: int = 0
    hash: bytes = b""
    signed: Signed | None = None
    is_replayed: bool = False

    @property
    def fits(self) -> bool:
        """Whether it may be used, if nobody is faster."""
        return self.kind != "none" and not self.is_replayed


def seed_place(factor_id: UUID) -> str:
    """Where the seed of an app is sealed for."""
    return f"{SEED}|{factor_id}"


def digits_of(typed: str) -> str:
    """A code as it is compared, however it was grouped."""
    return compact(typed).replace("-", "")


async def match(bank: Bank, customer_id: int | None, typed: str, *, takes_app: bool = True) -> Proof:
    """What the typed code is of this customer's. Nobody has anything, and costs the same.

    `takes_app` false: only recovery codes count, where the strongest factor is another than the app.
    """
    code = digits_of(typed)
    async with bank.database.connection() as connection:
        app = await factors.app_in_force(connection, customer_id)
        kept = await factors.open_recovery_codes(connection, customer_id)
    nobodys = bank.fields.seal(totp.new_seed(), _NOBODYS)
    sealed, place = (app.sealed_seed, seed_place(app.id)) if app else (nobodys, _NOBODYS)
    step = totp.fitting_step(bank.fields.reveal(sealed, place), code, totp.step_of(bank.clock.now().timestamp()))
    hash_ = recovery.fitting(bank, customer_id, code, kept)
    if app and step is not None and takes_app:
        return Proof("app", customer_id, app.id, step, is_replayed=step <= app.last_step)
    if hash_ is not None:
        return Proof("recovery", customer_id, hash=hash_)
    return Proof("none", customer_id)


async def match_passkey(
    bank: Bank, challenge_id: UUID, customer_id: int | None, answer: str, *, digest: bytes, client: Client
) -> Proof:
    """What a browser's answer proves of this customer, for this challenge and this operation. Nobody has a passkey.

    Raises PasskeyMissing and CodeSpent (see `passkeys.check`): they don't count.
    """
    signed = await passkeys.check(
        bank, challenge_id, customer_id, answer, digest=digest, actor=client.acting_for(customer_id)
    )
    return Proof("passkey" if signed else "none", customer_id, signed=signed)


async def use(connection: Connection, bank: Bank, proof: Proof, client: Client) -> bool:
    """Use the proof up in this transaction; True for one caller only. The customer is told of a used recovery code."""
    if proof.customer_id is None or not proof.fits:
        return False
    if proof.kind == "app" and proof.factor_id is not None:
        return await factors.use_step(connection, proof.factor_id, proof.counter)
    if proof.signed is not None:
        return await passkeys.use(connection, bank, proof.signed)
    if not await factors.use_recovery_code(connection, proof.customer_id, proof.hash):
        return False
    customer = await access.customer_by_id(connection, bank.fields, proof.customer_id)
    if customer is not None:
        actor = client.acting_for(customer.id)
        await audit.record(connection, actor, "recovery_code.use", f"customer:{customer.id}")
        await notices.tell(connection, bank, customer, "recovery_used")
    return True
