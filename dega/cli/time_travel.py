"""Time travel, for the demo and the tests only: process and database move together. `dega serve` has no way here, and
won't begin on a database that has travelled; where somebody moves it while the bank is served, nothing is booked and
`/health/ready` says so.

It needs the role of the migrations: the web process's own can't move the database's clock.
"""

from datetime import datetime, timedelta

import asyncpg

from dega.clock import Clock, MovableClock, local_day
from dega.store import ledger
from dega.store.database import Connection

_MOVE = """
INSERT INTO time_travel (moved_by) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET moved_by = excluded.moved_by
"""

_FORGET_INTEREST = """
DELETE FROM interest_period WHERE closed_on IS NULL AND first_day >= $1
"""
_TAKE_INTEREST_BACK = """
UPDATE interest_period p
   SET upto = $1::date - 1,
       accrued = (
           SELECT coalesce(sum(abs(b.minor) * r.rate_ppm * (26280 / r.year)), 0)
             FROM account a
            CROSS JOIN generate_series(p.first_day, $1::date - 1, interval '1 day') AS days (day)
            CROSS JOIN LATERAL (
                  SELECT coalesce(sum(e.amount_minor), 0) AS minor
                    FROM entry e
                    JOIN transfer t ON t.id = e.transfer_id
                    JOIN movement m ON m.id = t.movement_id
                   WHERE e.account_id = a.id
                     AND bears_interest_from(m.value_date, m.by_night, t.purpose) <= days.day::date) b
             JOIN interest_rate_span r ON r.product = a.product AND r.currency = a.currency AND r.side = p.side
              AND r.first_day <= days.day::date AND days.day::date < r.before_day
            WHERE a.id = p.account_id AND p.side = CASE WHEN b.minor < 0 THEN 'debit' ELSE 'credit' END)
 WHERE p.closed_on IS NULL AND p.upto >= $1
"""


async def clock_of(connection: Connection) -> Clock:
    """The clock of this database's bank, for the commands of staff: the system's, moved as far as the demo moved it."""
    offset = await ledger.clock_offset(connection)
    return MovableClock(Clock().now() + offset) if offset else Clock()


_SKIP = """
INSERT INTO night (day, begun_at, ended_at) SELECT $1, at, at FROM bank_clock() AS at
ON CONFLICT (day) DO UPDATE SET ended_at = coalesce(night.ended_at, excluded.ended_at)
"""

_THAW = "UPDATE gate SET closed_by = 'night', reason = '', held_until = NULL WHERE closed_by = 'operator'"


class TimeMachine:
    """Moves one process's clock and one database's clock by the same offset."""

    def __init__(self, clock: MovableClock, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._clock = clock
        self._connection = connection

    async def travel_to(self, instant: datetime) -> None:
        """Make it `instant` now. Durations (sessions, lives of codes) don't notice."""
        self._clock.travel_to(instant)
        await self._connection.execute(_MOVE, self._clock.offset)

    async def wait(self, seconds: float) -> None:
        """Let that many seconds pass, for dates and durations alike."""
        self._clock.wait(seconds)
        await self._connection.execute(_MOVE, self._clock.offset)

    async def forget_nights(self) -> None:
        """Nights of days that haven't ended at the clock's time are as if they had never been: they will come again.

        What they booked stays, and is booked no second time. What had accrued and isn't settled is taken back with
        them, since the days may end with other balances now; interest that a quarter or a month has settled stays too.
        """
        today = local_day(self._clock.now())
        async with self._connection.transaction():
            await self._connection.execute("DELETE FROM night_stage WHERE day >= $1", today)
            await self._connection.execute("DELETE FROM night WHERE day >= $1", today)
            # What accrued never comes back, says the schema, and in a bank whose time goes one way it needn't.
            await self._connection.execute("SET LOCAL session_replication_role = replica")
            await self._connection.execute("DELETE FROM accrual WHERE day >= $1", today)
            await self._connection.execute(_FORGET_INTEREST, today)
            await self._connection.execute(_TAKE_INTEREST_BACK, today)

    async def skip_nights(self) -> None:
        """The days before the clock's are as if they were closed: a demo that begins in another year begins there."""
        yesterday = local_day(self._clock.now()) - timedelta(days=1)
        await self._connection.execute(_SKIP, yesterday)

    async def thaw(self) -> None:
        """What an operator of an earlier demo stopped is the night's again: it opens the gate when it may."""
        await self._connection.execute(_THAW)

    async def return_to_now(self) -> None:
        """Back to the system's time."""
        await self.travel_to(self._clock.now() - self._clock.offset)
        await self._connection.execute(_MOVE, timedelta(0))
