"""The second factors beside the SMS: how they are added, named and removed by their owner.

Whoever has an app or a passkey doesn't log in by SMS any more. The way back is slow on purpose: removing the last of
them takes effect after some hours, in which it still counts, the customer hears of it on every channel and can undo it.
Every change ends the customer's other sessions and logins under way.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from dega import audit
from dega.access import notices, password, recovery, sessions, stepup, totp
from dega.access.changes import APP_ADD, FACTOR_REMOVE, FACTOR_RENAME, RECOVERY_NEW, Change
from dega.access.proofs import digits_of, seed_place
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.audit import Actor
from dega.bank import Bank
from dega.clock import format_instant
from dega.errors import (
    AppCodeWrong,
    CodeMissing,
    FactorNameMissing,
    NotFound,
    SignInNeeded,
    StepUpNeeded,
    TextCharacters,
    TextTooLong,
)
from dega.ids import TextError, TextProblem, clean_text
from dega.store import access
from dega.store import factors as store
from dega.store.access import Customer
from dega.store.database import Connection
from dega.store.factors import App, Factor

LONGEST_NAME = 40
"""Characters of a factor's name."""


@dataclass(slots=True)
class Deed:
    """A change of factors under way, in its transaction. `session` is the customer's only one, once it is kept."""

    connection: Connection
    customer: Customer
    actor: Actor
    session: Session

    async def record(self, action: str, factor_id: UUID, **data: str) -> None:
        """Keep it in the audit trail."""
        await audit.record(
            self.connection, self.actor, action, f"customer:{self.customer.id}", factor=str(factor_id), **data
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """An app that is being set up in a session: it counts once the first code of it was right."""

    id: UUID
    name: str
    seed: str

    @property
    def grouped(self) -> str:
        """The seed as people type it."""
        return " ".join(self.seed[start : start + 4] for start in range(0, len(self.seed), 4))


@asynccontextmanager
async def changing(bank: Bank, session: Session, client: Client, proven: Change | None = None) -> AsyncIterator[Deed]:
    """A change of this customer's factors: one at a time, with its proof used up, and every other session ended by it.

    Raises SignInNeeded where the session was ended, StepUpNeeded where a proof for `proven` is missing.
    """
    sessions.require(session, Level.FULL)
    async with bank.database.transaction() as connection:
        customer = await access.customer_by_id(connection, bank.fields, session.customer_id)
        if customer is None:
            raise SignInNeeded()
        epoch = await store.begin_change(connection, customer.id, session.auth_epoch, session.subject)
        if epoch is None:
            raise SignInNeeded()
        if proven is not None:
            await stepup.spend(connection, bank, session, proven)
        await store.let_leave(connection, customer.id)
        deed = Deed(connection, customer, client.acting_for(customer.id), session)
        yield deed
    # A change of password that waits would be confirmed by what was the strongest before: it is begun again.
    facts = password.without(stepup.without(session.facts))
    facts = {name: text for name, text in facts.items() if not name.startswith(("app_", "passkey_"))}
    deed.session = await sessions.raise_level(
        bank, session, Level.FULL, facts=facts, customer=customer, auth_epoch=epoch
    )


async def mine(bank: Bank, customer_id: int) -> list[Factor]:
    """The customer's factors that count now, the oldest first."""
    async with bank.database.connection() as connection:
        return await store.in_force(connection, customer_id)


async def one_of_mine(bank: Bank, customer_id: int, factor_id: UUID) -> Factor:
    """One of the customer's factors. Raises NotFound."""
    for factor in await mine(bank, customer_id):
        if factor.id == factor_id:
            return factor
    raise NotFound()


async def recovery_codes_left(bank: Bank, customer_id: int) -> int:
    """How many recovery codes can still be used."""
    async with bank.database.connection() as connection:
        return len(await store.open_recovery_codes(connection, customer_id))


async def begin_app(bank: Bank, session: Session, name: str) -> Session:
    """The session in which an app is being set up; its proof is used up by that, and the seed made.

    Raises FactorNameMissing, TextTooLong, TextCharacters, StepUpNeeded.
    """
    name, factor_id = read_name(name), uuid4()
    sealed = bank.fields.seal(totp.new_seed(), seed_place(factor_id))
    facts = {"app_id": str(factor_id), "app_name": name, "app_seed": sealed}
    return await stepup.begin(bank, session, Change(APP_ADD), **facts)


def app_setup(bank: Bank, session: Session) -> Setup | None:
    """The app that is being set up in this session, if there is one."""
    if "app_seed" not in session.facts:
        return None
    factor_id = UUID(session.facts["app_id"])
    seed = bank.fields.reveal(session.facts["app_seed"], seed_place(factor_id))
    return Setup(factor_id, session.facts["app_name"], seed)


async def finish_app(bank: Bank, session: Session, typed: str, client: Client) -> tuple[Session, list[str]]:
    """The app counts from now on, in the place of one before it; with it new recovery codes, where there were none.

    Typing its first code proves that it works. A wrong one costs nothing: who types it has the seed before them.
    Raises CodeMissing, AppCodeWrong, StepUpNeeded where none is being set up, SignInNeeded.
    """
    setup = app_setup(bank, session)
    if setup is None:
        raise StepUpNeeded(seconds=bank.config.access.step_up_seconds)
    code = digits_of(typed)
    if not code:
        raise CodeMissing("code")
    step = totp.fitting_step(setup.seed, code, totp.step_of(bank.clock.now().timestamp()))
    if step is None:
        raise AppCodeWrong("code")
    async with changing(bank, session, client) as deed:
        had = await store.in_force(deed.connection, deed.customer.id)
        for factor in had:
            if factor.kind == "app":
                await store.remove(deed.connection, deed.customer.id, factor.id)
                await deed.record("factor.remove", factor.id, kind="app", replaced_by=str(setup.id))
        app = App(setup.id, bank.fields.seal(setup.seed, seed_place(setup.id)), step)  # under today's key
        await store.add_app(deed.connection, app, deed.customer.id, setup.name)
        await deed.record("factor.add", setup.id, kind="app")
        await notices.tell(deed.connection, bank, deed.customer, "factor_added")
        codes = await first_recovery_codes(deed, bank, had)
    return deed.session, codes


async def first_recovery_codes(deed: Deed, bank: Bank, had: list[Factor]) -> list[str]:
    """Recovery codes for the first factor of a customer, or where none is left; to be called once it is added."""
    if had and await store.open_recovery_codes(deed.connection, deed.customer.id):
        return []
    return await recovery.make(deed.connection, bank, deed.customer.id)


async def new_recovery_codes(bank: Bank, session: Session, client: Client) -> tuple[Session, list[str]]:
    """Ten new recovery codes; those before are void. Raises StepUpNeeded, SignInNeeded, NotFound without a factor."""
    async with changing(bank, session, client, Change(RECOVERY_NEW)) as deed:
        if not await store.in_force(deed.connection, deed.customer.id):
            raise NotFound()
        codes = await recovery.make(deed.connection, bank, deed.customer.id)
        who = f"customer:{deed.customer.id}"
        await audit.record(deed.connection, deed.actor, "recovery_code.make", who)
        await notices.tell(deed.connection, bank, deed.customer, "recovery_made")
    return deed.session, codes


async def remove(bank: Bank, session: Session, factor_id: UUID, client: Client) -> tuple[Session, datetime | None]:
    """Remove a factor: at once where another one stands in for it, else after `access.cooling_hours`; then when (UTC).

    Raises NotFound, StepUpNeeded, SignInNeeded.
    """
    async with changing(bank, session, client, Change(FACTOR_REMOVE, str(factor_id))) as deed:
        had = await store.in_force(deed.connection, deed.customer.id)
        factor = next((each for each in had if each.id == factor_id), None)
        if factor is None:
            raise NotFound()
        if leaves_at_once(factor, had):
            await store.remove(deed.connection, deed.customer.id, factor_id)
            await deed.record("factor.remove", factor_id, kind=factor.kind)
            await notices.tell(deed.connection, bank, deed.customer, "factor_removed")
            leaves_at = None
        else:
            leaves_at = factor.leaves_at or await let_leave(deed.connection, bank, deed.customer, deed.actor, factor_id)
    return deed.session, leaves_at


def leaves_at_once(factor: Factor, had: list[Factor]) -> bool:
    """Whether another of the customer's factors stays and stands in for this one in all that it does.

    An app doesn't for a passkey: payments to others would be confirmed by SMS again.
    """
    staying = [each for each in had if each.id != factor.id and each.leaves_at is None]
    return any(each.kind == "passkey" or factor.kind == "app" for each in staying)


async def let_leave(
    connection: Connection, bank: Bank, customer: Customer, actor: Actor, factor_id: UUID, **data: str
) -> datetime | None:
    """Let a factor leave after the cooling hours, in the caller's transaction; when (UTC), None where it isn't there.

    Staff do this too, for a customer who has lost it: they wait as long as anybody.
    """
    leaves_at = await store.leave(connection, customer.id, factor_id, bank.config.access.cooling_hours)
    if leaves_at is not None:
        leaves = format_instant(leaves_at)
        who = f"customer:{customer.id}"
        await audit.record(connection, actor, "factor.leave", who, factor=str(factor_id), leaves=leaves, **data)
        await notices.tell(connection, bank, customer, "factor_leaves", leaves=leaves)
    return leaves_at


async def keep(bank: Bank, session: Session, factor_id: UUID, client: Client) -> Session:
    """Take the removal of a factor back while there is time. Needs no proof: it makes nothing weaker.

    Raises NotFound, SignInNeeded.
    """
    async with changing(bank, session, client) as deed:
        if not await store.keep(deed.connection, deed.customer.id, factor_id):
            raise NotFound()
        await deed.record("factor.keep", factor_id)
        await notices.tell(deed.connection, bank, deed.customer, "factor_kept")
    return deed.session


async def rename(bank: Bank, session: Session, factor_id: UUID, name: str, client: Client) -> Session:
    """Give a factor another name. Raises NotFound, StepUpNeeded, FactorNameMissing, TextTooLong, TextCharacters."""
    name = read_name(name)
    async with changing(bank, session, client, Change(FACTOR_RENAME, str(factor_id))) as deed:
        if not await store.rename(deed.connection, deed.customer.id, factor_id, name):
            raise NotFound()
        await deed.record("factor.rename", factor_id)
    return deed.session


def read_name(typed: str) -> str:
    """A name by which the customer knows the factor. Raises FactorNameMissing, TextTooLong, TextCharacters."""
    try:
        return clean_text(typed, LONGEST_NAME)
    except TextError as error:
        match error.reason:
            case TextProblem.EMPTY:
                raise FactorNameMissing("name") from None
            case TextProblem.TOO_LONG:
                raise TextTooLong("name", most=LONGEST_NAME) from None
            case TextProblem.CHARACTERS:
                raise TextCharacters("name") from None
