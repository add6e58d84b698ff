"""Two thousand numbers and one password, as they are traded: nobody gets in, the house notices, customers don't."""

import asyncio
import logging
from collections import Counter
from dataclasses import replace

import pytest
from access.doors import HOME, enter, last_code, to_code
from access.watching import lose_valkey
from cast import PASSWORD, Cast
from conftest import Phones
from msgspec import structs

from dega.access import login, register
from dega.access.sessions import Client
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import SignInFailed, TooManyFailures


def _limited(bank: Bank, network: int, everyone: int) -> Bank:
    access = replace(bank.config.access, network_failures=network, all_failures=everyone)
    return replace(bank, config=replace(bank.config, access=access))


async def _try(bank: Bank, number: str, client: Client) -> str:
    """One number and one password, and a code at a guess: how it ends."""
    session = await login.give_number(bank, number, client)
    try:
        session = await login.give_password(bank, session, "Password123", client)
    except TooManyFailures:
        return "throttled"
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, "123456", client)
    return "refused"


@pytest.mark.requirement("R15", "R20")
async def test_ten_thousand_numbers_from_one_network_come_to_nothing_and_customers_go_on(
    bank: Bank, cast: Cast, phones: Phones, admin, caplog: pytest.LogCaptureFixture
) -> None:
    home = structs.replace(HOME, device=(await enter(bank, phones, cast.arta.number)).device_token)
    cache = bank.cache
    endings: Counter[str] = Counter()
    with caplog.at_level(logging.ERROR):
        for first in range(700_000_000, 700_010_000, 20):
            endings.update(await asyncio.gather(*(_try(bank, str(first + n), HOME) for n in range(20))))
    assert endings == {"refused": 60, "throttled": 9_940}
    assert caplog.messages.count("failed tries have gone past their limit") == 1
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'sign_in.throttle'") == 1
    assert await admin.fetchval("SELECT count(*) FROM sign_in WHERE succeeded") == 1
    assert await cache.command("KEYS", f"{cache.prefix}session-of:*") != []
    session = await login.give_number(bank, cast.arta.number, home)
    session = await login.give_password(bank, session, PASSWORD, home)
    assert (await login.give_code(bank, session, last_code(phones), home)).customer_id == cast.arta.id
    elsewhere = structs.replace(HOME, address_prefix="198.51.100.0/24")
    session = await login.give_number(bank, cast.genti.number, elsewhere)
    session = await login.give_password(bank, session, PASSWORD, elsewhere)
    assert (await login.give_code(bank, session, last_code(phones), elsewhere)).customer_id == cast.genti.id


@pytest.mark.requirement("R15", "R20")
async def test_a_network_for_each_number_does_not_get_round_it(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = _limited(bank, network=60, everyone=100)
    home = structs.replace(HOME, device=(await enter(bank, phones, cast.arta.number)).device_token)
    networks = [structs.replace(HOME, address_prefix=f"10.{n // 250}.{n % 250}.0/24") for n in range(150)]
    endings = [await _try(bank, f"{700_000_000 + n}", network) for n, network in enumerate(networks)]
    assert endings == ["refused"] * 100 + ["throttled"] * 50
    session = await login.give_number(bank, cast.arta.number, home)
    session = await login.give_password(bank, session, PASSWORD, home)
    assert (await login.give_code(bank, session, last_code(phones), home)).customer_id == cast.arta.id


@pytest.mark.refusal("too_many_failures")
async def test_who_is_throttled_has_not_failed_and_waits_ten_minutes(
    bank: Bank, cast: Cast, phones: Phones, admin, machine: TimeMachine
) -> None:
    bank = _limited(bank, network=2, everyone=100)
    for number in ("700000001", "700000002"):
        assert await _try(bank, number, HOME) == "refused"
    with pytest.raises(TooManyFailures):
        await to_code(bank, cast.arta.number)
    assert await admin.fetchval("SELECT count(*) FROM lockout WHERE customer_id = $1", cast.arta.id) == 0
    for key in await bank.cache.command("KEYS", f"{bank.cache.prefix}throttle:failures*"):
        assert 0 < await bank.cache.command("TTL", key) <= 600


async def test_right_logins_are_not_counted_as_failures(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = _limited(bank, network=2, everyone=100)
    for person in (cast.arta, cast.genti, cast.besnik, cast.drita):
        assert (await enter(bank, phones, person.number)).customer_id == person.id


@pytest.mark.requirement("R20")
async def test_losing_valkey_forgets_the_throttle_and_no_block(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = _limited(bank, network=3, everyone=100)
    for _ in range(3):
        await to_code(bank, cast.arta.number, "Wrong12345")
    await lose_valkey(bank)
    session = await to_code(bank, cast.arta.number)
    with pytest.raises(Exception, match="blocked_for_now"):
        await login.give_code(bank, session, "123456", HOME)


@pytest.mark.requirement("R9")
async def test_registrations_that_come_to_nothing_are_counted_too_and_finished_ones_are_not(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    bank = _limited(bank, network=2, everyone=100)
    session = await register.give_number(bank, cast.elira.number, HOME)
    await register.give_code(bank, session, last_code(phones), HOME)
    for number in ("700000001", "700000002"):
        await register.give_number(bank, number, HOME)
    with pytest.raises(TooManyFailures):
        await register.give_number(bank, "700000003", HOME)
