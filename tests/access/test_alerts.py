"""Alerts as the customer chose them: what goes where, what can't be silenced, and that changing them is told."""

import itertools
from dataclasses import replace

import asyncpg
import pytest
from cast import Admin, Cast, told

from dega.access import notices
from dega.access.alert_choices import choose, my_alerts
from dega.alerts import AS_THE_BANK_DOES_IT, NEVER_SILENT, Kind, Ways, reaching
from dega.alerts import notices as notices_of
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import Refusals
from dega.money import Currency, Money
from dega.store import access
from dega.store.access import Customer

ACTOR = Actor("customer:1", "request-1", "192.0.2.0/24")
ALWAYS = ["access_blocked", "access_unblocked", "access_reset", "mobile_changed", "email_changed", "alerts_changed"]
CHOSEN = [("new_device", Kind.NEW_DEVICE), ("password_changed", Kind.CREDENTIALS)]
WAYS = [Ways(*ways) for ways in itertools.product((True, False), repeat=2)]


async def arta(bank: Bank, cast: Cast) -> Customer:
    async with bank.database.connection() as connection:
        customer = await access.customer_by_id(connection, bank.fields, cast.arta.id)
    assert customer is not None
    return customer


async def tell(bank: Bank, cast: Cast, about: notices.About) -> None:
    customer = await arta(bank, cast)
    async with bank.database.transaction() as connection:
        await notices.tell(connection, bank, customer, about)


async def channels(admin: Admin, about: str) -> list[str]:
    rows = await admin.fetch("SELECT channel FROM outbox WHERE template = $1 ORDER BY id", about)
    return [row["channel"] for row in rows]


@pytest.mark.parametrize(
    ("about", "kind", "ways"),
    [(*each, ways) for each in CHOSEN for ways in WAYS if ways.any or each[1] not in NEVER_SILENT],
)
async def test_an_alert_goes_where_it_was_chosen_to_go(
    bank: Bank, admin: Admin, cast: Cast, about: notices.About, kind: Kind, ways: Ways
) -> None:
    await choose(bank, cast.arta.id, {kind: ways}, {}, ACTOR)
    await tell(bank, cast, about)
    assert await channels(admin, about) == ["sms"] * ways.sms + ["email"] * ways.email


@pytest.mark.parametrize("about", ALWAYS)
async def test_what_protects_goes_everywhere_whatever_was_switched_off(
    bank: Bank, admin: Admin, cast: Cast, about: notices.About
) -> None:
    silent = {kind: Ways(False, False) for kind in Kind if kind is not Kind.CREDENTIALS}
    await choose(bank, cast.arta.id, {**silent, Kind.CREDENTIALS: Ways(sms=False, email=True)}, {}, ACTOR)
    await admin.execute("DELETE FROM outbox")
    await tell(bank, cast, about)
    assert await channels(admin, about) == ["sms", "email"]


@pytest.mark.refusal("alert_needs_way")
async def test_changed_credentials_are_never_silent(bank: Bank, app_sql, cast: Cast) -> None:
    with pytest.raises(Refusals) as refused:
        await choose(bank, cast.arta.id, {Kind.CREDENTIALS: Ways(False, False)}, {}, ACTOR)
    assert [(each.code, each.field) for each in refused.value.refusals] == [("alert_needs_way", "credentials")]
    with pytest.raises(asyncpg.CheckViolationError, match="changed_credentials_are_always_told"):
        await app_sql(f"INSERT INTO alert_choice VALUES ({cast.arta.id}, 'credentials', false, false, now())")


@pytest.fixture
def app_sql(bank: Bank):
    """Run a statement as the web process could."""

    async def run(statement: str) -> None:
        async with bank.database.connection() as connection:
            await connection.execute(statement)

    return run


async def test_a_change_is_told_on_every_way_and_kept_with_before_and_after(
    bank: Bank, admin: Admin, cast: Cast
) -> None:
    assert await choose(bank, cast.arta.id, {Kind.NEW_DEVICE: Ways(False, False)}, {}, ACTOR)
    assert [(channel, about) for channel, _, about in await told(bank, admin)] == [
        ("sms", "alerts_changed"),
        ("email", "alerts_changed"),
    ]
    kept = await admin.fetchrow("SELECT actor, subject, data::text AS data FROM audit WHERE action = 'alerts.change'")
    assert tuple(kept) == ("customer:1", f"customer:{cast.arta.id}", '{"new_device": "sms+email > none"}')


async def test_a_thief_who_silences_everything_is_heard_by_the_owner(bank: Bank, admin: Admin, cast: Cast) -> None:
    silent = {kind: Ways(False, False) for kind in Kind if kind is not Kind.CREDENTIALS}
    await choose(bank, cast.arta.id, silent, {}, ACTOR)
    await choose(bank, cast.arta.id, {Kind.CREDENTIALS: Ways(sms=True, email=False)}, {}, ACTOR)
    assert await channels(admin, "alerts_changed") == ["sms", "email"] * 2


async def test_choosing_the_same_again_changes_nothing_and_tells_nobody(bank: Bank, admin: Admin, cast: Cast) -> None:
    before = await my_alerts(bank, cast.arta.id)
    assert before.ways == AS_THE_BANK_DOES_IT
    assert not await choose(bank, cast.arta.id, before.ways, {each: before.large(each) for each in Currency}, ACTOR)
    assert await told(bank, admin) == []
    assert await admin.fetchval("SELECT count(*) FROM alert_choice") == 0


async def test_amounts_are_kept_by_currency_and_are_the_customers_own(bank: Bank, cast: Cast) -> None:
    await choose(bank, cast.arta.id, {}, {Currency.EUR: Money(25_000, Currency.EUR)}, ACTOR)
    mine, theirs = await my_alerts(bank, cast.arta.id), await my_alerts(bank, cast.genti.id)
    assert mine.large(Currency.EUR) == Money(25_000, Currency.EUR)
    assert mine.large(Currency.ALL) == theirs.large(Currency.ALL) == bank.config.large_payment(Currency.ALL)
    assert theirs.large(Currency.EUR) == bank.config.large_payment(Currency.EUR)


@pytest.mark.parametrize("chosen", WAYS)
@pytest.mark.parametrize("mobile", ["+355692003001", None])
@pytest.mark.parametrize("email", ["c1@example.org", None])
async def test_a_way_that_leads_nowhere_is_replaced_by_the_other(
    bank: Bank, cast: Cast, chosen: Ways, mobile: str | None, email: str | None
) -> None:
    to = replace(await arta(bank, cast), mobile=mobile, email=email)
    there = Ways(bool(mobile), bool(email))
    direct = Ways(chosen.sms and there.sms, chosen.email and there.email)
    expected = direct if direct.any or not chosen.any else there
    assert reaching(chosen, to) == expected
    assert [notice.channel for notice in notices_of(to, "new_device", chosen, {})] == [
        *["sms"] * expected.sms,
        *["email"] * expected.email,
    ]
