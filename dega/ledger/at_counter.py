"""What the branch books with what it writes down: in the caller's transaction, behind the gate like any payment."""

from dega.bank import Bank
from dega.clock import local_day
from dega.deeds import Booking, Deed
from dega.errors import Refusal
from dega.ledger.decide import Batch, decide
from dega.ledger.post import CLOCKS_APART
from dega.store import ledger
from dega.store.database import Connection


async def book_at_counter(bank: Bank, connection: Connection, deed: Deed) -> Booking:
    """Book a deed of the bank's own in the caller's transaction, which ends soon: it holds up the closing of the gate.

    Raises Refusal; then the caller keeps nothing. Customers' payments and the night's deeds are a ValueError.
    """
    if deed.authority is not None or deed.by_night:
        raise ValueError("the counter books deeds of the bank's own, by day")
    await ledger.pass_gate(connection)
    threshold = await ledger.threshold(connection, 1, len(deed.legs), len(deed.notices), [deed.key])
    accounts = {account for leg in deed.legs for account in (leg.debit_account_id, leg.credit_account_id)}
    locked = await ledger.lock_accounts(connection, sorted(accounts))
    found = await ledger.bookings(connection, list(threshold.booked))
    batch = Batch(
        threshold=threshold,
        window=bank.config.window.window,
        in_window=bank.config.window.window.contains(threshold.clock),
        in_step=abs(threshold.clock - bank.clock.now()) <= CLOCKS_APART,
        payments={},
        accounts=locked,
        booked={key: Booking(*booking) for key, booking in found.items()},
        sheet=ledger.Sheet(
            threshold.clock, bank.config.window.window.value_day(threshold.clock), local_day(threshold.clock)
        ),
    )
    outcome = decide(batch, deed)
    if isinstance(outcome, Refusal):
        raise outcome
    if batch.sheet.audits:
        await ledger.write(connection, bank.fields, batch.sheet)
    return outcome
