"""Until when people are answered: the law counts working days, and a weekend or a holiday isn't one."""

from datetime import date

from dega.bank import Bank
from dega.clock import local_day
from dega.store import calendar
from dega.store.database import Connection


async def last_day(connection: Connection, bank: Bank, working_days: int) -> date:
    """The last of so many working days after today, in Tirana."""
    return await calendar.working_day_after(connection, local_day(bank.clock.now()), working_days)


def days_for(bank: Bank, kind: str) -> int:
    """In how many working days a letter of this kind is answered."""
    settings = bank.config.inbox
    return settings.complaint_days if kind == "complaint" else settings.message_days
