"""The one door to what staff do about a customer: at once, or asked for by one operator and done by another.

The list of actions is closed and says of each when it needs two (four eyes): where one person with a name and a reason
could take a customer's access over, or undo what protects it. The configuration may add to that, and take nothing away.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dega.access import approvals, factors, staff
from dega.access.approvals import NotDone
from dega.access.staff import Standing
from dega.accounts.accounts import Status
from dega.bank import Bank
from dega.branch.account_status import account_of, refuse_transition, set_account_status
from dega.clock import format_instant
from dega.ids import mask_email, mask_iban, mask_phone

Arguments = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """It is done. `known_to_be_out` is False where Valkey was away and a page open now may live on for a while."""

    known_to_be_out: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Nothing is done yet: another operator decides the request before it expires (UTC)."""

    request: int
    expires_at: datetime
    shown: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an action would do: its arguments as they will be kept, and what the second operator reads of them."""

    arguments: Arguments
    shown: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that staff do. `needs_two` is asked with the customer's standing; `foresee` refuses what can't be."""

    does: Callable[..., Awaitable[bool | None]]
    needs_two: Callable[[Standing, Arguments], bool]
    foresee: Callable[[Bank, Standing, Arguments], Awaitable[Foreseen]]


async def ask(
    bank: Bank, name: str, number: str, arguments: Arguments | None = None, *, operator: str, reason: str
) -> Done | Asked:
    """Do the action of that name, or keep the request where it needs a second operator. Raises NotDone."""
    approvals.require_reason(operator, reason)
    action, arguments = ACTIONS[name], arguments or {}
    standing = await staff.show(bank, number)
    if not needs_two(bank, name, standing, arguments):
        known = await action.does(bank, standing.customer.number, operator=operator, reason=reason, **arguments)
        return Done(known is not False)
    foreseen = await action.foresee(bank, standing, arguments)
    async with bank.database.transaction() as connection:
        request, expires_at = await approvals.request(
            connection,
            bank,
            standing.customer,
            standing.lockout,
            action=name,
            arguments=foreseen.arguments,
            shown=foreseen.shown,
            operator=operator,
            reason=reason,
        )
    return Asked(request, expires_at, foreseen.shown)


async def approve(bank: Bank, request: int, *, operator: str, reason: str) -> Done:
    """Do what another operator asked for, and mark it, in one transaction: of many at once, one does it.

    Raises NotDone where it is one's own request, decided, expired, or the customer doesn't stand as they did.
    """
    approvals.require_reason(operator, reason)
    asked = await approvals.find(bank, request, operator)
    does, arguments = ACTIONS[asked.action].does, approvals.arguments_of(bank, asked)
    known = await does(bank, asked.number, operator=operator, reason=reason, approval=asked.id, **arguments)
    return Done(known is not False)


def needs_two(bank: Bank, name: str, standing: Standing, arguments: Arguments) -> bool:
    """Whether the action needs a second operator for this customer, as they stand."""
    return name in bank.config.staff.two_operators or ACTIONS[name].needs_two(standing, arguments)


# ---------------------------------------------------------------- when two are needed


def _always(_standing: Standing, _arguments: Arguments) -> bool:
    return True


def _never(_standing: Standing, _arguments: Arguments) -> bool:
    return False


def _ends_a_lasting_block(standing: Standing, _arguments: Arguments) -> bool:
    """A block that doesn't end by itself. Failures alone, before they are a block, one operator may forgive."""
    return standing.lockout.is_lasting


def _is_no_protection(_standing: Standing, arguments: Arguments) -> bool:
    """To block an account or to let it sleep protects it: that mustn't wait for anybody."""
    return arguments.get("status") not in (Status.BLOCKED, Status.DORMANT)


# ---------------------------------------------------------------- what each would do


async def _plainly(_bank: Bank, _standing: Standing, arguments: Arguments) -> Foreseen:
    return Foreseen(arguments, ", ".join(f"{name} {value}" for name, value in arguments.items()))


async def _foresee_unblock(_bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    against = standing.lockout
    if not (against.since or against.failures):
        raise NotDone(f"Nothing stands against {standing.customer.number}: no block and no failure.")
    since = f"blocked {format_instant(against.since)} by {against.by}" if against.since else ""
    return Foreseen(arguments, since or f"failures {against.failures}")


async def _foresee_reset(_bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    staff.refuse_state(standing.customer, staff.RESETS)
    mobile = mask_phone(standing.customer.mobile) if standing.customer.mobile else "no mobile"
    return Foreseen(arguments, f"{standing.state} → reset; the code to register anew goes to {mobile}")


async def _foresee_close(_bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    staff.refuse_state(standing.customer, staff.CLOSES)
    return Foreseen(arguments, f"{standing.state} → closed")


async def _foresee_mobile(_bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    declared, present = staff.read_mobile(arguments["mobile"]), standing.customer.mobile
    if declared == present:
        raise NotDone(f"{standing.customer.number} has this mobile number already.")
    shown = f"{mask_phone(present) if present else 'none'} → {mask_phone(declared)}"
    return Foreseen({"mobile": declared}, shown)


async def _foresee_email(_bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    declared, present = staff.read_email(arguments["email"]), standing.customer.email
    if declared == present:
        raise NotDone(f"{standing.customer.number} has this e-mail address already.")
    shown = f"{mask_email(present) if present else 'none'} → {mask_email(declared)}"
    return Foreseen({"email": declared}, shown)


async def _foresee_factor(bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    for factor in await factors.mine(bank, standing.customer.id):
        if str(factor.id) == arguments["factor"]:
            return Foreseen(arguments, f"{factor.kind} “{factor.name}”, added {format_instant(factor.added_at)}")
    raise NotDone(f"{standing.customer.number} has no factor {arguments['factor']}: `show` lists them.")


async def _foresee_status(bank: Bank, standing: Standing, arguments: Arguments) -> Foreseen:
    account = await account_of(bank, standing.customer.id, arguments["iban"])
    status = Status(arguments["status"])
    refuse_transition(account, status)
    shown = f"{mask_iban(account.iban)}: {account.status} → {status}"
    return Foreseen({"iban": account.iban, "status": status, "was": account.status}, shown)


# ---------------------------------------------------------------- arguments as texts


async def _set_kshbi(bank: Bank, number: str, *, version: str, **who: Any) -> None:
    await staff.set_kshbi(bank, number, int(version), **who)


async def _remove_factor(bank: Bank, number: str, *, factor: str, **who: Any) -> None:
    await staff.remove_factor(bank, number, UUID(factor), **who)


async def _set_status(bank: Bank, number: str, *, iban: str, status: str, was: str = "", **who: Any) -> None:
    await set_account_status(bank, number, iban, Status(status), Status(was) if was else None, **who)


ACTIONS: dict[str, Action] = {
    "block": Action(staff.block, _never, _plainly),
    "end-sessions": Action(staff.end_sessions, _never, _plainly),
    "unblock": Action(staff.unblock, _ends_a_lasting_block, _foresee_unblock),
    "reset": Action(staff.reset, _always, _foresee_reset),
    "close": Action(staff.close, _always, _foresee_close),
    "set-mobile": Action(staff.set_mobile, _always, _foresee_mobile),
    "set-email": Action(staff.set_email, _always, _foresee_email),
    "remove-factor": Action(_remove_factor, _always, _foresee_factor),
    "set-kshbi": Action(_set_kshbi, _never, _plainly),
    "set-language": Action(staff.set_language, _never, _plainly),
    "account-status": Action(_set_status, _is_no_protection, _foresee_status),
}
"""Everything that is done to a customer who is there already."""
