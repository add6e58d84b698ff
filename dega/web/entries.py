"""Entries of an account as rows of a page, under their Tirana days.

A page has up to fifty of them, a statement more, and what they cost is most of what such a page costs. So the template
makes its row once for each shape that it has, and an entry's values are laid between the pieces of that.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache, lru_cache, partial
from itertools import product

from markupsafe import Markup, escape

from dega.accounts.titles import name_of, title
from dega.clock import TIMES, format_day, local_hour
from dega.i18n import N_, Language, translate
from dega.ids import mask_iban, reference
from dega.money import Currency, money_in
from dega.store.accounts import Entry
from dega.web.environment import make, special

WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip


def rows_of(entries: Iterable[Entry], currency: Currency, language: Language) -> Markup:
    """Entries of an account in that currency as rows under their days, in the order they come; nothing for none."""
    written: list[str] = []
    last, money, say = None, money_in(currency), partial(translate, language)
    before_day, before_rows, behind_rows = _day_pieces(language)
    pieces, transfer = _entry_pieces(language), say(N_("Transfer"))
    for _, booked_epoch, minor, after, purpose, movement_id, kind, text, party, iban, payment_id in entries:
        hour, second = divmod(int(booked_epoch), 3600)
        day, minute = local_hour(hour)
        if day != last:
            written += (behind_rows if last else "", before_day, _day(day, language), before_rows)
            last = day
        what = title(purpose, kind, text, say) if name_of(purpose, kind) else text or transfer
        other = mask_iban(iban) if iban else ""
        who = f"{party} · {other}" if party and other else party or other
        if special(what + who):
            what, who = escape(what), escape(who)
        piece = pieces[payment_id is None, not who, minor < 0]
        written += (
            piece[0], TIMES[minute + second // 60],
            piece[1], payment_id or "",
            piece[2], what,
            piece[3], who,
            piece[4], reference(movement_id),
            piece[5], money(abs(minor)),
            piece[6], money(after),
            piece[7],
        )  # fmt: skip
    if last:
        written.append(behind_rows)
    return Markup("".join(written))  # noqa: S704  # pieces of templates; what is typed is escaped


@cache
def _day_pieces(language: Language) -> tuple[str, ...]:
    """What stands before a day's name, between it and the day's rows, and behind them."""
    return _cut(_macro(language, "day")(*_marks("day", "rows")), "day", "rows")


@cache
def _entry_pieces(language: Language) -> dict[tuple[bool, bool, bool], tuple[str, ...]]:
    """What stands before, between and behind the values of a row: of an entry without a receipt or with one, with
    nobody on the other side or somebody, that went out or came in."""
    names = ("time", "payment", "text", "party", "reference", "amount", "balance")
    time, payment, text, party, ref, amount, balance = _marks(*names)
    row, found = _macro(language, "entry"), {}
    for is_bare, is_alone, is_debit in product((False, True), repeat=3):
        payment_or_none, party_or_none, sign = "" if is_bare else payment, "" if is_alone else party, "+-"[is_debit]
        made = row(time, payment_or_none, text, party_or_none, ref, sign, amount, balance)
        found[is_bare, is_alone, is_debit] = _cut(made, *names)
    return found


def _macro(language: Language, name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = getattr(make(language).get_template("parts/page.html").module, name)
    return macro


def _marks(*names: str) -> tuple[str, ...]:
    """What stands for values while a template makes its pieces."""
    return tuple(f"\0{name}\0" for name in names)


def _cut(made: str, *names: str) -> tuple[str, ...]:
    """The pieces around the values, which the template shows in this order; before one that it leaves out: nothing."""
    pieces = []
    for mark in _marks(*names):
        before, is_there, behind = made.partition(mark)
        pieces.append(before if is_there else "")
        made = behind if is_there else made
    return (*pieces, made)


@lru_cache(maxsize=4096)
def _day(day: date, language: Language) -> str:
    return f"{translate(language, WEEKDAYS[day.weekday()])}, {format_day(day)}"
