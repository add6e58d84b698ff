"""Account activity ("Veprimet e Llogarisë"): what was booked in one account, newest first, each with the balance after.

Pages are cut by the account's own numbering of its entries, so that new bookings neither shift nor repeat rows. One
look reads at most MOST_READ entries, whatever is searched for; where it ends too early, the next page goes on.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from dega.accounts.accounts import Account, find, my_accounts
from dega.bank import Bank
from dega.clock import day_start
from dega.errors import (
    AmountMissing,
    AmountZero,
    DaysInverted,
    NotFound,
    Refusal,
    Refusals,
    TextCharacters,
    TextTooLong,
)
from dega.ids import CodeError, TextError, TextProblem, clean_text, compact, parse_reference
from dega.money import Currency
from dega.store import accounts
from dega.store.accounts import Entry, Look, Sieve
from dega.store.database import Connection
from dega.typed import read_amount, read_day

MOST_READ = 10_000
"""Entries that one look reads at most: years of a customer's, and some 50 ms of the database if none has the text."""

CLOCK_WENT_BACK = timedelta(hours=1)
"""At most so much earlier than the one before it an entry says it was booked: a database's clock may be set right."""

LONGEST_TEXT = 140
"""Characters that can be searched for; a payment's description has no more."""

NOTHING_FILTERED = Sieve()

ON_A_PAGE = 50
"""Entries that a page shows at most; files and statements take more at a time."""

LOOKS_TOGETHER = 16
"""Pages whose entries are read in one statement at most: while theirs are being read, others' are being written."""


class Cursor(Struct, frozen=True):
    """A place between two entries of an account: what is older, or newer, than its entry number `seq`."""

    direction: Literal["older", "newer"]
    seq: int

    def __str__(self) -> str:
        return f"{self.direction}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor that was written as `text`. Raises NotFound: nobody types one."""
        match = re.fullmatch(r"(older|newer)-([0-9]{1,18})", text)
        if match is None:
            raise NotFound()
        return cls("older" if match[1] == "older" else "newer", int(match[2]))


class Filter(Struct, frozen=True):
    """Which entries to see: Tirana days, both included; minor units whatever the sign; a text, or a whole reference; or
    those with these numbers."""

    iban: str
    first_day: date | None = None
    last_day: date | None = None
    text: str = ""
    min_minor: int | None = None
    max_minor: int | None = None
    cursor: Cursor | None = None
    seqs: range | None = None


class Page(Struct, frozen=True):
    """Some entries of one account, newest first, and where the newer and the older ones begin (None: there are none).

    `is_unfinished`: the look ended at its bound before the page was full, and `older` or `newer` goes on.
    """

    account: Account
    entries: Sequence[Entry]
    newer: Cursor | None
    older: Cursor | None
    is_unfinished: bool


async def activity(
    bank: Bank, customer_id: int, chosen: Filter, most: int = ON_A_PAGE, *, mine: Sequence[Account] | None = None
) -> Page:
    """The page of entries that the filter chooses. Raises NotFound for an account that isn't the customer's.

    `mine`: the customer's accounts, of whoever has just read them.
    """
    sieve = _sieve(chosen)
    upwards = chosen.cursor is not None and chosen.cursor.direction == "newer"
    account = find(await my_accounts(bank, customer_id) if mine is None else mine, chosen.iban)
    if sieve == NOTHING_FILTERED:
        # Numbers have no gaps: a page is as many entries as it shows, and one beyond.
        bounds = range(1, account.last_seq + 1) if chosen.seqs is None else chosen.seqs
        seqs = _within_reach(chosen.cursor, bounds, most + 1)
        look = Look(customer_id, account.id, seqs.start, seqs.stop)
        newest_first = await _within(bank, look)
        found = newest_first[::-1] if upwards else newest_first
    else:
        sifted = accounts.entries_after if upwards else accounts.entries_before
        async with bank.database.connection() as connection:
            bounds = await _bounds(connection, account, sieve) if chosen.seqs is None else chosen.seqs
            seqs = _within_reach(chosen.cursor, bounds, MOST_READ)
            found = await sifted(connection, customer_id, account.iban, seqs, sieve, most + 1)
    is_full = len(found) > most
    shown = found[:most][::-1] if upwards else found[:most]
    # What this page has looked through; the newer and the older pages lie beyond its two ends.
    stop = shown[0].seq + 1 if is_full and upwards else seqs.stop
    start = shown[-1].seq if is_full and not upwards else seqs.start
    newer = Cursor("newer", stop - 1) if stop < bounds.stop else None
    older = Cursor("older", start) if start > bounds.start else None
    return Page(
        account=account,
        entries=shown,
        newer=newer,
        older=older,
        is_unfinished=not is_full and (newer if upwards else older) is not None,
    )


async def _bounds(connection: Connection, account: Account, sieve: Sieve) -> range:
    """The numbers between which everything lies that the sieve lets through by its days.

    Only of an account that one look may not read whole: a demo's clock goes back by days, and its accounts are small.
    """
    beyond = account.last_seq + 1
    begins = sieve.booked_from and sieve.booked_from - CLOCK_WENT_BACK
    ends = sieve.booked_before and sieve.booked_before + CLOCK_WENT_BACK
    moments = [moment for moment in (begins, ends) if moment is not None]
    if beyond <= MOST_READ or not moments:
        return range(1, beyond)
    firsts = await accounts.firsts_since(connection, account.id, moments, beyond)
    return range(firsts[begins] if begins else 1, firsts[ends] if ends else beyond)


def _within_reach(cursor: Cursor | None, bounds: range, reach: int) -> range:
    """The numbers of the entries that one look from this place may read."""
    if cursor is not None and cursor.direction == "newer":
        start = min(max(cursor.seq + 1, bounds.start), bounds.stop)
        return range(start, min(bounds.stop, start + reach))
    stop = max(bounds.start, min(cursor.seq, bounds.stop)) if cursor else bounds.stop
    return range(max(bounds.start, stop - reach), stop)


async def _within(bank: Bank, look: Look) -> list[Entry]:
    """What pages ask for, together with others'; a thousand rows for a file alone, so that no page waits for them."""
    if look.stop - look.start <= ON_A_PAGE + 1:  # with the one beyond, which tells of another page
        return await bank.together.ask(accounts.entries_within, look, most=LOOKS_TOGETHER) or []
    async with bank.database.connection() as connection:
        return (await accounts.entries_within(connection, [look]))[look]


def _sieve(chosen: Filter) -> Sieve:
    """What the store looks for: instants for days, and patterns in which nothing typed is a wildcard."""
    text = chosen.text
    return Sieve(
        booked_from=day_start(chosen.first_day) if chosen.first_day else None,
        booked_before=day_start(chosen.last_day + timedelta(days=1)) if chosen.last_day else None,
        least_minor=chosen.min_minor,
        most_minor=chosen.max_minor,
        words=_pattern(text) if text else None,
        iban=_pattern(compact(text)) if _may_be_of_an_iban(text) else None,
        movement_id=_movement(text),
    )


def _pattern(text: str) -> str:
    """Everything that contains the text, whether its ë and ç were typed or not; the store compares without them."""
    text = text.translate(str.maketrans("ëçËÇ", "ecEC"))
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _may_be_of_an_iban(text: str) -> bool:
    """Four characters and a digit: otherwise every word with an `al` in it would find every Albanian account."""
    return re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{4,34}", compact(text)) is not None


def _movement(text: str) -> int | None:
    try:
        return parse_reference(text)
    except CodeError:
        return None


def parse_filter(typed: Mapping[str, str], mine: Sequence[Account]) -> Filter:
    """The filter from the form's fields `account`, `from`, `to`, `text`, `min`, `max` and the address's `page`.

    Whatever is left empty doesn't filter; without an account it is the first of `mine`. Raises Refusals with all that
    is wrong in the fields; NotFound for an account that isn't among `mine`, or a page that can't be.
    """
    account = _account(typed.get("account", ""), mine)
    refusals: list[Refusal] = []
    first_day = _day(typed, "from", refusals)
    last_day = _day(typed, "to", refusals)
    if first_day and last_day and first_day > last_day:
        refusals.append(DaysInverted("from"))
    text = _text(typed, "text", refusals)
    min_minor = _amount(typed, "min", account.currency, refusals)
    max_minor = _amount(typed, "max", account.currency, refusals)
    if min_minor is not None and max_minor is not None and min_minor > max_minor:
        min_minor, max_minor = max_minor, min_minor
    cursor = Cursor.parse(typed["page"]) if typed.get("page") else None
    if refusals:
        raise Refusals(refusals)
    return Filter(account.iban, first_day, last_day, text, min_minor, max_minor, cursor)


def _account(typed: str, mine: Sequence[Account]) -> Account:
    iban = compact(typed)
    for account in mine:
        if not iban or account.iban == iban:
            return account
    raise NotFound()


def _day(typed: Mapping[str, str], field: str, refusals: list[Refusal]) -> date | None:
    text = typed.get(field, "")
    if not text.strip():
        return None
    try:
        return read_day(text, field)
    except Refusal as refusal:
        refusals.append(refusal)
        return None


def _text(typed: Mapping[str, str], field: str, refusals: list[Refusal]) -> str:
    try:
        return clean_text(typed.get(field, ""), LONGEST_TEXT)
    except TextError as error:
        if error.reason is TextProblem.TOO_LONG:
            refusals.append(TextTooLong(field, most=LONGEST_TEXT))
        elif error.reason is TextProblem.CHARACTERS:
            refusals.append(TextCharacters(field))
        return ""


def _amount(typed: Mapping[str, str], field: str, currency: Currency, refusals: list[Refusal]) -> int | None:
    """Nothing and zero limit nothing here; all else is said as it would be of a payment."""
    try:
        return read_amount(typed.get(field, ""), currency, field).minor
    except (AmountMissing, AmountZero):
        return None
    except Refusal as refusal:
        refusals.append(refusal)
        return None
