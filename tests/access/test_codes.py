"""One-time codes: right for one thing, for one person, for a while, once; and no more guesses than the limit."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from access.doors import another, last_code
from cast import Cast, Person
from conftest import Phones

from dega.access import lockout, otp, texts
from dega.bank import Bank, Told
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    BlockedForNow,
    CodeExpired,
    CodeNotSent,
    CodeSpent,
    CodeWrong,
    Refusal,
    ResendTooSoon,
    TooManyCodes,
)
from dega.ids import is_gsm7
from dega.store.access import customer_by_id

TRANSFER = b"digest of 12 500,00 ALL to Besnik"


async def _issue(bank: Bank, person: Person, purpose: otp.Purpose = "payment") -> UUID:
    return await otp.issue(
        bank,
        purpose=purpose,
        customer_id=person.id,
        mobile=person.mobile,
        text=lambda code: f"TRANSFERTE: kodi {code}, vlen 5 min.",
        digest=TRANSFER,
        subject=lockout.subject_id(bank, person.number),
    )


async def _reissue(bank: Bank, person: Person, challenge_id: UUID) -> None:
    await otp.reissue(
        bank,
        challenge_id,
        purpose="payment",
        customer_id=person.id,
        mobile=person.mobile,
        text=lambda code: f"TRANSFERTE: kodi {code}, vlen 5 min.",
        digest=TRANSFER,
        subject=lockout.subject_id(bank, person.number),
    )


async def _verify(bank: Bank, person: Person, challenge_id: UUID, code: str) -> None:
    await otp.verify(bank, challenge_id, code, purpose="payment", customer_id=person.id, digest=TRANSFER)


async def _kind(step: Awaitable[None]) -> type[Refusal] | None:
    try:
        await step
    except Refusal as refusal:
        return type(refusal)
    return None


async def test_the_right_code_answers_the_same_again_until_it_expires(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    challenge_id = await _issue(bank, cast.arta)
    for _ in range(5):
        await _verify(bank, cast.arta, challenge_id, last_code(phones))
    await machine.wait(300)
    with pytest.raises(CodeExpired):
        await _verify(bank, cast.arta, challenge_id, last_code(phones))


@pytest.mark.requirement("R16")
@pytest.mark.parametrize(
    "changed", ["purpose", "customer", "digest", "challenge"], ids=lambda changed: f"another_{changed}"
)
async def test_a_code_is_right_only_for_what_it_was_sent_for(
    bank: Bank, cast: Cast, phones: Phones, changed: str
) -> None:
    challenge_id = await _issue(bank, cast.arta)
    code = last_code(phones)
    other = await _issue(bank, cast.arta)
    with pytest.raises(CodeWrong):
        await otp.verify(
            bank,
            other if changed == "challenge" else challenge_id,
            code,
            purpose="password" if changed == "purpose" else "payment",
            customer_id=cast.besnik.id if changed == "customer" else cast.arta.id,
            digest=b"more money" if changed == "digest" else TRANSFER,
        )


@pytest.mark.refusal("code_wrong", "code_spent")
async def test_a_code_has_three_tries_and_says_how_many_are_left(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = _without_blocks(bank)
    challenge_id = await _issue(bank, cast.arta)
    wrong = another(last_code(phones))
    for left in (2, 1):
        with pytest.raises(CodeWrong) as caught:
            await _verify(bank, cast.arta, challenge_id, wrong)
        assert caught.value.values == {"left": left}
    for code in (wrong, last_code(phones)):
        with pytest.raises(CodeSpent):
            await _verify(bank, cast.arta, challenge_id, code)


@pytest.mark.requirement("R20")
async def test_of_two_hundred_guesses_at_once_three_are_evaluated(bank: Bank, cast: Cast, phones: Phones) -> None:
    challenge_id = await _issue(bank, cast.arta)
    right = last_code(phones)
    guesses = [another(right)] * 100 + [f"{number:08d}" for number in range(100) if f"{number:08d}" != right]
    evaluations = await asyncio.gather(
        *(
            otp.evaluate(bank, challenge_id, guess, purpose="payment", customer_id=cast.arta.id, digest=TRANSFER)
            for guess in guesses
        )
    )
    counted = Counter(evaluation.verdict for evaluation in evaluations)
    assert counted == {"wrong": 3, "spent": len(guesses) - 3}


@pytest.mark.requirement("R20")
async def test_two_hundred_guesses_at_once_end_in_a_block(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    challenge_id = await _issue(bank, cast.arta)
    wrong = another(last_code(phones))
    answers = await asyncio.gather(*(_kind(_verify(bank, cast.arta, challenge_id, wrong)) for _ in range(200)))
    assert set(answers) <= {CodeWrong, CodeSpent, BlockedForNow}
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) == 3
    assert await _kind(_verify(bank, cast.arta, challenge_id, last_code(phones))) is BlockedForNow


@pytest.mark.requirement("R20")
async def test_five_payments_side_by_side_have_three_guesses_together(bank: Bank, cast: Cast, phones: Phones) -> None:
    challenges = [await _issue(bank, cast.arta) for _ in range(5)]
    tried = await asyncio.gather(
        *(
            otp.evaluate(bank, challenge, "00000000", purpose="payment", customer_id=cast.arta.id, digest=TRANSFER)
            for challenge in challenges
            for _ in range(3)
        )
    )
    assert Counter(evaluation.verdict for evaluation in tried) == {"wrong": 3, "spent": 12}


@pytest.mark.requirement("R20")
async def test_a_known_code_typed_again_buys_no_guesses_at_others(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    known = await _issue(bank, cast.arta)
    known_code = last_code(phones)
    other = await _issue(bank, cast.arta)
    wrong = another(last_code(phones))
    await _verify(bank, cast.arta, known, known_code)
    for _ in range(2):
        assert await _kind(_verify(bank, cast.arta, other, wrong)) is CodeWrong
        await _verify(bank, cast.arta, known, known_code)
    assert await _kind(_verify(bank, cast.arta, other, wrong)) is BlockedForNow


async def test_a_right_code_ends_the_row_of_wrong_ones(bank: Bank, cast: Cast, phones: Phones) -> None:
    for _ in range(2):
        challenge_id = await _issue(bank, cast.arta)
        for _ in range(2):
            assert await _kind(_verify(bank, cast.arta, challenge_id, another(last_code(phones)))) is CodeWrong
        await _verify(bank, cast.arta, challenge_id, last_code(phones))


async def test_that_the_right_code_was_typed_is_kept_of_the_first_time(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    authorised = "SELECT authorised_at FROM challenge WHERE id = $1"
    challenge_id = await _issue(bank, cast.arta)
    assert await _kind(_verify(bank, cast.arta, challenge_id, another(last_code(phones)))) is CodeWrong
    assert await admin.fetchval(authorised, challenge_id) is None
    await _verify(bank, cast.arta, challenge_id, last_code(phones))
    first = await admin.fetchval(authorised, challenge_id)
    await machine.wait(10)
    await _verify(bank, cast.arta, challenge_id, last_code(phones))
    assert first is not None
    assert await admin.fetchval(authorised, challenge_id) == first


async def test_an_expired_code_is_not_evaluated_and_counts_against_nobody(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    challenge_id = await _issue(bank, cast.arta)
    await machine.wait(300)
    for _ in range(5):
        with pytest.raises(CodeExpired):
            await _verify(bank, cast.arta, challenge_id, another(last_code(phones)))
    assert await admin.fetchval("SELECT coalesce(sum(failures), 0) FROM lockout") == 0
    await _reissue(bank, cast.arta, challenge_id)
    await _verify(bank, cast.arta, challenge_id, last_code(phones))


async def test_wrong_tries_stay_counted_when_the_code_is_replaced(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    bank = _without_blocks(bank)
    challenge_id = await _issue(bank, cast.arta)
    for _ in range(2):
        assert await _kind(_verify(bank, cast.arta, challenge_id, another(last_code(phones)))) is CodeWrong
    await machine.wait(30)
    await _reissue(bank, cast.arta, challenge_id)
    assert await _kind(_verify(bank, cast.arta, challenge_id, another(last_code(phones)))) is CodeSpent
    await machine.wait(30)
    with pytest.raises(CodeSpent):
        await _reissue(bank, cast.arta, challenge_id)


async def test_a_used_code_is_not_replaced(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    challenge_id = await _issue(bank, cast.arta)
    await _verify(bank, cast.arta, challenge_id, last_code(phones))
    await machine.wait(30)
    with pytest.raises(CodeSpent):
        await _reissue(bank, cast.arta, challenge_id)


@pytest.mark.refusal("code_not_sent")
async def test_a_payment_code_that_never_left_says_so_and_counts_against_nobody(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin
) -> None:
    phones.reachable = False
    challenge_id = await _issue(bank, cast.arta)
    await asyncio.gather(*phones.tasks)
    assert (await otp.state(bank, challenge_id)).delivery == "unsent"
    assert await _kind(_verify(bank, cast.arta, challenge_id, "12345678")) is CodeNotSent
    phones.reachable = True
    await machine.wait(30)
    await _reissue(bank, cast.arta, challenge_id)
    assert (await otp.state(bank, challenge_id)).delivery == "waiting"
    await _verify(bank, cast.arta, challenge_id, last_code(phones))


async def test_a_late_failure_of_the_first_sms_leaves_the_second_code_alone(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    phones.reachable = False
    late: list[Told] = []
    phones.send = lambda sms, told: late.append(told)  # type: ignore[method-assign]
    challenge_id = await _issue(bank, cast.arta)
    del phones.send  # type: ignore[attr-defined]
    phones.reachable = True
    await machine.wait(30)
    await _reissue(bank, cast.arta, challenge_id)
    await late[0]("unsent")
    await _verify(bank, cast.arta, challenge_id, last_code(phones))


async def test_the_page_knows_the_seconds_left(
    bank: Bank, cast: Cast, phones: Phones, clock, machine: TimeMachine
) -> None:
    challenge_id = await _issue(bank, cast.arta)
    await machine.wait(10)
    shown = await otp.state(bank, challenge_id)
    assert (shown.expires_in, shown.resend_in, shown.resends_left, shown.delivery) == (290, 20, 3, "waiting")
    await machine.wait(400)
    shown = await otp.state(bank, challenge_id)
    assert (shown.expires_in, shown.resend_in) == (0, 0)
    assert await otp.state(bank, uuid4()) == otp.CodeState(0, 0, 0, "waiting")


@pytest.mark.refusal("too_many_codes")
async def test_five_codes_an_hour_for_one_purpose(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    for _ in range(5):
        await _issue(bank, cast.arta)
    with pytest.raises(TooManyCodes):
        await _issue(bank, cast.arta)
    await _issue(bank, cast.arta, "password")
    await _issue(bank, cast.genti)
    await machine.wait(3600)
    await _issue(bank, cast.arta)
    assert len(phones.sent) == 8


async def test_fifteen_sms_a_day_for_one_customer(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    for _ in range(3):
        challenge_id = await _issue(bank, cast.arta)
        for _ in range(3):
            await machine.wait(30)
            await _reissue(bank, cast.arta, challenge_id)
        await machine.wait(3600)
    for purpose in ("payment", "password", "payment"):
        await _issue(bank, cast.arta, purpose)
    with pytest.raises(TooManyCodes):
        await _issue(bank, cast.arta, "password")
    assert len(phones.sent) == 15
    await machine.wait(86400)
    await _issue(bank, cast.arta)


async def test_waiting_is_asked_for_before_the_caps(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    challenge_id = await _issue(bank, cast.arta)
    await machine.wait(29)
    with pytest.raises(ResendTooSoon) as caught:
        await _reissue(bank, cast.arta, challenge_id)
    assert caught.value.values == {"seconds": 1}


async def test_one_of_many_consumers_wins(bank: Bank, cast: Cast, phones: Phones) -> None:
    challenge_id = await _issue(bank, cast.arta)

    async def consume() -> bool:
        async with bank.database.transaction() as connection:
            return await otp.consume(connection, challenge_id)

    assert sum(await asyncio.gather(*(consume() for _ in range(60)))) == 1


async def test_a_code_can_not_be_consumed_after_its_life(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    challenge_id = await _issue(bank, cast.arta)
    await machine.wait(300)
    async with bank.database.transaction() as connection:
        assert not await otp.consume(connection, challenge_id)


async def test_neither_database_holds_a_code(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    challenge_id = await _issue(bank, cast.arta)
    code = last_code(phones)
    record = await bank.cache.command("HGETALL", f"{bank.cache.prefix}code:{challenge_id}")
    row = await admin.fetchrow("SELECT * FROM challenge WHERE id = $1", challenge_id)
    assert code.encode() not in b"|".join(record)
    assert code not in str(dict(row))
    assert row["digest"] == TRANSFER


@pytest.mark.requirement("R16", "R27")
@pytest.mark.parametrize("language", ["sq", "en"])
@pytest.mark.parametrize("purpose", ["login", "register", "password", "app", "passkey"])
async def test_every_sms_fits_into_one_part_and_says_what_to_do(
    bank: Bank, cast: Cast, admin, purpose: str, language: str
) -> None:
    longest = replace(bank.config.contacts, call_center_e164="+355422662881234")
    slowest = replace(bank.config.codes, login_seconds=599, payment_seconds=599)
    bank = replace(bank, config=replace(bank.config, contacts=longest, codes=slowest))
    await admin.execute("UPDATE customer SET language = $2 WHERE id = $1", cast.arta.id, language)
    async with bank.database.connection() as connection:
        customer = await customer_by_id(connection, bank.fields, cast.arta.id)
    code = "12345678"
    if purpose in ("app", "passkey"):
        text = texts.factor_sms(bank, purpose, customer, code)  # type: ignore[arg-type]
    else:
        text = texts.sms(bank, purpose, customer, code)
    assert len(text) <= 160
    assert is_gsm7(text)
    assert text.index(code) < 60
    assert "+355422662881234" in text
    assert not {"http", "www", "ë", "ç"} & set(re.findall(r"http|www|[ëç]", text))


async def test_codes_are_spread_evenly(bank: Bank) -> None:
    codes = [otp._new_code(bank, "login") for _ in range(20_000)]
    assert {len(code) for code in codes} == {6}
    for place in range(6):
        counted = Counter(code[place] for code in codes)
        chi_square = sum((counted[digit] - 2000) ** 2 / 2000 for digit in "0123456789")
        assert chi_square < 40  # nine degrees of freedom: once in 100 000 runs


def _without_blocks(bank: Bank) -> Bank:
    """For what a code alone does: with five failures allowed, three wrong tries don't block."""
    return replace(bank, config=replace(bank.config, access=replace(bank.config.access, tries=5)))
