"""Brings to people what the bank tells them: one-time codes at once and from memory, everything else from the outbox.

The outbox is told at least once. A row is put off before it is sent and marked after it; who dies in between leaves it
to be sent again a few minutes later. No transaction is open while a gateway is being waited for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from dega.bank import Fate, Sms, Told
from dega.errors import PartAway
from dega.ids import mask_phone
from dega.night.letters import Letters
from dega.outbox import NotDelivered
from dega.sealing import Fields
from dega.store import night, outbox
from dega.store.database import AWAY, Database
from dega.store.outbox import Waiting
from dega.store.together import Together

log = logging.getLogger(__name__)

SendSms = Callable[[Sms], Awaitable[str]]
"""Hands it over, and returns what the provider calls it; raises NotDelivered."""

SendEmail = Callable[[str, str, str, str], Awaitable[None]]
"""Recipient, subject, text and HTML; raises NotDelivered."""

CODES_AT_ONCE = 16
CODES_WAITING = 1000
CODE_PATIENCE_SECONDS = 20
"""A code that couldn't even be tried for so long isn't sent any more: its owner has asked for another one by then."""

ROWS_AT_ONCE = 20
SEND_SECONDS = 60
"""Whatever a gateway allows itself, a row's sending ends here."""

LEASE_SECONDS = 180
"""How long a taken row is nobody else's; longer than sending and marking can take."""

AGAIN_AFTER_SECONDS = (60, 5 * 60, 30 * 60, 2 * 3600, 24 * 3600)
"""After each failure; after the last one the row is given up."""

LOOK_EVERY_SECONDS = 1.0
CLOSING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Code:
    sms: Sms
    told: Told
    accepted_at: float


class CodeDispatch:
    """The bank's CodeSender. Codes are in memory only: what isn't sent when the process ends was never sent."""

    def __init__(self, send_sms: SendSms, *, timeout_seconds: float, most_waiting: int = CODES_WAITING) -> None:
        self._send_sms = send_sms
        self._timeout_seconds = timeout_seconds
        self._queue: asyncio.Queue[_Code] = asyncio.Queue(most_waiting)
        self._closing = False
        self._refusals: set[asyncio.Task[None]] = set()
        self._workers = [asyncio.create_task(self._work(), name=f"codes-{n}") for n in range(CODES_AT_ONCE)]

    def send(self, sms: Sms, told: Told) -> None:
        """Send soon; it is unsent where the gateway refused, was too slow, or too many wait already."""
        if self._closing or self._queue.full():
            _log_unsent(sms, "too many wait")
            self.refuse(told)
            return
        self._queue.put_nowait(_Code(sms, told, asyncio.get_running_loop().time()))

    def refuse(self, told: Told) -> None:
        """Tell soon that it is unsent."""
        refusal = asyncio.create_task(_tell(told, "unsent"))
        self._refusals.add(refusal)
        refusal.add_done_callback(self._refusals.discard)

    async def close(self) -> None:
        """Send what waits, for a few seconds at most; what still waits then has failed."""
        self._closing = True
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._queue.join()
        except TimeoutError:
            log.warning("codes still wait at the end", extra={"codes": self._queue.qsize()})
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        while not self._queue.empty():
            await _tell(self._queue.get_nowait().told, "unsent")
        await asyncio.gather(*self._refusals)

    async def _work(self) -> None:
        while True:
            code = await self._queue.get()
            try:
                why = await self._try(code)
                if why:
                    _log_unsent(code.sms, why)
                await _tell(code.told, "unsent" if why else "handed_over")
            finally:
                self._queue.task_done()

    async def _try(self, code: _Code) -> str:
        """Why it wasn't sent, or nothing."""
        if asyncio.get_running_loop().time() - code.accepted_at > CODE_PATIENCE_SECONDS:
            return "it waited too long"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                theirs = await self._send_sms(code.sms)
        except Exception as error:  # noqa: BLE001  # whatever it was, the code is void; its words may hold the text
            return _reason(error)
        log.info("a code was handed over", extra={"sms": code.sms.id, "theirs": theirs})
        return ""


def _log_unsent(sms: Sms, why: str) -> None:
    log.warning("a code was not sent", extra={"sms": sms.id, "mobile": mask_phone(sms.mobile), "why": why})


async def _tell(told: Told, fate: Fate) -> None:
    try:
        await told(fate)
    except Exception:
        log.exception("what became of a code couldn't be kept; unsent or not, it expires", extra={"fate": fate})


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, NotDelivered) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Senders:
    """How each channel of the outbox is sent, and how a row says to whom."""

    sms: SendSms
    email: SendEmail
    fields: Fields


async def tell(database: Database, senders: Senders, letters: Letters, channel: str) -> int:
    """Send what is due by `channel`, a batch at most; how many rows were taken. Raises PartAway."""
    async with database.transaction() as connection:
        due = await night.take_due(connection, channel, ROWS_AT_ONCE, LEASE_SECONDS)
    together = Together(database)
    outcomes = await asyncio.gather(
        *(_tell_one(database, together, senders, letters, waiting) for waiting in due), return_exceptions=True
    )
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return len(due)


async def _tell_one(
    database: Database, together: Together, senders: Senders, letters: Letters, waiting: Waiting
) -> None:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await _send(senders, letters, waiting)
    except Exception as error:  # noqa: BLE001  # logged there; a row that can't be told must not hold up the others
        await _put_off(database, waiting, error)
        return
    await together.ask(outbox.mark_sent, waiting.id)  # those that the gateway takes at the same time share a statement


async def _send(senders: Senders, letters: Letters, waiting: Waiting) -> None:
    data = msgspec.json.decode(waiting.data, type=dict[str, str])
    recipient = waiting.reveal(senders.fields)
    if waiting.channel == "sms":
        text = letters.sms(waiting.template, waiting.language, data)
        await senders.sms(Sms(f"notice.{waiting.id}", recipient, text))
        return
    letter = letters.email(waiting.template, waiting.language, data)
    await senders.email(recipient, letter.subject, letter.text, letter.html)


async def _put_off(database: Database, waiting: Waiting, error: Exception) -> None:
    tries_left = waiting.attempts < len(AGAIN_AFTER_SECONDS)
    for_good = isinstance(error, NotDelivered) and error.for_good
    again = AGAIN_AFTER_SECONDS[waiting.attempts] if tries_left and not for_good else None
    is_fault = not isinstance(error, NotDelivered | TimeoutError)
    log.log(
        logging.ERROR if is_fault or (again is None and not for_good) else logging.WARNING,
        "something was not told" if again else "something was not told and is given up",
        extra={"outbox": waiting.id, "template": waiting.template, "why": _reason(error), "again_in_seconds": again},
        exc_info=error if is_fault else None,
    )
    async with database.transaction() as connection:
        await outbox.mark_failed(connection, waiting.id, _reason(error), again)


class Dispatcher:
    """Tells what falls due, every second and when it is woken. Each channel has its lane: none waits for another."""

    def __init__(self, database: Database, senders: Senders, letters: Letters) -> None:
        self._database = database
        self._senders = senders
        self._letters = letters
        self._closing = False
        self._woken = {channel: asyncio.Event() for channel in ("sms", "email")}
        self._lanes = [asyncio.create_task(self._run(channel), name=f"dispatch-{channel}") for channel in self._woken]

    def wake(self) -> None:
        """Look now: something may have fallen due."""
        for woken in self._woken.values():
            woken.set()

    async def close(self) -> None:
        """Finish what is being sent, for a few seconds at most; the rest falls due again."""
        self._closing = True
        self.wake()
        _, unfinished = await asyncio.wait(self._lanes, timeout=CLOSING_SECONDS)
        for lane in unfinished:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _run(self, channel: str) -> None:
        while not self._closing:
            self._woken[channel].clear()
            taken = 0
            try:
                taken = await tell(self._database, self._senders, self._letters, channel)
            except (PartAway, *AWAY) as error:
                log.warning("nothing can be told now", extra={"channel": channel, "why": type(error).__name__})
            except Exception:
                log.exception("the outbox could not be told", extra={"channel": channel})
            if not taken and not self._closing:
                await _wait(self._woken[channel], LOOK_EVERY_SECONDS)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
