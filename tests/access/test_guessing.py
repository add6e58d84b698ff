"""Whatever anyone does, in any order, with restarts and the loss of Valkey in between: tries end in a block, a code is
good once, and nobody is in without both factors. A state machine looks for the order in which that isn't so."""

import asyncio
import itertools
import json
import secrets
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import asyncpg
import pytest
from access.apps import Telephone, add_app
from access.doors import HOME, another, last_code
from access.watching import Counting, generous, lose_valkey, strict
from cast import PASSWORD, Cast
from conftest import MONDAY_MORNING, TEMPLATE, Phones, config_of
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from msgspec import structs

from dega.access import lockout, login, password, sessions, staff, totp
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.embedded.supervisor import Servers
from dega.errors import Refusal

T = TypeVar("T")

MOST = 3
"""Tries of the configuration; the law allows no more than five."""
QUARTER_OF_AN_HOUR = 900
"""The shortest block."""
KNOWN_BROWSERS, ONE_COUNTER, AN_APP = "known browsers count for themselves", "one counter", "an app instead of SMS"

_names = itertools.count()


@dataclass
class Attempt:
    """A login under way: in whose browser, whether the password was right, and the code sent for it, if one was."""

    session: Session
    client: Client
    knows: bool
    code: str | None
    used: bool = False


@dataclass
class World:
    """A bank of its own that can be restarted, on a loop of its own: the machine's rules aren't asynchronous."""

    servers: Servers
    cast: Cast
    keys: Keys
    kind: str
    telephone: Telephone | None = None
    torn: set[str] = field(default_factory=set)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    phones: Phones = field(default_factory=Phones)
    clock: MovableClock = field(default_factory=MovableClock)

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    async def build(self) -> None:
        name = f"guessing_{next(_names)}"
        admin = await asyncpg.connect(self.servers.postgres_dsn("dega_admin", "postgres"))
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        await admin.close()
        self.admin = await asyncpg.connect(self.servers.postgres_dsn("dega_admin", name))
        self.machine = TimeMachine(self.clock, self.admin)
        config = config_of(self.servers, name)
        self.config = replace(config, cache=replace(config.cache, timeout_ms=5000))
        self.process = AsyncExitStack()
        await self.machine.travel_to(MONDAY_MORNING)
        await self.start()
        if self.kind == AN_APP:
            _, self.telephone = await add_app(self.bank, self.phones, self.cast.arta.number)

    async def start(self) -> None:
        bank = await self._open(self.config.database.dsn)
        self.office = await self._open(self.config.database.staff_dsn)
        bank = generous(strict(bank) if self.kind == ONE_COUNTER else bank)
        self.hasher = Counting(bank)
        self.bank: Bank = replace(bank, hasher=self.hasher)

    async def _open(self, dsn: str) -> Bank:
        bank = open_bank(self.config, dsn=dsn, clock=self.clock, codes=self.phones, keys=self.keys)
        return await self.process.enter_async_context(bank)

    async def restart(self) -> None:
        await self.process.aclose()
        await self.start()

    async def begin_anew(self) -> None:
        """Time goes on: an app's codes of yesterday are used up."""
        await self.machine.wait(60)
        await self.admin.execute("DELETE FROM lockout; DELETE FROM bar; DELETE FROM device")
        await self.admin.execute("UPDATE internet_user SET password_changed_at = bank_clock()")
        await lose_valkey(self.bank)

    async def close(self) -> None:
        await self.process.aclose()
        await self.admin.close()


class Access(RuleBasedStateMachine):
    """Arta, at home and elsewhere, and everyone who knows her number; some even know her password."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.attempts: list[Attempt] = []
        self.inside: Session | None = None
        self.home = ""
        self.torn = world.torn
        self.guesses: Counter[str] = Counter()
        self.guessed_at: dict[str, float] = {}
        self.steps: set[int] = set()
        world.run(world.begin_anew())

    def client(self, at_home: bool) -> Client:
        return structs.replace(HOME, device=self.home if at_home else "")

    def counter(self, client: Client) -> str:
        return "all" if self.world.kind == ONE_COUNTER else client.device or "strangers"

    def guess(self, counter: str, times: int, began: float) -> None:
        """So many guesses were really compared since `began`. After the length of a block there are tries again."""
        now = self.world.clock.seconds()
        if now - self.guessed_at.get(counter, now) >= QUARTER_OF_AN_HOUR:
            self.guesses[counter] = 0
        if times:
            self.guessed_at[counter] = began
        self.guesses[counter] += times

    async def give(self, client: Client, typed: str) -> None:
        world, sent = self.world, len(self.world.phones.sent)
        session = await login.give_number(world.bank, world.cast.arta.number, client)
        session = await login.give_password(world.bank, session, typed, client)
        code = last_code(world.phones) if len(world.phones.sent) > sent else None
        self.attempts.append(Attempt(session, client, typed == PASSWORD, code))

    @rule(at_home=st.booleans(), times=st.sampled_from([1, 1, 1, 6]))
    def guess_the_password(self, at_home: bool, times: int) -> None:
        client, before, began = self.client(at_home), self.world.hasher.evaluated, self.world.clock.seconds()

        async def at_once() -> None:
            await asyncio.gather(*(self.give(client, f"Wrong{secrets.token_hex(4)}9") for _ in range(times)))

        self.world.run(at_once())
        self.guess(self.counter(client), self.world.hasher.evaluated - before, began)

    @rule(at_home=st.booleans())
    def know_the_password(self, at_home: bool) -> None:
        self.world.run(self.give(self.client(at_home), PASSWORD))

    @rule(data=st.data(), times=st.sampled_from([1, 1, 5]))
    def guess_the_code(self, data: st.DataObject, times: int) -> None:
        if not self.attempts:
            return
        attempt = data.draw(st.sampled_from(self.attempts))
        wrong, began = another(attempt.code or "000000"), self.world.clock.seconds()

        async def at_once() -> list[object]:
            tries = (login.give_code(self.world.bank, attempt.session, wrong, attempt.client) for _ in range(times))
            return await asyncio.gather(*tries, return_exceptions=True)

        answers = self.world.run(at_once())
        assert all(isinstance(answer, Refusal) for answer in answers)
        compared = sum(answer.code == "sign_in_failed" for answer in answers if isinstance(answer, Refusal))
        if attempt.knows and not attempt.used:
            self.guess(self.counter(attempt.client), compared, began)

    @rule(data=st.data())
    def type_the_code(self, data: st.DataObject) -> None:
        known = [attempt for attempt in self.attempts if attempt.code]
        if not known:
            return
        attempt = data.draw(st.sampled_from(known))
        self.enter(attempt, attempt.code)

    @rule(data=st.data())
    def type_what_the_app_shows(self, data: st.DataObject) -> None:
        if not self.attempts or self.world.telephone is None:
            return
        step = totp.step_of(self.world.clock.now().timestamp())
        if self.enter(data.draw(st.sampled_from(self.attempts)), self.world.telephone.code()):
            assert step not in self.steps, "a code of the app was good twice"
            self.steps.add(step)

    @rule(data=st.data())
    def type_what_is_on_paper(self, data: st.DataObject) -> None:
        if not self.attempts or self.world.telephone is None:
            return
        paper = self.world.telephone.paper
        code = data.draw(st.sampled_from(paper))
        if self.enter(data.draw(st.sampled_from(self.attempts)), code):
            assert code not in self.torn, "a recovery code was good twice"
            self.torn.add(code)

    def enter(self, attempt: Attempt, code: str | None) -> bool:
        """Type a code that is right for whoever has the password; whether it let in."""

        async def give() -> Session | None:
            try:
                return await login.give_code(self.world.bank, attempt.session, code or "", attempt.client)
            except Refusal as refusal:
                # What is right elsewhere is a guess here, as any other that was compared.
                if refusal.code == "sign_in_failed" and attempt.knows and not attempt.used:
                    self.guess(self.counter(attempt.client), 1, began)
                return None

        began = self.world.clock.seconds()
        session = self.world.run(give())
        if session is None:
            return False
        assert attempt.knows, "a code was good without the password"
        assert not attempt.used, "an attempt was good twice"
        attempt.used, self.inside, self.home = True, session, session.device_token
        self.guesses[self.counter(attempt.client)] = 0
        return True

    async def is_inside(self, session: sessions.Session) -> bool:
        return bool(await sessions.still_good(self.world.bank, session))

    @rule(times=st.sampled_from([1, 4]))
    def guess_the_old_password_inside(self, times: int) -> None:
        if self.inside is None or not self.world.run(self.is_inside(self.inside)):
            return
        inside, before, began = self.inside, self.world.hasher.evaluated, self.world.clock.seconds()

        async def at_once() -> None:
            tries = (
                password.start_change(
                    self.world.bank, inside, f"Wrong{number}aB", "Lumi sjell 3 gurë", "Lumi sjell 3 gurë"
                )
                for number in range(times)
            )
            await asyncio.gather(*tries, return_exceptions=True)

        self.world.run(at_once())
        counter = "all" if self.world.kind == ONE_COUNTER else self.home
        self.guess(counter, self.world.hasher.evaluated - before, began)

    @rule(seconds=st.sampled_from([1, 60, 125, 890, 905, 3605, 90_000]))
    def wait(self, seconds: int) -> None:
        self.world.run(self.world.machine.wait(seconds))

    @rule()
    def lose_valkey(self) -> None:
        self.world.run(lose_valkey(self.world.bank))

    @rule()
    def restart(self) -> None:
        self.world.run(self.world.restart())

    @rule()
    def see_to_blocks(self) -> None:
        self.world.run(lockout.tell_owners(self.world.bank))

    @rule()
    def unblock(self) -> None:
        try:
            number = self.world.cast.arta.number
            self.world.run(staff.unblock(self.world.office, number, operator="elona", reason="asked in person"))
        except staff.NotDone:
            return
        self.guesses.clear()

    @invariant()
    def nobody_guesses_more_often_than_allowed(self) -> None:
        assert all(guesses <= MOST for guesses in self.guesses.values()), self.guesses

    @invariant()
    def nobody_is_in_who_did_not_give_both(self) -> None:
        levels = self.world.run(self.levels())
        assert levels[Level.FULL] <= (self.inside is not None)

    async def levels(self) -> Counter[str]:
        bank = self.world.bank
        keys = await bank.cache.command("KEYS", f"{bank.cache.prefix}session:*")
        return Counter([json.loads(await bank.cache.command("HGET", key, "record"))["level"] for key in keys])


@pytest.fixture(params=[KNOWN_BROWSERS, ONE_COUNTER, AN_APP])
def world(request: pytest.FixtureRequest, servers: Servers, cast: Cast, keys: Keys) -> Iterator[World]:
    world = World(servers, cast, keys, kind=request.param)
    world.run(world.build())
    yield world
    world.run(world.close())
    world.runner.close()


@pytest.mark.requirement("R15", "R16", "R20", "R29")
def test_no_order_of_events_gives_a_fourth_guess_a_second_use_or_a_session_without_both_factors(world: World) -> None:
    run_state_machine_as_test(
        lambda: Access(world),
        settings=settings(
            max_examples=25,
            derandomize=True,
            phases=[Phase.generate],  # thirty steps can be read as they are
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
