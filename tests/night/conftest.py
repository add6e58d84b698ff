"""Nights: schedulers of several processes on one database, each looking when it is told to."""

from collections.abc import AsyncIterator

import pytest
from night.nights import Process, StartProcess

from dega.bank import Bank
from dega.night.scheduler import Scheduler


@pytest.fixture
async def start_process(bank: Bank) -> AsyncIterator[StartProcess]:
    processes: list[Process] = []

    def start() -> Process:
        said: list[bool] = []
        scheduler = Scheduler(bank, lambda closed, *_: said.append(closed), stages=())
        processes.append(Process(scheduler, said))
        return processes[-1]

    yield start
    for process in processes:
        await process.scheduler.close()


@pytest.fixture
def process(start_process: StartProcess) -> Process:
    return start_process()
