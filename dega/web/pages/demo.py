"""Only in the demo: the phone on which the SMS arrive, and the clock that can be moved, beside which a night is seen at
work. `dega serve` has neither."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from dega.clock import TIRANA, format_day, format_instant, format_time, local
from dega.i18n import N_, translate
from dega.store import night_progress
from dega.store.night_progress import StageRow
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.render import View, page, see_other
from dega.web.routes import Route


class Sms(Protocol):
    """An SMS as it arrived; `code` is empty where it carries none."""

    @property
    def to(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Toys:
    """What the demo lends its pages: the SMS (newest first), how to move the clock, and its customers to try."""

    messages: Callable[[], Sequence[Sms]]
    travel: Callable[[datetime | None], Awaitable[None]]
    password: str
    customers: Sequence[object]


MOST_SHOWN = 12

TOYS = web.AppKey("toys", Toys)


async def phone(request: web.Request) -> web.Response:
    """The SMS as a person would see them."""
    toys = request.app[TOYS]
    messages = [_shown(sms) for sms in reversed(toys.messages()[:MOST_SHOWN])]
    return page(request, "demo/phone.html", messages=messages, customers=toys.customers, password=toys.password)


async def phone_json(request: web.Request) -> web.Response:
    """The same for programs, newest first."""
    return web.json_response([_shown(sms) for sms in request.app[TOYS].messages()])


def _shown(sms: Sms) -> dict[str, str]:
    when = f"{format_time(sms.at)} · {sms.to}"
    return {"to": sms.to, "text": sms.text, "at": sms.at.isoformat(), "time": when, "code": sms.code}


async def clock(request: web.Request) -> web.Response:
    """What time it is at the bank, where to travel, and how far the night has come. While it is at work, or near, the
    page asks for itself again every few seconds, unless it is told to stay (`?still`)."""
    return await _clock(request)


async def move_clock(request: web.Request) -> web.Response:
    """Travel: to an instant on Tirana's wall clock, some minutes on, or back to now."""
    typed = await forms.read(request)
    now = request.app[BANK].clock.now()
    if typed["back"]:
        await request.app[TOYS].travel(None)
        return see_other("/demo/clock")
    if typed["minutes"].isdecimal():
        await request.app[TOYS].travel(now + timedelta(minutes=int(typed["minutes"][:6])))
        return see_other("/demo/clock")
    instant = _read_instant(typed["time"] or typed["at"], now)
    if instant is None:
        return await _clock(request, wrong=True, typed=typed, status=422)
    await request.app[TOYS].travel(instant)
    return see_other("/demo/clock")


async def _clock(
    request: web.Request, *, wrong: bool = False, typed: forms.Typed | None = None, status: int = 200
) -> web.Response:
    bank, freeze = request.app[BANK], request[VISITOR].freeze
    now = bank.clock.now()
    async with bank.database.connection() as connection:
        stages = await night_progress.newest(connection)
    is_at_work = any(not stage.night_is_done for stage in stages)
    return page(
        request,
        "demo/clock.html",
        status=status,
        clock=f"{local(now):%d.%m.%Y %H:%M:%S}",
        wrong=wrong,
        typed=typed if typed is not None else forms.Typed(at=format_instant(now)),
        moves=freeze.closed or freeze.announced or is_at_work,
        still=wrong or "still" in request.query,
        stages=[_stage(request, stage) for stage in stages],
        day=format_day(stages[0].day) if stages else "",
    )


def _stage(request: web.Request, stage: StageRow) -> View:
    text, kind = N_("At work"), "neutral"
    if stage.is_done:
        text, kind = N_("Done"), "good"
    elif stage.has_failed:
        text, kind = N_("Failed, will be tried again"), "bad"
    return {
        "name": stage.stage,
        "state": translate(request[VISITOR].language, text),
        "kind": kind,
        "done": stage.done,
        "total": stage.total,
    }


def _read_instant(text: str, now: datetime) -> datetime | None:
    """`22.11.2026 20:58`, `2026-11-22T20:58` or `20:58` (today), on Tirana's wall clock."""
    for shape in ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%H:%M", "%H:%M:%S"):
        try:
            parsed = datetime.strptime(text.strip(), shape)  # noqa: DTZ007  # the zone follows
        except ValueError:
            continue
        if "%d" not in shape:
            parsed = datetime.combine(local(now).date(), parsed.time())
        return parsed.replace(tzinfo=TIRANA) if 2000 <= parsed.year <= 2100 else None
    return None


DEMO_ROUTES = (
    Route("/demo/phone", "demo-phone", phone),
    Route("/demo/phone.json", "demo-phone", phone_json, plain=True),
    Route("/demo/clock", "demo-clock", clock, move_clock),
)
