"""What second factors and operators' requests keep sealed comes under a new key, and holds an old one until it has."""

from dataclasses import replace

from access.apps import add_app, enter_by_app
from access.doors import HOME, to_code
from cast import Admin, Cast
from conftest import Phones

from dega.access import login, staff
from dega.access.steps import Level
from dega.bank import Bank
from dega.branch import counter
from dega.cli.reseal import reseal
from dega.cli.time_travel import TimeMachine
from dega.keyring import Keyring
from dega.sealing import SealedFields
from dega.store import keys as store

NEW = b"the new key of thirty-two bytes."


async def under_a_new_key(bank: Bank, admin: Admin, *, dropped: bool) -> Bank:
    """The bank as it is once everything is resealed, with the old key of fields still there or dropped."""
    both = Keyring("fields", NEW, (bank.keys.fields.current,))
    done = await reseal(admin, {"pepper": bank.keys.pepper, "fields": both})
    assert done.unreadable == []
    return replace(bank, fields=SealedFields(Keyring("fields", NEW) if dropped else both))


async def test_an_app_logs_in_after_its_seed_came_under_a_new_key(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    before = await admin.fetchval("SELECT sealed_seed FROM factor")
    later = await under_a_new_key(bank, admin, dropped=True)
    await machine.wait(30)
    assert (await enter_by_app(later, telephone, cast.arta.number)).level is Level.FULL
    assert await admin.fetchval("SELECT sealed_seed FROM factor") != before


async def test_recovery_codes_hold_the_key_that_they_were_kept_under(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    later = await under_a_new_key(bank, admin, dropped=False)
    assert await held_by(admin, bank.keys.fields.kid) == [("recovery_code|hash", 10)]
    session = await to_code(later, cast.arta.number)
    await login.give_code(later, session, telephone.paper[0], HOME)
    assert await held_by(admin, bank.keys.fields.kid) == [("recovery_code|hash", 9)]


async def held_by(admin: Admin, kid: str) -> list[tuple[str, int]]:
    return [(need.place, need.count) for need in await store.needs(admin) if need.kid == kid]


async def test_a_request_that_waits_is_decided_under_a_new_key(
    bank: Bank, office: Bank, cast: Cast, admin: Admin
) -> None:
    mobile = {"mobile": "069 511 2233"}
    asked = await counter.ask(office, "set-mobile", cast.arta.number, mobile, operator="elona", reason="in person")
    later = await under_a_new_key(office, admin, dropped=True)
    await counter.approve(later, asked.request, operator="dritan", reason="seen it")
    assert (await staff.show(later, cast.arta.number)).customer.mobile == "+355695112233"
