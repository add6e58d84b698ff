"""The one way a balance changes: deeds gather while the last batch is being written, and are booked together.

A batch is one transaction of few round trips whatever its size: gate, locks in one order, decisions in Python,
one write, one commit. A deed refused harms no neighbour; a batch that fails is tried deed by deed. Nobody waits for a
timer: an idle bank books a single deed at once.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from dega.clock import Clock, Window, local_day
from dega.deeds import Booking, Deed
from dega.errors import Busy, OutcomePending, PartAway, Refusal
from dega.ledger.decide import Batch, decide
from dega.sealing import Fields
from dega.store import ledger
from dega.store.database import AWAY, CONSTRAINT_BROKEN, STILL_HELD, Connection, Database

log = logging.getLogger(__name__)

CLOCKS_APART = timedelta(seconds=2)
"""More than that between the process and the database, and nothing is booked until they agree again."""

READ_BACK_SECONDS = (0.05, 0.2, 0.5, 1, 2, 4, 8, 15)
"""How long to wait before each look at what became of a commit that went unanswered."""

PASSED_OVER_SECONDS = 0.5
"""For how long a deed is passed over while others go ahead on its accounts."""


class _Unanswered(Exception):
    """The connection died at COMMIT: the batch is booked whole or not at all, and only the database knows."""


class _GateHeld(Exception):
    """The night is closing the gate and waits for others: nothing was booked."""


@dataclass(slots=True)
class _Waiting:
    """A deed with those who wait for it: each has a future of their own, so that one who leaves takes nobody along."""

    deed: Deed
    accounts: frozenset[int]
    since: float
    callers: "list[asyncio.Future[Booking]]" = field(default_factory=list, repr=False)
    answered: bool = False


class GroupPoster:
    """Books deeds in batches, several batches at a time. One for a process; several processes are fine."""

    def __init__(
        self,
        database: Database,
        fields: Fields,
        clock: Clock,
        window: Window,
        *,
        writers: int,
        most_waiting: int,
        most_in_batch: int,
    ) -> None:
        self._database = database
        self._fields = fields
        self._clock = clock
        self._window = window
        self._most_waiting = most_waiting
        self._most_in_batch = most_in_batch
        self._queue: deque[_Waiting] = deque()
        self._by_key: dict[UUID, _Waiting] = {}
        self._work = asyncio.Event()
        self._held: set[int] = set()
        self._closing = False
        self._writers = [asyncio.create_task(self._write_batches(), name=f"poster-{n}") for n in range(writers)]

    async def post(self, deed: Deed, *, patience: float | None = None) -> Booking:
        """Book the deed, once for its key: asked twice, both get the same booking.

        Raises Refusal (nothing was booked), or OutcomePending where the database went away while it was answering, or
        after `patience` seconds. The deed goes on if the caller is cancelled or has no more patience.
        """
        loop = asyncio.get_running_loop()
        waiting = self._by_key.get(deed.key)
        if waiting is None:
            if self._closing or len(self._queue) >= self._most_waiting:
                raise Busy()
            waiting = self._by_key[deed.key] = _Waiting(deed, _accounts_of(deed), loop.time())
            self._queue.append(waiting)
            self._work.set()
        outcome: asyncio.Future[Booking] = loop.create_future()
        waiting.callers.append(outcome)
        if patience is None:
            return await outcome
        given_up = loop.call_later(patience, _give_up, outcome)
        try:
            return await outcome
        finally:
            given_up.cancel()

    def _answer(self, waiting: _Waiting, outcome: Booking | Exception) -> None:
        """Tell everybody who waits for the deed; the first answer counts."""
        if waiting.answered:
            return
        waiting.answered = True
        del self._by_key[waiting.deed.key]
        for caller in waiting.callers:
            if caller.done():  # they are gone
                continue
            if isinstance(outcome, Booking):
                caller.set_result(outcome)
            else:
                caller.set_exception(outcome)

    def is_under_way(self, key: UUID) -> bool:
        """Whether this process is still at the deed."""
        return key in self._by_key

    @property
    def is_alive(self) -> bool:
        """Whether deeds are being written."""
        return not any(writer.done() for writer in self._writers)

    async def close(self) -> None:
        """Take no more deeds, book those that wait, and end."""
        self._closing = True
        self._work.set()
        await asyncio.wait(self._writers)  # who stops waiting breaks off no COMMIT

    async def _write_batches(self) -> None:
        while True:
            await self._work.wait()
            batch = self._take()
            if not batch:
                if self._closing and not self._queue:
                    return
                self._work.clear()
                continue
            accounts = frozenset[int]().union(*[waiting.accounts for waiting in batch])
            self._held |= accounts
            try:
                await self._settle(batch)
            except Exception:
                log.exception("a batch could not be settled")
            finally:  # whatever happens, nobody waits for ever, and the next batch is written
                self._held -= accounts
                self._work.set()
                for waiting in batch:
                    self._answer(waiting, OutcomePending())

    def _take(self) -> list[_Waiting]:
        """The next batch. Writers share all deeds that are under way or wait: while one batch is decided here, another
        is written there. Deeds on an account that a batch under way holds stay: there they would only wait for its
        lock. For the same reason deeds on an account of this very batch come along, whosever share they are, unless one
        that came before is left on their other account. Between two accounts that always one batch or another holds, a
        deed would stay for ever, so that after a while nobody goes ahead of it on either."""
        share = min(-(-len(self._by_key) // len(self._writers)), self._most_in_batch)
        overdue = asyncio.get_running_loop().time() - PASSED_OVER_SECONDS
        held, taken, left = set(self._held), set[int](), set[int]()
        batch: list[_Waiting] = []
        passed: list[_Waiting] = []
        while self._queue and len(batch) < self._most_in_batch:
            waiting = self._queue.popleft()
            accounts = waiting.accounts
            comes_along = not taken.isdisjoint(accounts) and left.isdisjoint(accounts)
            if held.isdisjoint(accounts) and (len(batch) < share or comes_along):
                batch.append(waiting)
                taken |= accounts
                continue
            passed.append(waiting)
            left |= accounts
            if waiting.since < overdue:
                held |= accounts
        self._queue.extendleft(reversed(passed))
        return batch

    async def _settle(self, batch: list[_Waiting], *, again: bool = True) -> None:
        """Give every deed of the batch its outcome."""
        try:
            outcomes = await self._book([waiting.deed for waiting in batch])
        except _Unanswered:
            await self._read_back(batch)
            return
        except (PartAway, _GateHeld) as error:
            for waiting in batch:
                self._answer(waiting, Busy() if isinstance(error, _GateHeld) else error)
            return
        except Exception as error:  # noqa: BLE001  # each deed is told what became of it
            await self._settle_one_by_one(batch, error, again=again)
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            self._answer(waiting, outcome)

    async def _settle_one_by_one(self, batch: list[_Waiting], error: Exception, *, again: bool) -> None:
        """One poisoned deed harms only itself. What the schema alone saw, a race, is decided anew once."""
        if len(batch) > 1:
            log.warning("a batch failed and is tried deed by deed", extra={"deeds": len(batch)}, exc_info=error)
            for waiting in batch:
                await self._settle([waiting])
        elif again and isinstance(error, CONSTRAINT_BROKEN):
            await self._settle(batch, again=False)
        elif isinstance(error, STILL_HELD):  # somebody holds one of its accounts for too long
            self._answer(batch[0], Busy())
        else:
            log.warning("a deed could not be booked", extra={"deed": str(batch[0].deed.key)}, exc_info=error)
            self._answer(batch[0], error)

    async def _book(self, deeds: list[Deed]) -> list[Booking | Refusal]:
        async with self._database.posting() as connection:
            try:
                await self._begin(connection)
                batch = await self._read(connection, deeds)
                outcomes = [decide(batch, deed) for deed in deeds]
                await self._look_again(connection, deeds, outcomes)
                if batch.sheet.audits:
                    await ledger.write(connection, self._fields, batch.sheet)
            except AWAY as error:
                raise PartAway() from error
            except BaseException:
                with suppress(*AWAY):  # a connection that is gone takes its transaction along
                    await ledger.roll_back(connection)
                raise
            try:
                await ledger.commit(connection)
            except AWAY as error:
                raise _Unanswered() from error
            return outcomes

    @staticmethod
    async def _look_again(connection: Connection, deeds: list[Deed], outcomes: list[Booking | Refusal]) -> None:
        """Nothing is refused that another process booked while this one waited for the accounts.

        In place of the refusal comes the booking. Where there is a payment, its own lock has told already.
        """
        refused = {
            deed.key: place
            for place, (deed, outcome) in enumerate(zip(deeds, outcomes, strict=True))
            if isinstance(outcome, Refusal) and deed.authority is None
        }
        if refused:
            for key, booking in (await ledger.bookings(connection, list(refused))).items():
                outcomes[refused[key]] = Booking(*booking)

    @staticmethod
    async def _begin(connection: Connection) -> None:
        try:
            await ledger.begin(connection)
        except STILL_HELD as error:
            raise _GateHeld() from error

    async def _read(self, connection: Connection, deeds: list[Deed]) -> Batch:
        legs = [leg for deed in deeds for leg in deed.legs]
        authorities = [deed.authority for deed in deeds if deed.authority is not None]
        notices = sum(max(len(deed.notices), len(deed.notices_to_new_payee or ())) for deed in deeds)
        unprepared = [deed.key for deed in deeds if deed.authority is None]  # of the others the payment's row says it
        threshold = await ledger.threshold(connection, len(deeds), len(legs), notices, unprepared)
        in_step = abs(threshold.clock - self._clock.now()) <= CLOCKS_APART
        day = local_day(threshold.clock)
        payments = {}
        if authorities:
            payments = await ledger.lock_payments(connection, [a.payment_id for a in authorities], day)
        accounts = {account for leg in legs for account in (leg.debit_account_id, leg.credit_account_id)}
        locked = await ledger.lock_accounts(connection, sorted(accounts))
        booked: dict[UUID, Booking] = {}
        done = [*threshold.booked]
        done += [payment.id for payment in payments.values() if payment.state == "posted"]
        if done:
            found = await ledger.bookings(connection, done)
            booked = {key: Booking(*booking) for key, booking in found.items()}
        return Batch(
            threshold=threshold,
            window=self._window,
            in_window=self._window.contains(threshold.clock),
            in_step=in_step,
            payments=payments,
            accounts=locked,
            booked=booked,
            sheet=ledger.Sheet(threshold.clock, self._window.value_day(threshold.clock), day),
        )

    async def _read_back(self, batch: list[_Waiting]) -> None:
        """What became of a batch whose commit went unanswered, once the database can say it.

        Its accounts are locked first, so that a server process that is still at it has ended; and a row is kept
        before anything is told, so that a standby that takes over later has both or neither.
        """
        keys = [waiting.deed.key for waiting in batch]
        accounts = sorted({account for waiting in batch for account in waiting.accounts})
        for seconds in READ_BACK_SECONDS:
            await asyncio.sleep(seconds)
            try:
                async with self._database.transaction() as connection:
                    await ledger.lock_accounts(connection, accounts)
                    found = await ledger.bookings(connection, keys)
                    await ledger.write_read_back(connection, keys)
            except Exception as error:  # whatever is wrong with the database: look again later
                log.warning("outcomes can't be read back yet", extra={"deeds": len(keys)}, exc_info=error)
                continue
            for waiting in batch:
                booked = found.get(waiting.deed.key)
                self._answer(waiting, Booking(*booked) if booked else PartAway())
            return


def _give_up(outcome: "asyncio.Future[Booking]") -> None:
    if not outcome.done():
        outcome.set_exception(OutcomePending())


def _accounts_of(deed: Deed) -> frozenset[int]:
    return frozenset([account for leg in deed.legs for account in (leg.debit_account_id, leg.credit_account_id)])
