"""How an account stands (R46), changed by the branch: active, blocked, dormant, closed. Closed is for ever, and empty.

What each allows is the ledger's to enforce (`ledger/decide.py`): only an active account pays; a dormant one receives.
"""

from dega.access import notices
from dega.access.approvals import NotDone
from dega.access.staff import deed
from dega.accounts.accounts import Account, Status, account_from
from dega.bank import Bank
from dega.i18n import LANGUAGES, N_, Language, translate
from dega.ids import compact
from dega.money import format_money
from dega.store import access, accounts, deposits

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.BLOCKED, Status.DORMANT, Status.CLOSED}),
    Status.BLOCKED: frozenset({Status.ACTIVE, Status.CLOSED}),
    Status.DORMANT: frozenset({Status.ACTIVE, Status.BLOCKED, Status.CLOSED}),
    Status.CLOSED: frozenset(),
}
"""Where each state of an account leads. A blocked one doesn't fall asleep: it would receive again."""

WORDS = {
    Status.ACTIVE: N_("active"),
    Status.BLOCKED: N_("blocked"),
    Status.DORMANT: N_("dormant"),
    Status.CLOSED: N_("closed"),
}


async def set_account_status(
    bank: Bank,
    number: str,
    iban: str,
    status: Status,
    was: Status | None = None,
    *,
    operator: str,
    reason: str,
    approval: int | None = None,
) -> None:
    """Move the customer's account to another state; the customer is told. Raises NotDone.

    `was` is the state in which it was asked for; in any other one it isn't done. The account is locked as a posting
    locks it, so that nothing is booked between the look at its balance and its closing.
    """
    async with deed(bank, number, operator, reason, "account.status", approval) as act:
        row = await accounts.lock_account(act.connection, act.customer.id, compact(iban))
        if row is None:
            raise NotDone(f"{act.customer.number} has no account {compact(iban)}.")
        account = account_from(row)
        if was is not None and account.status is not was:
            raise NotDone(f"The account isn't {was} any more but {account.status}. Ask anew if it is still right.")
        refuse_transition(account, status)
        if status is Status.CLOSED and await deposits.is_paid_to(act.connection, account.id):
            raise NotDone("A time deposit is paid out to this account: it stays open until then.")
        await accounts.set_status(act.connection, account.id, status)
        last = f"***{account.iban[-4:]}"
        act.data.update(account=last, before=account.status.value, after=status.value)
        words = translate(_language(act.customer), WORDS[status])
        await notices.tell(act.connection, bank, act.customer, "account_status", account=last, status=words)


async def account_of(bank: Bank, customer_id: int, iban: str) -> Account:
    """The customer's account. Raises NotDone."""
    async with bank.database.connection() as connection:
        row = await accounts.account_of(connection, customer_id, compact(iban))
    if row is None:
        raise NotDone(f"This customer has no account {compact(iban)}.")
    return account_from(row)


def refuse_transition(account: Account, status: Status) -> None:
    """Raises NotDone where the account doesn't lead there, or isn't empty and is to be closed."""
    if account.status is status:
        raise NotDone(f"The account is {status} already.")
    if status not in TRANSITIONS[account.status]:
        ways = ", ".join(sorted(TRANSITIONS[account.status])) or "nothing: it is for ever"
        raise NotDone(f"From {account.status} an account can't become {status}; it may become {ways}.")
    if status is Status.CLOSED and account.balance.minor != 0:
        raise NotDone(f"Only an empty account is closed; {format_money(account.balance)} are in this one.")


def _language(customer: access.Customer) -> Language:
    return next((known for known in LANGUAGES if known == customer.language), LANGUAGES[0])
