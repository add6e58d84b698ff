"""What is refused before anything is prepared, each with its own reason, and all of a form at once."""

import pytest
from cast import Admin, Cast
from paying import prepare, prepare_own, set_state

from dega.bank import Bank
from dega.errors import Refusal, Refusals
from dega.payments.payment import find_payment, my_drafts


def codes_of(refused: Refusal | Refusals) -> list[tuple[str | None, str]]:
    refusals = refused.refusals if isinstance(refused, Refusals) else [refused]
    return [(refusal.field, refusal.code) for refusal in refusals]


AMOUNTS = [
    ("", "amount_missing"),
    ("abc", "amount_not_a_number"),
    ("1e5", "amount_not_a_number"),
    ("١٢٣", "amount_not_a_number"),
    ("1 23,4", "amount_not_a_number"),
    ("-5", "amount_negative"),
    ("0", "amount_zero"),
    ("0,00", "amount_zero"),
    ("1,2345", "amount_decimals"),
    ("0,500", "amount_decimals"),
    ("1.234", "amount_ambiguous"),
    ("1,234", "amount_ambiguous"),
    ("999999999999999", "amount_too_large"),
    ("600000", "limit_payment"),
    ("100000,01", "insufficient_funds"),
]


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(("typed", "code"), AMOUNTS)
async def test_an_amount_that_cannot_be_paid_is_refused_with_its_reason(
    bank: Bank, cast: Cast, typed: str, code: str
) -> None:
    with pytest.raises((Refusal, Refusals)) as refused:
        await prepare(bank, cast.arta, cast.besnik.lek, typed)
    assert codes_of(refused.value) == [("amount", code)]


async def test_an_ambiguous_amount_is_asked_about_with_both_readings(bank: Bank, cast: Cast) -> None:
    with pytest.raises(Refusals) as refused:
        await prepare(bank, cast.arta, cast.besnik.lek, "1.234")
    values = refused.value.refusals[0].values
    assert (str(values["larger"]), str(values["smaller"])) == ("1\u00a0234,00\u00a0ALL", "1,23\u00a0ALL")


IBANS = [
    ("", "iban_missing"),
    ("AL47 2121 1009!", "iban_characters"),
    ("QQ47212110090000000235698741", "iban_country"),
    ("AL4721211009", "iban_length"),
    ("AL48212110090000000235698741", "iban_check_digits"),
    ("AL9829911010000001CLPRCLALLA", "iban_national_digit"),
    ("AL47212110090000000235698741", "iban_of_another_bank"),
    ("AL3429911019000001CLPRCLALLA", "account_unknown"),
]


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(("typed", "code"), IBANS)
async def test_an_iban_that_cannot_be_paid_is_refused_with_its_reason(
    bank: Bank, cast: Cast, typed: str, code: str
) -> None:
    with pytest.raises(Refusals) as refused:
        await prepare(bank, cast.arta, cast.besnik.lek, to_iban=typed)
    assert codes_of(refused.value) == [("to_iban", code)]


async def test_everything_wrong_in_a_form_is_said_at_once(bank: Bank, cast: Cast) -> None:
    with pytest.raises(Refusals) as refused:
        await prepare(
            bank, cast.arta, cast.besnik.lek, "", from_account="", to_iban="", description="x" * 141, to_name="Аgim"
        )
    assert set(codes_of(refused.value)) == {
        ("to_iban", "iban_missing"),
        ("from_account", "account_missing"),
        ("amount", "amount_missing"),
        ("to_name", "text_characters"),
        ("description", "text_too_long"),
    }


async def test_somebody_elses_account_cannot_pay(bank: Bank, cast: Cast) -> None:
    with pytest.raises(Refusals) as refused:
        await prepare(bank, cast.genti, cast.besnik.lek, from_account=cast.arta.lek.iban)
    assert codes_of(refused.value) == [("from_account", "account_not_yours")]


async def test_own_accounts_must_differ_and_be_in_one_currency(bank: Bank, cast: Cast) -> None:
    with pytest.raises(Refusals) as refused:
        await prepare_own(bank, cast.arta, to_account=cast.arta.lek.iban)
    assert codes_of(refused.value) == [("to_account", "same_account")]
    with pytest.raises(Refusal) as mixed:
        await prepare_own(bank, cast.arta, to_account=cast.arta.euro.iban)
    assert codes_of(mixed.value) == [("to_account", "currency_mismatch")]
    with pytest.raises(Refusals) as foreign:
        await prepare_own(bank, cast.arta, to_account=cast.besnik.lek.iban)
    assert codes_of(foreign.value) == [("to_account", "account_not_yours")]


async def test_the_currency_of_the_payee_must_be_the_payers(bank: Bank, cast: Cast) -> None:
    with pytest.raises(Refusal) as refused:
        await prepare(bank, cast.arta, cast.besnik.euro)
    assert codes_of(refused.value) == [("to_iban", "currency_mismatch")]
    with pytest.raises(Refusals) as typed:
        await prepare(bank, cast.arta, cast.besnik.lek, currency="EUR")
    assert codes_of(typed.value) == [("currency", "currency_mismatch")]


STANDINGS = [
    ("arta", "blocked", "account_blocked"),
    ("arta", "dormant", "account_dormant"),
    ("arta", "closed", "account_closed"),
    ("besnik", "closed", "payee_account_closed"),
    ("besnik", "blocked", "payee_account_closed"),
]


@pytest.mark.requirement("R46")
@pytest.mark.parametrize(("whose", "status", "code"), STANDINGS)
async def test_a_standing_that_forbids_paying_is_said_on_the_form(
    bank: Bank, admin: Admin, cast: Cast, whose: str, status: str, code: str
) -> None:
    await set_state(admin, "account", getattr(cast, whose).lek.id, status=status)
    with pytest.raises(Refusals) as refused:
        await prepare(bank, cast.arta, cast.besnik.lek)
    assert [refusal.code for refusal in refused.value.refusals] == [code]


async def test_a_name_that_fits_is_shown_whole_and_another_one_masked(bank: Bank, cast: Cast) -> None:
    fits = await find_payment(
        bank, cast.arta.id, await prepare(bank, cast.arta, cast.besnik.lek, to_name="hoxha besnik")
    )
    other = await find_payment(
        bank, cast.arta.id, await prepare(bank, cast.arta, cast.besnik.lek, to_name="Agim Gashi")
    )
    assert (fits.name_fits, fits.payee_shown) == (True, "Besnik Hoxha")
    assert (other.name_fits, other.payee_shown) == (False, "Besnik H***")


async def test_a_draft_moves_nothing_and_is_offered_again(bank: Bank, admin: Admin, cast: Cast) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    assert [draft.id for draft in await my_drafts(bank, cast.arta.id)] == [payment_id]
    assert await my_drafts(bank, cast.genti.id) == []
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment_id) == "draft"
