"""How the tests use an authenticator app: set it up, read the code that it shows, confirm changes by it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from access.doors import HOME, Phones, enter, last_code, to_code
from cast import Admin

from dega.access import factors, login, stepup
from dega.access.changes import APP_ADD, FACTOR_REMOVE, Change
from dega.access.sessions import Session
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine


@dataclass
class Telephone:
    """An authenticator app on a telephone whose clock is right, and the recovery codes on paper."""

    bank: Bank
    seed: str
    paper: list[str]

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many steps later."""
        return pyotp.TOTP(self.seed).at(self.bank.clock.now() + timedelta(seconds=30 * steps))

    @property
    def wrong(self) -> str:
        """A code that it doesn't show."""
        right = {self.code(steps) for steps in (-1, 0, 1)}
        return next(code for code in ("000000", "000001", "000002", "000003") if code not in right)


async def begin(bank: Bank, phones: Phones, session: Session, name: str = "Telefoni im") -> tuple[Session, Telephone]:
    """Set an app up, after a code by SMS: it doesn't count yet."""
    session = await stepup.ask(bank, session, Change(APP_ADD))
    session = await stepup.answer(bank, session, last_code(phones), HOME)
    return await _begun(bank, session, name)


async def begin_another(
    bank: Bank, telephone: Telephone, session: Session, machine: TimeMachine
) -> tuple[Session, Telephone]:
    """Set another app up, after a code of the one there is."""
    await machine.wait(30)
    return await _begun(bank, await confirm_by_app(bank, telephone, session, Change(APP_ADD)), "Telefoni i ri")


async def _begun(bank: Bank, session: Session, name: str) -> tuple[Session, Telephone]:
    session = await factors.begin_app(bank, session, name)
    setup = factors.app_setup(bank, session)
    assert setup is not None
    return session, Telephone(bank, setup.seed, [])


async def add_app(bank: Bank, phones: Phones, number: str, name: str = "Telefoni im") -> tuple[Session, Telephone]:
    """Log in by SMS and add an app: the session afterwards, and the telephone."""
    session, telephone = await begin(bank, phones, await enter(bank, phones, number), name)
    session, telephone.paper = await factors.finish_app(bank, session, telephone.code(), HOME)
    return session, telephone


async def confirm_by_app(bank: Bank, telephone: Telephone, session: Session, change: Change) -> Session:
    """Step up by the app."""
    session = await stepup.ask(bank, session, change)
    return await stepup.answer(bank, session, telephone.code(), HOME)


async def confirm_on_paper(bank: Bank, code: str, session: Session, change: Change) -> Session:
    """Step up by a recovery code."""
    session = await stepup.ask(bank, session, change)
    return await stepup.answer(bank, session, code, HOME)


async def let_leave(
    bank: Bank, telephone: Telephone, session: Session, machine: TimeMachine
) -> tuple[Session, datetime]:
    """Have the only factor removed: it leaves after the cooling hours."""
    await machine.wait(30)
    assert session.customer_id is not None
    (factor,) = await factors.mine(bank, session.customer_id)
    session = await confirm_by_app(bank, telephone, session, Change(FACTOR_REMOVE, str(factor.id)))
    session, leaves_at = await factors.remove(bank, session, factor.id, HOME)
    assert leaves_at is not None
    return session, leaves_at


async def enter_by_app(bank: Bank, telephone: Telephone, number: str) -> Session:
    """Log in by the app."""
    return await login.give_code(bank, await to_code(bank, number), telephone.code(), HOME)


async def give_passkey(admin: Admin, customer_id: int) -> None:
    """A passkey, as its row is when it was added."""
    await admin.execute(
        "INSERT INTO factor (id, customer_id, kind, name, added_at, usable_from, credential_id, public_key, sign_count)"
        " SELECT gen_random_uuid(), $1, 'passkey', 'Laptop', at, at, 'credential', 'key', 0 FROM bank_clock() AS at",
        customer_id,
    )


async def told(admin: Admin) -> Counter[tuple[str, str]]:
    """Template and channel of all that customers were told of, but for logins with new browsers."""
    rows = await admin.fetch("SELECT template, channel FROM outbox WHERE template <> 'new_device'")
    return Counter((row["template"], row["channel"]) for row in rows)


async def trail(admin: Admin, *actions: str) -> list[str]:
    """Which of these actions the audit trail has, in order."""
    rows = await admin.fetch("SELECT action FROM audit WHERE action = ANY($1) ORDER BY id", list(actions))
    return [row["action"] for row in rows]
