"""What the payer is told of a payment: in the transaction that books it, once on each way, as they chose it."""

import asyncio
import itertools

import msgspec
import pytest
from cast import Account, Admin, Cast, told
from conftest import Phones
from paying import ACTOR, confirm, make_payment, prepare, prepare_own, send_code

from dega.access.alert_choices import choose
from dega.alerts import Kind, Ways
from dega.bank import Bank
from dega.errors import Refusal
from dega.money import Currency, Money

NOTHING = dict.fromkeys((Kind.NEW_PAYEE, Kind.LARGE_PAYMENT, Kind.PAYMENT), Ways(False, False))


async def pay(bank: Bank, cast: Cast, phones: Phones, to: Account, amount: str = "1250,00") -> None:
    payment_id = await prepare(bank, cast.arta, to, amount)
    await confirm(bank, cast.arta, payment_id, await send_code(bank, phones.sent, cast.arta, payment_id))


async def templates(bank: Bank, admin: Admin) -> list[tuple[str, str]]:
    """Channel and template of what was told, and not about the choices themselves."""
    return [(channel, about) for channel, _, about in await told(bank, admin) if about != "alerts_changed"]


async def test_as_the_bank_does_it_a_first_payment_is_told_on_both_ways_and_later_ones_by_email(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await pay(bank, cast, phones, cast.besnik.lek)
    assert await templates(bank, admin) == [("sms", "payment_new_payee"), ("email", "payment_new_payee")]
    await pay(bank, cast, phones, cast.besnik.lek)
    assert (await templates(bank, admin))[2:] == [("email", "payment_made")]


async def test_a_large_payment_is_told_as_one_from_the_amount_on_that_was_chosen(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await pay(bank, cast, phones, cast.besnik.lek, "1")
    await choose(bank, cast.arta.id, {}, {Currency.ALL: Money(500_000, Currency.ALL)}, ACTOR)
    await pay(bank, cast, phones, cast.besnik.lek, "4 999,99")
    await pay(bank, cast, phones, cast.besnik.lek, "5000")
    assert (await templates(bank, admin))[2:] == [
        ("email", "payment_made"),
        ("sms", "payment_large"),
        ("email", "payment_large"),
    ]


@pytest.mark.parametrize(
    ("new_payee", "large", "every"),
    list(itertools.product([(False, False), (True, False), (False, True)], repeat=3)),
)
async def test_on_each_way_the_most_telling_alert_that_is_wanted_there_is_told(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, new_payee, large, every
) -> None:
    wanted = {Kind.NEW_PAYEE: Ways(*new_payee), Kind.LARGE_PAYMENT: Ways(*large), Kind.PAYMENT: Ways(*every)}
    await choose(bank, cast.arta.id, wanted, {Currency.ALL: Money(100, Currency.ALL)}, ACTOR)
    await pay(bank, cast, phones, cast.besnik.lek)
    ranked = [(new_payee, "payment_new_payee"), (large, "payment_large"), (every, "payment_made")]
    expected = [
        (channel, next(about for ways, about in ranked if ways[place]))
        for place, channel in enumerate(("sms", "email"))
        if any(ways[place] for ways, _ in ranked)
    ]
    assert await templates(bank, admin) == expected


async def test_twenty_confirmations_at_once_tell_it_once(bank: Bank, admin: Admin, cast: Cast, phones: Phones) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek, "100000")
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    await asyncio.gather(*(confirm(bank, cast.arta, payment_id, code) for _ in range(20)))
    assert await templates(bank, admin) == [("sms", "payment_new_payee"), ("email", "payment_new_payee")]


async def test_of_many_payments_at_once_to_one_payee_one_is_the_first(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    many = bank.config.codes.hourly
    payments = [await prepare(bank, cast.arta, cast.besnik.lek, str(n + 1)) for n in range(many)]
    codes = [await send_code(bank, phones.sent, cast.arta, payment_id) for payment_id in payments]
    pairs = zip(payments, codes, strict=True)
    await asyncio.gather(*(confirm(bank, cast.arta, payment_id, code) for payment_id, code in pairs))
    told_by_email = [about for channel, about in await templates(bank, admin) if channel == "email"]
    assert sorted(told_by_email) == ["payment_made"] * (many - 1) + ["payment_new_payee"]


async def test_what_is_refused_is_told_to_nobody_and_the_payee_stays_new(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    await admin.execute("UPDATE account SET status = 'blocked' WHERE id = $1", cast.arta.lek.id)
    with pytest.raises(Refusal):
        await confirm(bank, cast.arta, payment_id, code)
    assert await templates(bank, admin) == []
    await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", cast.arta.lek.id)
    await pay(bank, cast, phones, cast.besnik.lek)
    assert {about for _, about in await templates(bank, admin)} == {"payment_new_payee"}


async def test_between_own_accounts_nothing_is_told(bank: Bank, admin: Admin, cast: Cast) -> None:
    payment_id = await prepare_own(bank, cast.arta, "1 000,00")
    await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    assert await templates(bank, admin) == []


async def test_who_wants_nothing_told_is_told_nothing_of_payments(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await choose(bank, cast.arta.id, NOTHING, {}, ACTOR)
    await pay(bank, cast, phones, cast.besnik.lek, "100000")
    assert await templates(bank, admin) == []


async def test_without_an_email_address_what_was_to_go_there_comes_by_sms(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await choose(bank, cast.arta.id, {**NOTHING, Kind.NEW_PAYEE: Ways(sms=False, email=True)}, {}, ACTOR)
    await admin.execute("UPDATE customer SET email = NULL WHERE id = $1", cast.arta.id)
    await pay(bank, cast, phones, cast.besnik.lek)
    assert await templates(bank, admin) == [("sms", "payment_new_payee")]


async def test_a_notice_names_amount_and_payee_and_no_whole_account_in_the_payers_language(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await admin.execute("UPDATE customer SET language = 'en' WHERE id = $1", cast.arta.id)
    await pay(bank, cast, phones, cast.besnik.lek)
    for row in await admin.fetch("SELECT language, data::text AS data FROM outbox"):
        facts = msgspec.json.decode(row["data"], type=dict[str, str])
        assert (row["language"], facts["amount"]) == ("en", "1\u00a0250,00\u00a0ALL")
        assert facts["account"] == f"***{cast.besnik.lek.iban[-4:]}"
        assert cast.besnik.lek.iban not in row["data"]
