"""From the time that an answer takes nobody learns whether a letter is there (as in `access/test_timing`)."""

import random
import time

from access.test_timing import RARE, ROUNDS, probability_of_one_source
from access.watching import lose_valkey
from cast import Cast
from contact.writing import STRANGER, author, grumble

from dega.bank import Bank
from dega.contact.letters import follow
from dega.errors import NotFound
from dega.ids import new_message_reference


async def _timed(bank: Bank, reference: str) -> float:
    begun = time.perf_counter()
    try:
        await follow(bank, STRANGER, reference, "guess@example.org")
    except NotFound:
        return time.perf_counter() - begun
    raise AssertionError("a guess was right")


async def _measure(bank: Bank, letters: dict[str, str]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {who: [] for who in (*letters, "unknown")}
    for _ in range(ROUNDS + 10):
        await lose_valkey(bank)
        turn = [*letters.items(), ("unknown", new_message_reference())]
        random.shuffle(turn)
        for who, reference in turn:
            taken[who].append(await _timed(bank, reference))
    return {who: seconds[10:] for who, seconds in taken.items()}


def _told_apart(taken: dict[str, list[float]]) -> set[str]:
    unknown = taken.pop("unknown")
    return {who for who, seconds in taken.items() if probability_of_one_source(seconds, unknown) < RARE}


async def test_nobody_can_tell_from_the_time_whether_a_letter_is_there(bank: Bank, cast: Cast) -> None:
    letters = {
        "a stranger's": await grumble(bank),
        "without a contact": await grumble(bank, author(cast.arta), contact=""),
    }
    found = _told_apart(await _measure(bank, letters))
    if found:
        found &= _told_apart(await _measure(bank, letters))
    assert found == set()
