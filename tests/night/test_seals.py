"""The leader among the processes seals the books again and again, and tells the head to a place outside them."""

import asyncio
import logging
import os
from pathlib import Path

import pytest
from cast import Admin, Cast, fund
from night.eventually import eventually

from dega.bank import Bank
from dega.ledger.chain import Head
from dega.ledger.sealer import HeadLost
from dega.night.scheduler import Scheduler
from dega.night.seals import SealRound, read_head
from dega.night.timetable import Round


def round_of(bank: Bank, folder: Path | None = None) -> SealRound:
    return SealRound(bank.database, bank.keys.seals, str(folder or ""))


async def test_the_head_is_told_to_the_log_and_to_a_file_after_each_seal(
    bank: Bank, cast: Cast, admin: Admin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seal = round_of(bank, tmp_path)
    assert [await seal(), await seal()] == [1, 0]
    await fund(bank, cast.arta.lek, 100)
    assert await seal() == 1
    macs = [row["mac"] for row in await admin.fetch("SELECT mac FROM seal ORDER BY number")]
    heads = [str(Head(number, mac)) for number, mac in enumerate(macs, 1)]
    told = [record for record in caplog.records if record.message == "the books are sealed"]
    assert [getattr(record, "head", "") for record in told] == heads
    assert str(read_head(tmp_path)) == heads[-1]
    assert os.listdir(tmp_path) == ["head"]


async def test_a_head_that_could_not_be_written_is_written_the_next_time(
    bank: Bank, cast: Cast, tmp_path: Path
) -> None:
    seal = round_of(bank, tmp_path / "later")
    with pytest.raises(FileNotFoundError):
        await seal()
    (tmp_path / "later").mkdir()
    assert await seal() == 0
    assert read_head(tmp_path / "later") is not None


async def test_a_file_of_an_older_head_is_no_loss_and_goes_on_to_the_last_one(
    bank: Bank, cast: Cast, tmp_path: Path
) -> None:
    await round_of(bank, tmp_path)()
    await fund(bank, cast.arta.lek, 100)
    await round_of(bank)()  # another process led meanwhile, with a folder of its own
    await round_of(bank, tmp_path)()
    head = read_head(tmp_path)
    assert head is not None
    assert head.number == 2


async def test_a_file_that_names_a_seal_of_another_chain_stops_the_sealing(
    bank: Bank, cast: Cast, admin: Admin, tmp_path: Path
) -> None:
    (tmp_path / "head").write_text(str(Head(7, bytes(32))))
    with pytest.raises(HeadLost):
        await round_of(bank, tmp_path)()
    assert await admin.fetchval("SELECT count(*) FROM seal") == 0
    assert read_head(tmp_path) == Head(7, bytes(32))


def scheduler(bank: Bank, *rounds: Round) -> Scheduler:
    return Scheduler(bank, lambda *_: None, stages=(), jobs=(), rounds=rounds)


async def test_only_the_leader_makes_its_rounds_and_a_failing_one_goes_on(
    bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[str] = []

    def fail_as(name: str) -> Round:
        async def fail() -> int:
            made.append(name)
            raise ZeroDivisionError

        return Round(name, 0.01, fail)

    processes = [scheduler(bank, fail_as("leader")), scheduler(bank, fail_as("other"))]
    for process in processes:
        await process.turn()
        process.start()
    await eventually(lambda: len(made) > 2)
    await asyncio.gather(*(process.close() for process in processes))
    assert set(made) == {"leader"}
    assert "a round failed" in caplog.messages


async def test_a_running_night_seals_what_is_booked(bank: Bank, cast: Cast, admin: Admin) -> None:
    process = scheduler(bank, Round("seal the books", 0.02, round_of(bank)))
    process.start()
    booking = await fund(bank, cast.arta.lek, 100)
    await eventually(lambda: _is_sealed(admin, booking.movement_id))
    await process.close()


async def _is_sealed(admin: Admin, movement_id: int) -> bool:
    return await admin.fetchval("SELECT max(movement_upto) FROM seal") == movement_id
