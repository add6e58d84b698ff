"""Staff are reminded of letters before their last day is over, and of answers that reached nobody."""

from dega import audit, outbox
from dega.audit import Actor
from dega.bank import Bank
from dega.clock import local_day
from dega.contact import deadline, notices
from dega.store import contact as store


async def remind_staff(bank: Bank) -> int:
    """One e-mail a day with all letters that wait for staff; of how many. Again on the same day only of new ones.

    Nobody is reminded where `[inbox] reminder_email` is empty. Raises PartAway.
    """
    settings = bank.config.inbox
    if not settings.reminder_email:
        return 0
    async with bank.database.transaction() as connection:
        soon = await deadline.last_day(connection, bank, settings.reminder_days)
        letters = await store.remind(connection, local_day(bank.clock.now()), soon)
        if not letters:
            return 0
        letters.sort(key=lambda row: (row.due_on, row.reference))
        await outbox.put(connection, bank, notices.reminder(bank, letters))
        await audit.record(connection, Actor("bank"), "inbox.reminded", "inbox", letters=len(letters))
    return len(letters)
