"""What many ask of PostgreSQL in one turn of the loop is one statement, and everybody has an answer of their own."""

import asyncio
import gc
from collections.abc import Sequence

import pytest
from cast import Admin, Cast

from dega.bank import Bank
from dega.errors import Busy, PartAway
from dega.sealing import NotSealedHere
from dega.store.database import Connection
from dega.store.payments import Payer, payers
from dega.store.together import LANES, Together


class Doubled:
    """A statement that doubles numbers, knows nothing of odd ones, and writes down how it was asked."""

    def __init__(self, fails: bool = False) -> None:
        self.asked: list[list[int]] = []
        self.fails = fails
        self.at_once = self.most_at_once = 0

    async def __call__(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        self.asked.append(list(keys))
        if self.fails:
            raise ConnectionResetError
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        rows = await connection.fetch("SELECT key, key * 2 FROM unnest($1::int[]) AS key WHERE key % 2 = 0", keys)
        self.at_once -= 1
        return dict(rows)


class Hanging:
    """A statement that answers nobody until it is given up, or not where it is about `only` one."""

    def __init__(self, refused: type[PartAway | Busy], only: int | None = None) -> None:
        self.gives_up = asyncio.Event()
        self.refused = refused
        self.only = only
        self.times = 0

    async def __call__(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        self.times += 1
        if self.only is not None and self.only not in keys:
            return dict.fromkeys(keys, 1)
        await self.gives_up.wait()
        raise self.refused


async def test_those_who_ask_in_one_turn_share_a_statement(bank: Bank) -> None:
    together, doubled = Together(bank.database), Doubled()
    answers = await asyncio.gather(*(together.ask(doubled, n) for n in range(6)))
    assert answers == [0, None, 4, None, 8, None]
    assert doubled.asked == [[0, 1, 2, 3, 4, 5]]


async def test_who_comes_later_is_answered_anew(bank: Bank) -> None:
    together, doubled = Together(bank.database), Doubled()
    assert [await together.ask(doubled, 2), await together.ask(doubled, 2)] == [4, 4]
    assert doubled.asked == [[2], [2]]


async def test_who_comes_while_the_lanes_are_busy_goes_with_the_next(bank: Bank) -> None:
    together, doubled = Together(bank.database), Doubled()

    async def later(turn: int) -> int | None:
        for _ in range(turn):
            await asyncio.sleep(0)
        return await together.ask(doubled, turn * 2)

    assert await asyncio.gather(*(later(turn) for turn in range(12))) == [turn * 4 for turn in range(12)]
    assert len(doubled.asked) <= LANES + 2


async def test_no_more_than_most_share_a_statement_and_all_lanes_are_at_work(bank: Bank) -> None:
    together, doubled = Together(bank.database), Doubled()
    answers = await asyncio.gather(*(together.ask(doubled, n, most=4) for n in range(0, 80, 2)))
    assert answers == [n * 2 for n in range(0, 80, 2)]
    assert [key for keys in doubled.asked for key in keys] == list(range(0, 80, 2))
    assert {len(keys) for keys in doubled.asked} == {4}
    assert doubled.most_at_once == LANES


async def test_who_has_gone_is_not_asked_for(bank: Bank) -> None:
    together, doubled = Together(bank.database), Doubled()
    asked = [asyncio.ensure_future(together.ask(doubled, n, most=2)) for n in (2, 4, 6, 8)]
    asked[0].cancel()
    asked[3].cancel()
    assert [await asked[1], await asked[2]] == [8, 12]
    assert doubled.asked == [[4, 6]]


@pytest.mark.parametrize("refused", [PartAway, Busy])
async def test_where_postgresql_does_not_answer_nobody_waits_for_that_twice(
    bank: Bank, refused: type[PartAway | Busy]
) -> None:
    together, hanging = Together(bank.database), Hanging(refused)
    asked = [together.ask(hanging, n, most=2) for n in range(40)]
    await asyncio.sleep(0.01)
    hanging.gives_up.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {refused}
    assert hanging.times <= LANES


async def test_who_waits_while_the_other_lane_is_answered_is_not_refused_with_one_that_is_held(bank: Bank) -> None:
    together, held = Together(bank.database), Hanging(Busy, only=1)
    asked = [together.ask(held, n, most=2) for n in range(20)]
    await asyncio.sleep(0.3)
    later = [together.ask(held, n, most=2) for n in range(20, 30)]
    held.gives_up.set()
    answers = await asyncio.gather(*asked, *later, return_exceptions=True)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, Busy)] == [0, 1]


async def test_who_gives_up_takes_nobody_elses_answer(bank: Bank) -> None:
    together, doubled = Together(bank.database), Doubled()
    asked = [asyncio.ensure_future(together.ask(doubled, n)) for n in (2, 4, 6)]
    await asyncio.sleep(0)
    asked[1].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert (answers[0], answers[2]) == (4, 12)


async def test_a_row_that_cannot_be_read_harms_nobody_who_asked_in_the_same_turn(
    bank: Bank, admin: Admin, cast: Cast
) -> None:
    """Somebody else's address stands in the row of one customer: it is sealed for another row."""
    everybody = (cast.arta, cast.genti, cast.besnik)
    mailbox = await admin.fetchval("SELECT email FROM customer WHERE id = $1", cast.besnik.id)
    await admin.execute("UPDATE customer SET email = $2 WHERE id = $1", cast.genti.id, mailbox)
    asked = [bank.together.ask(payers, person.id, bank.fields) for person in everybody]
    arta, genti, besnik = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(arta, Payer)
    assert isinstance(genti, NotSealedHere)
    assert isinstance(besnik, Payer)


@pytest.mark.refusal("part_away")
async def test_a_statement_that_fails_is_a_refusal_of_each_ones_own_and_harms_no_other(bank: Bank) -> None:
    together, broken, doubled = Together(bank.database), Doubled(fails=True), Doubled()
    asked = [together.ask(broken, 2), together.ask(broken, 4), together.ask(doubled, 6)]
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, PartAway)
    assert isinstance(second, PartAway)
    assert first is not second
    assert third == 12
    broken.fails = False
    assert await together.ask(broken, 2) == 4


async def test_a_refusal_that_nobody_looks_at_any_more_is_no_complaint_of_the_loop(bank: Bank) -> None:
    """Who asks for two things at once and is refused the first one leaves."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    together, broken = Together(bank.database), Doubled(fails=True)
    second = together.ask(broken, 4)
    with pytest.raises(PartAway):
        await together.ask(broken, 2)
    assert second.done()
    del second
    gc.collect()
    assert complaints == []
