"""An order stands once its customer confirmed exactly it; it is changed by another one, and stopped under a code."""

import uuid
from dataclasses import replace
from datetime import date, datetime

import pytest
from cast import Admin, Cast, told
from conftest import Phones
from ordering import DATES, authorise, confirm, give_order, give_own, prepare_own, prepare_to, run_night, send_code
from paying import ACTOR

from dega.access import otp, staff
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import (
    CodeExpired,
    CodeSpent,
    CodeWrong,
    FirstDayPassed,
    LimitPayment,
    NotFound,
    OrderOver,
    PayeeHeld,
    PaymentChanged,
    Refusals,
    SignInNeeded,
    UserBlocked,
)
from dega.ids import is_gsm7
from dega.ledger.books import check_books
from dega.payments.asking import ask_about_order
from dega.payments.confirm_order import confirm_order
from dega.payments.kinds import KINDS
from dega.payments.prepare_order import cancel_order, prepare_order
from dega.payments.standing_orders import Act, digest_of, find_order, my_orders

BAR = "INSERT INTO bar (customer_id, barred_at, barred_by) VALUES ($1, bank_clock(), 'customer')"


async def test_a_confirmed_order_stands_and_nothing_has_moved(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    order = await confirm(bank, phones, cast.arta, await prepare_to(bank, cast.arta, cast.besnik.lek))
    assert (order.state, str(order.next_on)) == ("active", "2026-11-23")
    assert [about for _, _, about in await told(bank, admin)] == ["order_made", "order_made"]
    assert await admin.fetchval("SELECT count(*) FROM movement WHERE by_night") == 0
    assert await check_books(admin) == []


async def test_the_sms_names_amount_payee_and_frequency_and_fits_one_part(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    order_id = await prepare_to(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones, cast.arta, order_id)
    mobile, text = phones.sent[-1]
    assert mobile == cast.arta.mobile
    assert f"kodi {code} per 1.250,00 ALL te BESNIK H" in text
    assert "cdo muaj nga 23.11.2026" in text
    assert len(text) <= 160


@pytest.mark.parametrize("language", ["sq", "en"])
@pytest.mark.parametrize("act", Act)
async def test_the_longest_sms_leaves_out_nothing_but_the_end_of_a_name(
    bank: Bank, admin: Admin, cast: Cast, language: str, act: Act
) -> None:
    contacts = replace(bank.config.contacts, call_center_e164="+355422662881234")
    bank = replace(bank, config=replace(bank.config, contacts=contacts))
    order_id = await prepare_own(bank, cast.arta, how="above", frequency="quarterly")
    await admin.execute("UPDATE customer SET language = $2 WHERE id = $1", cast.arta.id, language)
    await admin.execute("SET session_replication_role = replica")  # an order's particulars never change
    await admin.execute("UPDATE standing_order SET amount_minor = 99999999999, payee_name = $1", "Ndërtim" + " Ç" * 30)
    order = await find_order(bank, cast.arta.id, order_id)
    text = (await ask_about_order(bank, order, act)).text("12345678")
    assert (len(text) <= 160, is_gsm7(text)) == (True, True)
    for part in ("12345678", "999.999.999,99 ALL", f"***{cast.arta.second.iban[-4:]}"):
        assert part in text
    assert text.endswith("+355422662881234")


async def test_a_code_for_one_order_fits_no_other_date_frequency_or_amount(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    one = await find_order(bank, cast.arta.id, await prepare_to(bank, cast.arta, cast.besnik.lek))
    schedule = one.schedule
    others = [
        replace(one, amount=one.amount + one.amount),
        replace(one, schedule=replace(schedule, frequency="weekly")),
        replace(one, schedule=replace(schedule, first_on=schedule.first_on.replace(day=24))),
        replace(one, schedule=replace(schedule, last_on=schedule.first_on)),
        replace(one, schedule=replace(schedule, rule="after")),
        replace(one, sweeps=True), replace(one, description=""), replace(one, replaces=uuid.uuid4()),
    ]  # fmt: skip
    digests = {digest_of(order, Act.MAKE) for order in (one, *others)} | {digest_of(one, Act.STOP)}
    assert len(digests) == len(others) + 2
    code = await send_code(bank, phones, cast.arta, one.id)
    challenge = (await find_order(bank, cast.arta.id, one.id)).challenge_id
    assert challenge is not None
    with pytest.raises(CodeWrong):
        await otp.verify(
            bank, challenge, code, purpose="order", customer_id=cast.arta.id, digest=digest_of(others[0], Act.MAKE)
        )


@pytest.mark.refusal("payment_changed", "code_spent", "code_expired")
async def test_without_its_own_code_typed_in_time_no_order_stands(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    async def make(challenge: uuid.UUID | None) -> None:
        await confirm_order(bank, cast.arta.id, order_id, Act.MAKE, 1, ACTOR, challenge_id=challenge)

    order_id = await prepare_to(bank, cast.arta, cast.besnik.lek)
    with pytest.raises(PaymentChanged):
        await make(None)
    code = await send_code(bank, phones, cast.arta, order_id)
    with pytest.raises(PaymentChanged):  # sent, but never typed
        await make((await find_order(bank, cast.arta.id, order_id)).challenge_id)
    challenge = await authorise(bank, cast.arta, order_id, code)
    await admin.execute("UPDATE challenge SET authorised_by = 'app' WHERE id = $1", challenge)
    with pytest.raises(PaymentChanged):
        await make(challenge)
    await admin.execute("UPDATE challenge SET authorised_by = 'sms' WHERE id = $1", challenge)
    await machine.wait(bank.config.codes.payment_seconds)
    with pytest.raises(CodeExpired):
        await make(challenge)
    await admin.execute("UPDATE challenge SET consumed_at = bank_clock() WHERE id = $1", challenge)
    with pytest.raises(CodeSpent):
        await make(challenge)
    assert (await find_order(bank, cast.arta.id, order_id)).state == "draft"


@pytest.mark.refusal("user_blocked", "sign_in_needed")
async def test_a_blocked_or_ended_session_gives_no_order(bank: Bank, admin: Admin, cast: Cast) -> None:
    order_id = await prepare_own(bank, cast.arta)
    with pytest.raises(SignInNeeded):
        await confirm_order(bank, cast.arta.id, order_id, Act.MAKE, 99, ACTOR)
    await admin.execute(BAR, cast.arta.id)
    with pytest.raises(UserBlocked):
        await confirm_order(bank, cast.arta.id, order_id, Act.MAKE, 1, ACTOR)


@pytest.mark.refusal("not_found")
async def test_somebody_elses_order_is_not_found(bank: Bank, cast: Cast, phones: Phones) -> None:
    order_id = await give_own(bank, cast.arta)
    for attempt in (
        find_order(bank, cast.genti.id, order_id),
        confirm_order(bank, cast.genti.id, order_id, Act.STOP, 1, ACTOR),
        cancel_order(bank, cast.genti.id, order_id, ACTOR),
        send_code(bank, phones, cast.genti, order_id),
        prepare_to(bank, cast.genti, cast.besnik.lek, replaces=str(order_id)),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await my_orders(bank, cast.genti.id) == []


@pytest.mark.refusal("choice_missing", "first_day_passed", "days_inverted", "day_shape", "amount_missing")
async def test_what_is_wrong_with_an_order_is_told_together(bank: Bank, cast: Cast) -> None:
    wrong = {"frequency": "daily", "holiday_rule": "", "first_on": "22.11.2026"}
    with pytest.raises(Refusals) as refused:
        await prepare_own(bank, cast.arta, "", **wrong)
    assert [refusal.code for refusal in refused.value.refusals] == [
        "amount_missing", "choice_missing", "choice_missing", "first_day_passed",
    ]  # fmt: skip
    with pytest.raises(Refusals, match="days_inverted"):
        await prepare_own(bank, cast.arta, first_on="2026-11-25", last_on="24.11.2026")
    with pytest.raises(Refusals, match="day_shape"):
        await prepare_own(bank, cast.arta, first_on="30 shkurt")


@pytest.mark.refusal("limit_payment")
async def test_one_payment_of_an_order_to_others_is_under_the_limit_of_one_payment(bank: Bank, cast: Cast) -> None:
    with pytest.raises(LimitPayment):
        await prepare_to(bank, cast.arta, cast.besnik.lek, "500000,01")
    await prepare_own(bank, cast.arta, "500000,01")


@pytest.mark.refusal("payee_held")
async def test_after_a_change_of_the_phone_a_new_payee_is_given_no_order(
    bank: Bank, office: Bank, cast: Cast, phones: Phones
) -> None:
    before = await prepare_to(bank, cast.arta, cast.besnik.lek)
    challenge = await authorise(bank, cast.arta, before, await send_code(bank, phones, cast.arta, before))
    await staff.set_mobile(office, cast.arta.number, "069 511 2233", operator="elona", reason="came to the branch")
    with pytest.raises(PayeeHeld):
        await prepare_to(bank, cast.arta, cast.besnik.lek)
    with pytest.raises(PayeeHeld):
        await confirm_order(bank, cast.arta.id, before, Act.MAKE, 2, ACTOR, challenge_id=challenge)


async def test_from_nine_in_the_evening_the_first_day_is_tomorrow(bank: Bank, cast: Cast, machine: TimeMachine) -> None:
    today = await prepare_own(bank, cast.arta)
    await machine.travel_to(datetime(2026, 11, 23, 21, 0, tzinfo=TIRANA))
    with pytest.raises(FirstDayPassed) as refused:
        await confirm_order(bank, cast.arta.id, today, Act.MAKE, 1, ACTOR)
    assert refused.value.values == {"day": "24.11.2026"}
    with pytest.raises(Refusals, match="first_day_passed"):
        await prepare_own(bank, cast.arta)
    await give_own(bank, cast.arta, first_on="24.11.2026")


@pytest.mark.refusal("order_over")
async def test_a_stopped_order_is_over(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    order_id = await give_order(bank, phones, cast.arta, cast.besnik.lek)
    with pytest.raises(PaymentChanged):
        await confirm_order(bank, cast.arta.id, order_id, Act.STOP, 1, ACTOR)
    stopped = await confirm(bank, phones, cast.arta, order_id, Act.STOP)
    assert "NDALUR" in phones.sent[-1][1]
    assert (stopped.state, stopped.next_on) == ("stopped", None)
    await confirm_order(bank, cast.arta.id, order_id, Act.STOP, 1, ACTOR)  # twice is as good as once
    with pytest.raises(OrderOver):
        await confirm_order(bank, cast.arta.id, order_id, Act.MAKE, 1, ACTOR)
    with pytest.raises(OrderOver):
        await prepare_to(bank, cast.arta, cast.besnik.lek, replaces=str(order_id))
    assert await check_books(admin) == []


async def test_a_changed_order_takes_the_place_of_the_old_one(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    old = await give_order(bank, phones, cast.arta, cast.besnik.lek)
    new = await prepare_to(bank, cast.arta, cast.besnik.lek, "900", replaces=str(old))
    assert (await find_order(bank, cast.arta.id, old)).state == "active"
    await confirm(bank, phones, cast.arta, new)
    assert {str(order.amount): order.state for order in await my_orders(bank, cast.arta.id)} == {
        "1\u00a0250,00\u00a0ALL": "stopped", "900,00\u00a0ALL": "active",
    }  # fmt: skip
    assert await check_books(admin) == []


@pytest.mark.refusal("first_day_passed")
async def test_a_changed_order_does_not_pay_again_for_a_date_that_the_old_one_paid_before_a_holiday(
    bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    """Saturday's payment was made in Friday's night, between the change and its confirmation."""
    saturday = {"first_on": "28.11.2026", "holiday_rule": "before"}
    old = await give_own(bank, cast.arta, **saturday)
    typed = {"from_account": cast.arta.lek.iban, "to_account": cast.arta.second.iban, "amount": "110", **DATES}
    new = await prepare_order(bank, KINDS["own"], cast.arta.id, typed | saturday, ACTOR, replaces=old)
    await machine.travel_to(datetime(2026, 11, 27, 21, 5, tzinfo=TIRANA))
    assert await run_night(bank, date(2026, 11, 27)) == 1
    with pytest.raises(FirstDayPassed) as refused:
        await confirm_order(bank, cast.arta.id, new, Act.MAKE, 1, ACTOR)
    assert refused.value.values == {"day": "29.11.2026"}
    assert str((await find_order(bank, cast.arta.id, old)).next_on) == "2026-12-28"


async def test_an_order_that_was_over_meanwhile_is_not_changed_any_more(bank: Bank, cast: Cast, phones: Phones) -> None:
    old = await give_order(bank, phones, cast.arta, cast.besnik.lek)
    new = await prepare_to(bank, cast.arta, cast.besnik.lek, "900", replaces=str(old))
    await confirm(bank, phones, cast.arta, old, Act.STOP)
    with pytest.raises(OrderOver):
        await confirm(bank, phones, cast.arta, new)
    assert (await find_order(bank, cast.arta.id, new)).state == "draft"


async def test_a_draft_is_cancelled_and_cannot_be_made(bank: Bank, cast: Cast) -> None:
    order_id = await prepare_own(bank, cast.arta)
    await cancel_order(bank, cast.arta.id, order_id, ACTOR)
    with pytest.raises(NotFound):
        await cancel_order(bank, cast.arta.id, order_id, ACTOR)
    with pytest.raises(OrderOver):
        await confirm_order(bank, cast.arta.id, order_id, Act.MAKE, 1, ACTOR)
    assert await my_orders(bank, cast.arta.id) == []


async def test_a_draft_that_was_cancelled_tells_no_more_of_its_payee_than_before(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    order_id = await prepare_to(bank, cast.arta, cast.besnik.lek)
    assert (await find_order(bank, cast.arta.id, order_id)).payee_shown == "Besnik H***"
    await cancel_order(bank, cast.arta.id, order_id, ACTOR)
    assert (await find_order(bank, cast.arta.id, order_id)).payee_shown == "Besnik H***"
    made = await confirm(bank, phones, cast.arta, await prepare_to(bank, cast.arta, cast.besnik.lek))
    assert made.payee_shown == "Besnik Hoxha"
