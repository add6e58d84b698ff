"""Strangers learn nothing from how long an answer takes: two samples of 300, compared by Kolmogorov and Smirnov.

No time is asserted, only that one distribution can't be told from the other; the samples are taken turn by turn, so
that whatever else the machine does falls on both. What chance makes once in ten thousand times is looked at again.
"""

import math
import random
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable

import pytest
from access.doors import HOME, another, last_code
from access.watching import generous, lose_valkey
from cast import PASSWORD, Admin, Cast
from conftest import HOUSE, Phones

from dega.access import login, staff
from dega.access.sessions import Session
from dega.bank import Bank
from dega.errors import SignInFailed

ROUNDS = 300
RARE = 1e-4

Visitors = dict[str, tuple[str, str]]
Series = dict[str, list[float]]


def probability_of_one_source(first: list[float], second: list[float]) -> float:
    """How probable so large a distance is where both come from one distribution (asymptotic, Kolmogorov)."""
    a, b = sorted(first), sorted(second)
    distance = max(abs(bisect_right(a, x) / len(a) - bisect_right(b, x) / len(b)) for x in a + b)
    size = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    scaled = (size + 0.12 + 0.11 / size) * distance
    return min(1.0, max(0.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))))


def test_the_statistic_tells_apart_what_differs_and_nothing_else() -> None:
    chance = random.Random(7)
    first, second = ([chance.gauss(6, 1) for _ in range(ROUNDS)] for _ in range(2))
    assert probability_of_one_source(first, second) > 0.05
    assert probability_of_one_source(first, [x + 0.6 for x in second]) < RARE
    assert probability_of_one_source([0.0] * 50 + first[50:], second) < RARE


async def _visitors(bank: Bank, office: Bank, cast: Cast) -> Visitors:
    await staff.block(office, cast.drita.number, operator="elona", reason="lost phone")
    await staff.reset(office, cast.besnik.number, operator="elona", reason="forgot")
    return {
        "wrong password": (cast.arta.number, "Wrong12345"),
        "right password": (cast.genti.number, PASSWORD),
        "barred": (cast.drita.number, PASSWORD),
        "reset": (cast.besnik.number, PASSWORD),
        "not registered": (cast.elira.number, PASSWORD),
    }


async def _timed(step: Awaitable[Session]) -> tuple[Session | None, float]:
    begun = time.perf_counter()
    try:
        session = await step
    except SignInFailed:
        session = None
    return session, time.perf_counter() - begun


async def _measure(bank: Bank, admin: Admin, phones: Phones, visitors: Visitors) -> tuple[Series, Series]:
    """Each visitor and a number that nobody has, turn by turn: the steps of the password and of a wrong code."""
    passwords: Series = {who: [] for who in (*visitors, "unknown")}
    codes: Series = {who: [] for who in passwords}
    most = HOUSE.codes.daily_sms
    for turn in range(ROUNDS + 10):
        await admin.execute("DELETE FROM lockout")
        if turn % most == 0:  # nobody is sent more in a day
            await admin.execute("DELETE FROM challenge WHERE sms_at <> '{}'")
        await lose_valkey(bank)
        everyone = [*visitors.items(), ("unknown", (str(700_000_000 + turn), PASSWORD))]
        random.shuffle(everyone)
        for who, (number, password) in everyone:
            session = await login.give_number(bank, number, HOME)
            given, seconds = await _timed(login.give_password(bank, session, password, HOME))
            assert given is not None
            passwords[who].append(seconds)
            wrong = another(last_code(phones)) if phones.sent else "123456"
            refused, seconds = await _timed(login.give_code(bank, given, wrong, HOME))
            assert refused is None
            codes[who].append(seconds)
    return {who: taken[10:] for who, taken in passwords.items()}, {who: taken[10:] for who, taken in codes.items()}


async def _told_apart(measure: Callable[[], Awaitable[tuple[Series, Series]]]) -> set[tuple[str, str]]:
    """At which steps and of whom the time betrays that the number isn't unknown."""
    found = set()
    for step, series in zip(("password", "code"), await measure(), strict=True):
        unknown = series.pop("unknown")
        found |= {(step, who) for who, taken in series.items() if probability_of_one_source(taken, unknown) < RARE}
    return found


@pytest.mark.requirement("R9", "R15", "R20")
async def test_nobody_can_tell_from_the_time_whether_a_number_exists_or_a_password_was_right(
    bank: Bank, office: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    bank = generous(bank)
    visitors = await _visitors(bank, office, cast)

    async def measure() -> tuple[Series, Series]:
        return await _measure(bank, admin, phones, visitors)

    found = await _told_apart(measure)
    if found:
        found &= await _told_apart(measure)
    assert found == set()
