"""Strangers learn nothing: unknown, wrong, blocked, reset and unregistered numbers are answered with the same work."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import asyncpg
import pytest
from access.apps import add_app
from access.device import Device
from access.doors import HOME, another, last_code, to_code
from access.enrolling import enrol, signed
from cast import PASSWORD, Cast
from conftest import Phones

from dega.access import login, otp, register, staff
from dega.bank import Bank, Place
from dega.cli.time_travel import TimeMachine
from dega.errors import Refusal, SignInFailed, UserBlocked
from dega.store.cache import Cache, Script
from dega.store.database import Database

UNKNOWN = "987654321"


@dataclass
class Work:
    """What was asked of PostgreSQL, Valkey and argon2."""

    statements: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    hashes: int = 0


class WatchedDatabase(Database):
    """The database, with every statement written down."""

    def __init__(self, database: Database, work: Work) -> None:
        super().__init__(database._general, database._postings)
        self.work = work

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        async with super().connection() as connection:
            with connection.query_logger(lambda record: self.work.statements.append(record.query)):
                yield connection
                await asyncio.sleep(0)  # each statement is written down a turn after its answer


class WatchedCache(Cache):
    """Valkey, with every script written down."""

    def __init__(self, cache: Cache, work: Work) -> None:
        self.prefix, self.cache, self.work = cache.prefix, cache, work

    async def run(self, script: Script, keys: list[str], arguments: list[str | int | float | bytes]) -> object:
        self.work.scripts.append(script)
        return await self.cache.run(script, keys, arguments)


class WatchedHasher:
    """argon2, counted."""

    def __init__(self, bank: Bank, work: Work) -> None:
        self.hasher, self.work = bank.hasher, work

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        async with self.hasher.place() as place:
            yield WatchedPlace(place, self.work)

    async def hash(self, password: str) -> str:
        self.work.hashes += 1
        return await self.hasher.hash(password)

    async def verify(self, kept: str | None, password: str) -> bool:
        self.work.hashes += 1
        return await self.hasher.verify(kept, password)

    def brought_up(self, kept: str) -> str:
        return self.hasher.brought_up(kept)

    def renew_later(self, kept: str | None, password: str, keep: Callable[[str], Awaitable[None]]) -> None:
        self.hasher.renew_later(kept, password, keep)


@dataclass
class WatchedPlace:
    """A place at argon2, counted."""

    place: Place
    work: Work

    async def verify(self, kept: str | None, password: str) -> bool:
        self.work.hashes += 1
        return await self.place.verify(kept, password)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def watched(bank: Bank, work: Work) -> Bank:
    return replace(
        bank,
        database=WatchedDatabase(bank.database, work),
        cache=WatchedCache(bank.cache, work),
        hasher=WatchedHasher(bank, work),
    )


async def _prepare(bank: Bank, cast: Cast) -> dict[str, tuple[str, str]]:
    """Number and password of everyone who isn't let in, and of Arta, who is."""
    await staff.block(bank, cast.drita.number, operator="elona", reason="lost phone")
    await staff.reset(bank, cast.besnik.number, operator="elona", reason="forgot")
    return {
        "right": (cast.arta.number, PASSWORD),
        "wrong": (cast.genti.number, "Wrong12345"),
        "blocked": (cast.drita.number, PASSWORD),
        "reset": (cast.besnik.number, PASSWORD),
        "not registered": (cast.elira.number, PASSWORD),
        "business": (cast.firma.number, PASSWORD),
        "unknown": (UNKNOWN, PASSWORD),
        "unknown personal number": ("K55555555Z", PASSWORD),
    }


@pytest.mark.requirement("R9", "R15", "R20")
async def test_the_password_step_does_the_same_work_for_everyone(
    watched: Bank, work: Work, cast: Cast, phones: Phones
) -> None:
    visitors = await _prepare(watched, cast)
    await to_code(watched, UNKNOWN)  # scripts are loaded once
    seen = {}
    for who, (number, password) in visitors.items():
        session = await login.give_number(watched, number, HOME)
        work.statements.clear(), work.scripts.clear()
        work.hashes = 0
        after = await login.give_password(watched, session, password, HOME)
        shape = (after.level, after.customer_id, after.name, after.language, sorted(after.facts))
        seen[who] = (shape, tuple(work.statements), tuple(work.scripts), work.hashes)
    assert len(set(map(str, seen.values()))) == 1, {who: len(what[1]) for who, what in seen.items()}
    assert seen["unknown"][3] == 1
    assert len(phones.sent) == 1


@pytest.mark.requirement("R15", "R20")
async def test_the_code_step_does_the_same_work_for_everyone_whose_code_is_wrong(
    watched: Bank, work: Work, cast: Cast, phones: Phones
) -> None:
    visitors = await _prepare(watched, cast)
    answers, statements, scripts = {}, {}, {}
    for who, (number, password) in visitors.items():
        session = await to_code(watched, number, password)
        work.statements.clear(), work.scripts.clear()
        answers[who] = await _answer(login.give_code(watched, session, another(last_code(phones)), HOME))
        statements[who], scripts[who] = tuple(work.statements), tuple(work.scripts)
    assert set(map(str, answers.values())) == {str(("sign_in_failed", "code", {}))}
    assert len(set(statements.values())) == 1
    assert len(set(map(str, scripts.values()))) == 1


@pytest.mark.requirement("R15", "R20")
async def test_a_passkey_that_is_not_theirs_makes_the_same_work_for_everyone(
    watched: Bank, work: Work, cast: Cast, phones: Phones
) -> None:
    hers, somebodys = Device(), Device()
    await enrol(watched, phones, cast.arta.number, hers)
    await enrol(watched, phones, cast.genti.number, somebodys)
    seen = {}
    for who, (number, password) in (await _prepare(watched, cast)).items():
        session = await to_code(watched, number, password)
        answer = await signed(watched, session, somebodys)
        work.statements.clear(), work.scripts.clear()
        said = await _answer(login.give_passkey(watched, session, answer, HOME))
        seen[who] = (said, tuple(work.statements), tuple(work.scripts))
    assert len(set(map(str, seen.values()))) == 1


@pytest.mark.requirement("R15", "R20")
@pytest.mark.refusal("blocked_for_now")
async def test_any_number_is_blocked_after_the_same_failures(bank: Bank, cast: Cast, phones: Phones) -> None:
    visitors = await _prepare(bank, cast)
    for who, (number, password) in visitors.items():
        answers = []
        for _ in range(4):
            session = await to_code(bank, number, password)
            answers.append((await _answer(login.give_code(bank, session, another(last_code(phones)), HOME)))[0])
        assert answers == ["sign_in_failed", "sign_in_failed", "blocked_for_now", "blocked_for_now"], who


@pytest.mark.requirement("R15", "R20")
async def test_wrong_codes_of_one_attempt_are_answered_alike_whatever_the_password_was(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    right = await to_code(bank, cast.arta.number)
    wrong_code = another(last_code(phones))
    wrong = await to_code(bank, cast.genti.number, "Wrong12345")
    unknown = await to_code(bank, UNKNOWN)
    for session in (right, wrong, unknown):
        answers = [(await _answer(login.give_code(bank, session, wrong_code, HOME)))[0] for _ in range(4)]
        assert answers == ["sign_in_failed", "sign_in_failed", "blocked_for_now", "blocked_for_now"]


@pytest.mark.requirement("R15")
async def test_the_page_of_the_code_looks_the_same_for_everyone(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    visitors = await _prepare(bank, cast)
    await machine.wait(1)
    states = []
    for number, password in visitors.values():
        session = await to_code(bank, number, password)
        states.append(await otp.state(bank, login.challenge_id(session)))
    assert len({replace(state, expires_in=0, resend_in=0) for state in states}) == 1
    assert all(state.expires_in in (119, 120) and state.resend_in in (29, 30) for state in states)


@pytest.mark.requirement("R15", "R18")
async def test_resending_does_the_same_work_for_everyone_and_reaches_only_who_is_entitled(
    watched: Bank, work: Work, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    visitors = await _prepare(watched, cast)
    attempts = {who: await to_code(watched, *visitor) for who, visitor in visitors.items()}
    await machine.wait(30)
    statements = {}
    for who, session in attempts.items():
        work.statements.clear()
        await login.resend(watched, session)
        statements[who] = tuple(work.statements)
    assert len(set(statements.values())) == 1
    assert Counter(mobile for mobile, _ in phones.sent) == {cast.arta.mobile: 2}


@pytest.mark.requirement("R9")
async def test_registering_an_unknown_number_looks_like_registering_a_known_one(
    watched: Bank, work: Work, cast: Cast, phones: Phones
) -> None:
    seen = {}
    for who, number in {"known": cast.elira.number, "unknown": UNKNOWN, "personal": "K55555555Z"}.items():
        work.statements.clear(), work.scripts.clear()
        session = await register.give_number(watched, number, HOME)
        seen[who] = (session.level, session.customer_id, session.name, tuple(work.statements), tuple(work.scripts))
        answers = [await _answer(register.give_code(watched, session, "000000", HOME)) for _ in range(3)]
        assert [answer[0] for answer in answers] == ["code_wrong", "code_wrong", "blocked_for_now"]
    assert len(set(map(str, seen.values()))) == 1
    assert [mobile for mobile, _ in phones.sent] == [cast.elira.mobile]


@pytest.mark.requirement("R15", "R20")
async def test_a_gateway_that_sends_nothing_does_not_tell_right_passwords_from_wrong_ones(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    phones.reachable = False
    for number, password in ((cast.arta.number, PASSWORD), (cast.genti.number, "Wrong12345"), (UNKNOWN, PASSWORD)):
        session = await to_code(bank, number, password)
        await asyncio.gather(*phones.tasks)
        answers = [(await _answer(login.give_code(bank, session, "123456", HOME)))[0] for _ in range(4)]
        assert answers == ["sign_in_failed", "sign_in_failed", "blocked_for_now", "blocked_for_now"]


@pytest.mark.requirement("R15", "R20")
async def test_while_nothing_is_sent_tries_run_out_alike_for_right_passwords_and_wrong_ones(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    phones.reachable = False
    for number, password in ((cast.arta.number, PASSWORD), (cast.genti.number, "Wrong12345"), (UNKNOWN, PASSWORD)):
        for _ in range(3):
            session = await to_code(bank, number, password)
            await asyncio.gather(*phones.tasks)
        assert (await _answer(login.give_code(bank, session, "123456", HOME)))[0] == "blocked_for_now"


@pytest.mark.requirement("R15", "R20")
async def test_who_has_an_app_is_answered_with_the_same_work_as_everybody(
    watched: Bank, work: Work, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await add_app(watched, phones, cast.drita.number)
    await to_code(watched, "123456789")  # scripts are loaded once
    visitors = {cast.drita.number: PASSWORD, cast.arta.number: PASSWORD, cast.genti.number: "Wrong1234", UNKNOWN: "x"}
    seen, answers = [], []
    for number, password in visitors.items():
        session = await login.give_number(watched, number, HOME)
        work.statements.clear(), work.scripts.clear()
        session = await login.give_password(watched, session, password, HOME)
        await machine.wait(30)
        await login.resend(watched, session)
        for typed in ("123456", "123412341234"):
            answers.append(await _answer(login.give_code(watched, session, typed, HOME)))
        seen.append((tuple(work.statements), tuple(map(id, work.scripts))))
    assert len(set(seen)) == 1
    assert len(set(map(str, answers))) == 1


async def _answer(step: object) -> tuple[str, str | None, dict[str, object]]:
    with pytest.raises(Refusal) as caught:
        await step  # type: ignore[misc]
    return caught.value.code, caught.value.field, caught.value.values


def test_the_two_answers_to_strangers_say_nothing_about_the_number() -> None:
    assert "number" in SignInFailed.sentence()
    assert "Call Center" in UserBlocked.sentence()
