"""Adding a passkey: proven by the factor before it, named, made by the device, and in force at once.

The bank keeps a public key and nothing that could be stolen. The customer hears of it on every channel.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

from dega.access import notices, stepup, webauthn
from dega.access.changes import PASSKEY_ADD, Change
from dega.access.factors import changing, first_recovery_codes, read_name
from dega.access.sessions import Client, Session
from dega.access.webauthn import NotProven
from dega.bank import Bank
from dega.errors import PasskeyKnown, PasskeyMissing, PasskeyNotMade, StepUpNeeded
from dega.store import factors
from dega.store import passkeys as store

_CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A passkey that is being added in a session; `challenge` is what the device that makes it is asked."""

    id: UUID
    name: str
    challenge: bytes


async def begin(bank: Bank, session: Session, name: str) -> Session:
    """The session in which a passkey is being added; the proof for that is used up.

    Raises FactorNameMissing, TextTooLong, TextCharacters, StepUpNeeded.
    """
    name, challenge = read_name(name), secrets.token_bytes(_CHALLENGE_BYTES)
    facts = {"passkey_id": str(uuid4()), "passkey_name": name, "passkey_challenge": challenge.hex()}
    return await stepup.begin(bank, session, Change(PASSKEY_ADD), **facts)


def under_way(session: Session) -> Enrolment | None:
    """The passkey that is being added in this session, if there is one."""
    facts = session.facts
    if "passkey_challenge" not in facts:
        return None
    return Enrolment(UUID(facts["passkey_id"]), facts["passkey_name"], bytes.fromhex(facts["passkey_challenge"]))


async def options(bank: Bank, session: Session, enrolment: Enrolment) -> str:
    """What the browser is asked in order to make the passkey, as JSON."""
    customer_id = session.customer_id
    if customer_id is None:
        raise StepUpNeeded(seconds=bank.config.access.step_up_seconds)
    async with bank.database.transaction() as connection:
        handle = await store.handle(connection, customer_id)
        known = await store.known(connection, customer_id)
    party = webauthn.relying_party(bank.config)
    return webauthn.creation_options(
        party, enrolment.challenge, user_handle=handle, user_name=session.name, known=known
    )


async def finish(bank: Bank, session: Session, answer: str, client: Client) -> tuple[Session, list[str]]:
    """The passkey counts from now on; with it recovery codes, where there were none.

    Raises PasskeyMissing, PasskeyNotMade, PasskeyKnown, StepUpNeeded where none is being added, SignInNeeded.
    """
    enrolment = under_way(session)
    if enrolment is None:
        raise StepUpNeeded(seconds=bank.config.access.step_up_seconds)
    if not answer:
        raise PasskeyMissing()
    try:
        made = webauthn.verify_creation(webauthn.relying_party(bank.config), enrolment.challenge, answer)
    except NotProven:
        raise PasskeyNotMade() from None
    async with changing(bank, session, client) as deed:
        had = await factors.in_force(deed.connection, deed.customer.id)
        added = await store.add(
            deed.connection,
            enrolment.id,
            deed.customer.id,
            enrolment.name,
            made.credential_id,
            made.public_key,
            made.sign_count,
        )
        if not added:
            raise PasskeyKnown()
        await deed.record("factor.add", enrolment.id, kind="passkey")
        await notices.tell(deed.connection, bank, deed.customer, "factor_added")
        codes = await first_recovery_codes(deed, bank, had)
    return deed.session, codes
