"""A prepared payment is made once, exactly as shown, by its owner, with the code that was sent for it."""

import asyncio
import uuid
from dataclasses import replace
from datetime import datetime

import pytest
from cast import Admin, Cast, balance
from conftest import Phones
from paying import ACTOR, authorise, confirm, make_payment, prepare, prepare_own, send_code

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import (
    AccountBlocked,
    BankClosed,
    CodeExpired,
    CodeSpent,
    CodeWrong,
    InsufficientFunds,
    LimitDay,
    NotFound,
    PaymentCancelled,
    PaymentChanged,
    SignInNeeded,
    UpdateWindow,
    UserBlocked,
)
from dega.ids import is_gsm7
from dega.ledger import gate
from dega.night.status import unfreeze
from dega.payments.cancel import cancel_payment
from dega.payments.confirm import request_code
from dega.payments.payment import find_payment

BAR = "INSERT INTO bar (customer_id, barred_at, barred_by) VALUES ($1, bank_clock(), 'customer')"


@pytest.mark.requirement("R35")
async def test_a_confirmed_payment_is_made_at_once(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    payment = await confirm(bank, cast.arta, payment_id, code)
    assert payment.made is not None
    assert payment.made.balance_after.minor == await balance(admin, cast.arta.lek) == 9_875_000
    assert await balance(admin, cast.besnik.lek) == 10_125_000
    assert payment.made.reference.startswith("D")


async def test_the_sms_names_amount_and_payee_and_fits_one_part(bank: Bank, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    mobile, text = phones.sent[-1]
    assert mobile == cast.arta.mobile
    assert text.startswith(f"DEGA TRANSFERTE: kodi {code} per 1.250,00 ALL te BESNIK H")
    assert cast.besnik.lek.iban[-4:] in text
    assert text.isascii()
    assert len(text) <= 160


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("language", ["sq", "en"])
async def test_the_longest_sms_still_fits_one_part_and_leaves_out_nothing_but_the_end_of_a_name(
    bank: Bank, cast: Cast, admin: Admin, language: str
) -> None:
    longest = replace(bank.config.contacts, call_center_e164="+355422662881234")
    codes = replace(bank.config.codes, payment_seconds=600)
    bank = replace(bank, config=replace(bank.config, contacts=longest, codes=codes))
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    await admin.execute("UPDATE customer SET language = $2 WHERE id = $1", cast.arta.id, language)
    await admin.execute("SET session_replication_role = replica")  # a payment's particulars never change
    await admin.execute("UPDATE payment SET amount_minor = 99999999999, payee_name = $1", "Ndërtim" + " Çelësi" * 9)
    text = (await request_code(bank, cast.arta.id, payment_id)).text("12345678")
    assert (len(text) <= 160, is_gsm7(text)) == (True, True)
    for part in ("12345678", "999.999.999,99 ALL", "NDERTIM", f"***{cast.besnik.lek.iban[-4:]}", "10 min"):
        assert part in text
    assert text.endswith("+355422662881234")


async def test_fifty_confirmations_at_once_book_once(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    receipts = await asyncio.gather(*(confirm(bank, cast.arta, payment_id, code) for _ in range(50)))
    assert len({receipt.made for receipt in receipts}) == 1
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert await admin.fetchval("SELECT count(*) FROM movement WHERE deed_key = $1", payment_id) == 1


@pytest.mark.refusal("payment_changed", "code_wrong")
async def test_a_code_for_one_amount_refuses_another(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    one = await prepare(bank, cast.arta, cast.besnik.lek, "1250,00")
    other = await prepare(bank, cast.arta, cast.besnik.lek, "9250,00")
    code = await send_code(bank, phones.sent, cast.arta, one)
    await send_code(bank, phones.sent, cast.arta, other)
    with pytest.raises(CodeWrong):
        await confirm(bank, cast.arta, other, code)
    challenge = await admin.fetchval("SELECT challenge_id FROM payment WHERE id = $1", one)
    await admin.execute("UPDATE challenge SET authorised_at = bank_clock() WHERE id = $1", challenge)
    await admin.execute("UPDATE payment SET challenge_id = $2 WHERE id = $1", other, challenge)
    with pytest.raises(PaymentChanged):
        await make_payment(bank, cast.arta.id, other, 1, ACTOR, challenge_id=challenge)
    assert await balance(admin, cast.arta.lek) == 10_000_000


@pytest.mark.parametrize("by", ["app", "recovery"])
async def test_the_ledger_takes_no_code_of_an_app_for_a_payment_to_others(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, by: str
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    challenge = await authorise(bank, cast.arta, payment_id, await send_code(bank, phones.sent, cast.arta, payment_id))
    assert await admin.fetchval("SELECT authorised_by FROM challenge WHERE id = $1", challenge) == "sms"
    await admin.execute("UPDATE challenge SET authorised_by = $2 WHERE id = $1", challenge, by)
    with pytest.raises(PaymentChanged):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=challenge)
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_without_a_code_nothing_is_made(bank: Bank, admin: Admin, cast: Cast) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    with pytest.raises(PaymentChanged):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_between_own_accounts_no_code_is_needed(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare_own(bank, cast.arta, "1 000,00")
    payment = await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    assert payment.made is not None
    assert await balance(admin, cast.arta.second) == 600_000
    assert phones.sent == []


@pytest.mark.refusal("not_found")
async def test_somebody_elses_payment_is_not_found(bank: Bank, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    for attempt in (
        find_payment(bank, cast.genti.id, payment_id),
        make_payment(bank, cast.genti.id, payment_id, 1, ACTOR),
        cancel_payment(bank, cast.genti.id, payment_id, ACTOR),
        send_code(bank, phones.sent, cast.genti, payment_id),
        find_payment(bank, cast.arta.id, uuid.uuid4()),
    ):
        with pytest.raises(NotFound):
            await attempt


@pytest.mark.refusal("code_expired")
async def test_a_code_lives_from_issue_to_booking(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    challenge = await authorise(bank, cast.arta, payment_id, code)
    await machine.wait(bank.config.codes.payment_seconds)
    with pytest.raises(CodeExpired):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=challenge)
    assert await balance(admin, cast.arta.lek) == 10_000_000


@pytest.mark.refusal("code_spent")
async def test_a_consumed_code_makes_nothing_more(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    challenge = await authorise(bank, cast.arta, payment_id, await send_code(bank, phones.sent, cast.arta, payment_id))
    await admin.execute("UPDATE challenge SET consumed_at = bank_clock() WHERE purpose = 'payment'")
    with pytest.raises(CodeSpent):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=challenge)


async def test_a_code_that_was_sent_but_never_typed_makes_nothing(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    await send_code(bank, phones.sent, cast.arta, payment_id)
    sent = await admin.fetchval("SELECT challenge_id FROM payment WHERE id = $1", payment_id)
    with pytest.raises(PaymentChanged):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=sent)


async def test_the_code_typed_must_be_the_one_bound_last(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    first = await authorise(bank, cast.arta, payment_id, await send_code(bank, phones.sent, cast.arta, payment_id))
    await send_code(bank, phones.sent, cast.arta, payment_id)
    with pytest.raises(PaymentChanged):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=first)
    assert await balance(admin, cast.arta.lek) == 10_000_000


@pytest.mark.requirement("R20")
@pytest.mark.refusal("user_blocked", "sign_in_needed")
async def test_a_blocked_or_ended_session_moves_nothing(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    challenge = await authorise(bank, cast.arta, payment_id, await send_code(bank, phones.sent, cast.arta, payment_id))
    with pytest.raises(SignInNeeded):
        await make_payment(bank, cast.arta.id, payment_id, 99, ACTOR, challenge_id=challenge)
    await admin.execute(BAR, cast.arta.id)
    with pytest.raises(UserBlocked):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=challenge)
    assert await balance(admin, cast.arta.lek) == 10_000_000


@pytest.mark.requirement("R22")
async def test_a_blocked_user_still_receives(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    await admin.execute(BAR, cast.drita.id)
    payment_id = await prepare(bank, cast.arta, cast.drita.lek)
    await confirm(bank, cast.arta, payment_id, await send_code(bank, phones.sent, cast.arta, payment_id))
    assert await balance(admin, cast.drita.lek) == 10_125_000


@pytest.mark.requirement("R33")
@pytest.mark.refusal("update_window")
async def test_started_before_the_window_and_confirmed_in_it_is_refused_and_kept(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2026, 11, 23, 20, 58, tzinfo=TIRANA))
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    await machine.wait(180)
    with pytest.raises(UpdateWindow):
        await confirm(bank, cast.arta, payment_id, code)
    assert await balance(admin, cast.arta.lek) == 10_000_000
    assert (await find_payment(bank, cast.arta.id, payment_id)).state == "draft"


@pytest.mark.requirement("R32")
@pytest.mark.refusal("bank_closed")
async def test_a_gate_closed_by_hand_refuses_with_its_own_reason(bank: Bank, admin: Admin, cast: Cast) -> None:
    payment_id = await prepare_own(bank, cast.arta)
    await gate.close(bank.database, "operator", "provë")
    with pytest.raises(BankClosed):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    await unfreeze(bank.database, "provë", ACTOR)
    assert (await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR)).made is not None
    assert await balance(admin, cast.arta.second) == 510_000


@pytest.mark.refusal("limit_day")
async def test_the_payments_of_a_day_stay_within_its_limit_however_many_at_once(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await admin.execute(
        "INSERT INTO spending_day (customer_id, day, currency, spent_minor, limit_minor) VALUES ($1, '2026-11-23',"
        " 'ALL', 98000000, 100000000)", cast.arta.id,
    )  # fmt: skip
    ids = [await prepare(bank, cast.arta, cast.besnik.lek, "9000,00") for _ in range(4)]
    codes = [await send_code(bank, phones.sent, cast.arta, payment_id) for payment_id in ids]
    outcomes = await asyncio.gather(
        *(confirm(bank, cast.arta, payment_id, code) for payment_id, code in zip(ids, codes, strict=True)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LimitDay", "LimitDay", "Payment", "Payment"]
    with pytest.raises(LimitDay):
        await prepare(bank, cast.arta, cast.besnik.lek, "9000,00")


async def test_what_changed_since_it_was_prepared_is_checked_again(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    first = await prepare(bank, cast.arta, cast.besnik.lek, "60000")
    second = await prepare(bank, cast.arta, cast.besnik.lek, "60000")
    code = await send_code(bank, phones.sent, cast.arta, first)
    await confirm(bank, cast.arta, first, code)
    code = await send_code(bank, phones.sent, cast.arta, second)
    with pytest.raises(InsufficientFunds):
        await confirm(bank, cast.arta, second, code)
    await admin.execute("UPDATE account SET status = 'blocked' WHERE id = $1", cast.arta.lek.id)
    with pytest.raises(AccountBlocked):
        await confirm(bank, cast.arta, second, code)


@pytest.mark.refusal("payment_cancelled")
async def test_a_cancelled_payment_cannot_be_made(bank: Bank, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    await cancel_payment(bank, cast.arta.id, payment_id, ACTOR)
    with pytest.raises(PaymentCancelled):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    with pytest.raises(PaymentCancelled):
        await send_code(bank, phones.sent, cast.arta, payment_id)
    with pytest.raises(NotFound):
        await cancel_payment(bank, cast.arta.id, payment_id, ACTOR)
