"""How the tests give orders: prepare, get a code, confirm; and how a night pays them."""

import re
from datetime import date
from uuid import UUID

from cast import Account, Person
from conftest import Phones
from paying import ACTOR

from dega.access import lockout, otp
from dega.bank import Bank
from dega.payments.asking import ask_about_order
from dega.payments.confirm_order import bind_code, confirm_order
from dega.payments.due import pay_due
from dega.payments.kinds import KINDS
from dega.payments.prepare_order import prepare_order
from dega.payments.standing_orders import Act, StandingOrder, digest_of, find_order

MONDAY = date(2026, 11, 23)

DATES = {"frequency": "monthly", "first_on": "23.11.2026", "last_on": "", "holiday_rule": "same"}


async def prepare_to(bank: Bank, payer: Person, to: Account, amount: str = "1250,00", **more: str) -> UUID:
    """A draft of an order to somebody's account; `more` replaces fields of the form."""
    replaces = UUID(more.pop("replaces")) if "replaces" in more else None
    typed = {
        "from_account": payer.lek.iban,
        "to_iban": to.iban,
        "amount": amount,
        "description": "Qira",
        **DATES,
        **more,
    }
    return await prepare_order(bank, KINDS["in-bank"], payer.id, typed, ACTOR, replaces=replaces)


async def prepare_own(bank: Bank, payer: Person, amount: str = "100", **more: str) -> UUID:
    """A draft of an order between own accounts."""
    typed = {"from_account": payer.lek.iban, "to_account": payer.second.iban, "amount": amount, **DATES, **more}
    return await prepare_order(bank, KINDS["own"], payer.id, typed, ACTOR)


async def send_code(bank: Bank, phones: Phones, payer: Person, order_id: UUID, act: Act = Act.MAKE) -> str:
    """The code that the payer's phone receives for making or stopping the order."""
    order = await find_order(bank, payer.id, order_id)
    wanted = await ask_about_order(bank, order, act)
    challenge_id = await otp.issue(
        bank, purpose="order", customer_id=payer.id, mobile=wanted.mobile, text=wanted.text, digest=wanted.digest,
        subject=lockout.subject_id(bank, payer.number),
    )  # fmt: skip
    await bind_code(bank, order, act, challenge_id)
    return re.findall(r"\b\d{8}\b", phones.sent[-1][1])[0]


async def authorise(bank: Bank, payer: Person, order_id: UUID, code: str, act: Act = Act.MAKE) -> UUID:
    """Give the code, and do nothing yet: the challenge that it was right for."""
    order = await find_order(bank, payer.id, order_id)
    assert order.asked is not None
    await otp.verify(bank, order.asked, code, purpose="order", customer_id=payer.id, digest=digest_of(order, act))
    return order.asked


async def confirm(bank: Bank, phones: Phones, payer: Person, order_id: UUID, act: Act = Act.MAKE) -> StandingOrder:
    """Ask for the code, give it, and have the order made or stopped, as the pages do."""
    code = await send_code(bank, phones, payer, order_id, act)
    challenge = await authorise(bank, payer, order_id, code, act)
    await confirm_order(bank, payer.id, order_id, act, 1, ACTOR, challenge_id=challenge)
    return await find_order(bank, payer.id, order_id)


async def give_order(
    bank: Bank, phones: Phones, payer: Person, to: Account, amount: str = "1250,00", **more: str
) -> UUID:
    """An order to somebody's account that stands."""
    order_id = await prepare_to(bank, payer, to, amount, **more)
    await confirm(bank, phones, payer, order_id)
    return order_id


async def give_own(bank: Bank, payer: Person, amount: str = "100", **more: str) -> UUID:
    """An order between own accounts that stands."""
    order_id = await prepare_own(bank, payer, amount, **more)
    await confirm_order(bank, payer.id, order_id, Act.MAKE, 1, ACTOR)
    return order_id


async def run_night(bank: Bank, day: date) -> int:
    """All pieces of the night of a day, each in its transaction; how many orders were looked at."""
    done, after = 0, 0
    while True:
        async with bank.database.transaction() as connection:
            piece = await pay_due(bank, connection, day, after)
        done += piece.done
        if piece.after is None:
            return done
        after = piece.after
