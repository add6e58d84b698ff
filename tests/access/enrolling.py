"""How customers of the tests come to have a passkey, and sign with it."""

from uuid import UUID

from access.device import Device
from access.doors import HOME, Phones, enter, last_code

from dega.access import enrolment, login, passkeys, stepup
from dega.access.changes import PASSKEY_ADD, Change
from dega.access.sessions import Session
from dega.bank import Bank

NAME = "Celulari im"


async def to_enrolment(bank: Bank, phones: Phones, session: Session) -> Session:
    """The proof by SMS for adding a passkey, and its name: the device is to make it."""
    session = await stepup.ask(bank, session, Change(PASSKEY_ADD))
    session = await stepup.answer(bank, session, last_code(phones), HOME)
    return await enrolment.begin(bank, session, NAME)


async def asked_to_make(bank: Bank, session: Session) -> str:
    """What the device is asked then."""
    under_way = enrolment.under_way(session)
    assert under_way is not None
    return await enrolment.options(bank, session, under_way)


async def enrol(bank: Bank, phones: Phones, number: str, device: Device) -> Session:
    """Log in by SMS and add a passkey on this device; the session after it."""
    session = await to_enrolment(bank, phones, await enter(bank, phones, number))
    session, _ = await enrolment.finish(bank, session, device.create(await asked_to_make(bank, session)), HOME)
    return session


async def signed(bank: Bank, challenge_id: UUID | Session, device: Device) -> str:
    """What the device signs for a challenge, or for the login of a session."""
    if isinstance(challenge_id, Session):
        challenge_id = login.challenge_id(challenge_id)
    return device.get(await passkeys.options(bank, challenge_id))
