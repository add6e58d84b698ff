"""Runs what the timetable says is due, day after day and each in its order; how each run went is kept."""

import logging
from datetime import date, datetime, timedelta

from dega.bank import Bank
from dega.clock import local_day
from dega.night.alarms import alarm
from dega.night.timetable import Job
from dega.store import end_of_day as notes
from dega.store import ledger
from dega.store.end_of_day import JobNote

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=5)


async def run_due_jobs(bank: Bank, jobs: tuple[Job, ...]) -> None:
    """Run each job for every day that it is due and wasn't done for, the oldest first.

    What fails holds up itself alone, and is tried again in five minutes.
    """
    async with bank.database.connection() as connection:
        kept = {note.name: note for note in await notes.jobs(connection)}
        clock = await ledger.bank_clock(connection)
    failed: set[str] = set()
    for _, job, day in sorted(_due(jobs, kept, clock), key=lambda due: due[0]):
        if job.name not in failed and not await _run(bank, job, day, kept.get(job.name)):
            failed.add(job.name)


def _due(jobs: tuple[Job, ...], kept: dict[str, JobNote], clock: datetime) -> list[tuple[datetime, Job, date]]:
    due = []
    for job in jobs:
        note = kept.get(job.name)
        if note is not None and note.failed_at is not None and note.failed_at <= clock < note.failed_at + AGAIN_AFTER:
            continue
        today = local_day(clock)
        day = note.done_for + timedelta(days=1) if note is not None and note.done_for is not None else today
        while job.due_on(day) <= clock:
            due.append((job.due_on(day), job, day))
            day += timedelta(days=1)
    return due


async def _run(bank: Bank, job: Job, day: date, before: JobNote | None) -> bool:
    """Run it for that day; whether it went well."""
    async with bank.database.transaction() as connection:
        await notes.begin_job(connection, job.name)
    try:
        done = await job.run(bank)
    except Exception as error:  # noqa: BLE001  # whatever it was, it is kept, told, and tried again
        why = f"{type(error).__name__}: {error}"[:500]
        async with bank.database.transaction() as connection:
            await notes.fail_job(connection, job.name, why)
            again = before is not None and before.failed_at is not None
            await alarm(connection, bank, f"the job “{job.name}”", why, error=error, again=again)
        return False
    async with bank.database.transaction() as connection:
        await notes.end_job(connection, job.name, day, done)
    log.info("a job of the timetable is done", extra={"job": job.name, "day": day.isoformat(), "done": done})
    return True
