"""After a change of the mobile number only payees of before can be paid for a while: whoever took it over waits."""

import pytest
from cast import Admin, Cast, balance
from conftest import Phones
from paying import ACTOR, confirm, make_payment, prepare, prepare_own, send_code

from dega.access import staff
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import PayeeHeld, SignInNeeded

pytestmark = [pytest.mark.requirement("R4"), pytest.mark.refusal("payee_held")]

WHY = {"operator": "elona", "reason": "came to the branch"}


async def change_phone(office: Bank, cast: Cast) -> None:
    await staff.set_mobile(office, cast.arta.number, "069 511 2233", **WHY)


async def test_a_payee_never_paid_before_waits_for_a_day(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    await change_phone(office, cast)
    with pytest.raises(PayeeHeld) as refused:
        await prepare(bank, cast.arta, cast.besnik.lek)
    assert refused.value.values == {"until": "24.11.2026 10:00"}
    await machine.wait(bank.config.payments.new_payee_hold.total_seconds() - 10)
    with pytest.raises(PayeeHeld):
        await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.wait(20)
    await prepare(bank, cast.arta, cast.besnik.lek)


async def test_a_payee_of_before_and_own_accounts_are_paid_all_the_same(
    bank: Bank, office: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    first = await prepare(bank, cast.arta, cast.besnik.lek)
    await confirm(bank, cast.arta, first, await send_code(bank, phones.sent, cast.arta, first))
    await change_phone(office, cast)
    await prepare(bank, cast.arta, cast.besnik.lek)
    own = await prepare_own(bank, cast.arta)
    assert (await make_payment(bank, cast.arta.id, own, 2, ACTOR)).made
    with pytest.raises(PayeeHeld):
        await prepare(bank, cast.arta, cast.genti.lek)


async def test_what_was_prepared_before_the_change_is_refused_where_it_binds(
    bank: Bank, office: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    await change_phone(office, cast)
    with pytest.raises(SignInNeeded):
        await confirm(bank, cast.arta, payment_id, code)
    challenge = await admin.fetchval("SELECT challenge_id FROM payment WHERE id = $1", payment_id)
    with pytest.raises(PayeeHeld):
        await make_payment(bank, cast.arta.id, payment_id, 2, ACTOR, challenge_id=challenge)
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_the_first_mobile_number_of_a_customer_holds_nothing_back(office: Bank, admin: Admin, cast: Cast) -> None:
    await staff.set_mobile(office, cast.jona.number, "069 511 2233", **WHY)
    assert await admin.fetchval("SELECT mobile_changed_at FROM customer WHERE id = $1", cast.jona.id) is None
