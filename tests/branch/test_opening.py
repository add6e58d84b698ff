"""A new customer at the counter: a number of their own, data that can be right, accounts with IBANs that are."""

import asyncio
import re
from dataclasses import replace

import pytest
from access.doors import to_new_password
from cast import Admin, Cast
from conftest import Phones

from dega.access import staff
from dega.access.approvals import NotDone
from dega.access.staff import UserState
from dega.accounts.accounts import Product, my_accounts
from dega.bank import Bank
from dega.branch.opening import Application, add_account, open_at_branch
from dega.ids import customer_number_checks, parse_iban
from dega.money import Currency
from dega.store.night import Watch

WHY = {"operator": "elona", "reason": "came to the branch"}
LULE = Application("Lule Dervishi", "individual", "j65423017p", "069 311 4455", "Lule@Example.AL", 2, "sq")


@pytest.mark.requirement("R10", "R47")
async def test_a_customer_is_opened_with_a_number_and_accounts_and_may_register(
    office: Bank, bank: Bank, phones: Phones
) -> None:
    opened = await open_at_branch(office, LULE, [Currency.ALL, Currency.EUR], **WHY)
    assert re.fullmatch(r"[0-9]{9}", opened.number)
    assert customer_number_checks(opened.number)
    assert [parse_iban(account.iban)[4:7] for account in opened.accounts] == ["299", "299"]
    assert [account.currency for account in opened.accounts] == ["ALL", "EUR"]
    standing = await staff.show(office, "J65423017P")
    assert (standing.state, standing.customer.number) == (UserState.NOT_REGISTERED, opened.number)
    assert (standing.customer.mobile, standing.customer.email) == ("+355693114455", "Lule@example.al")
    await to_new_password(bank, phones, opened.number)


async def test_the_counter_does_not_wait_for_the_process_that_leads_the_night(office: Bank) -> None:
    watch = Watch(office.config.database.dsn)
    await watch.look()
    assert watch.is_leader
    assert len((await open_at_branch(office, LULE, [Currency.ALL], **WHY)).accounts) == 1
    watch.close()


@pytest.mark.requirement("R10")
async def test_numbers_tell_nothing_of_one_another(office: Bank) -> None:
    opened = [
        (await open_at_branch(office, replace(LULE, personal_number=f"J6542301{n}P"), **WHY)).number for n in range(5)
    ]
    assert len(set(opened)) == 5
    assert all(customer_number_checks(number) for number in opened)
    assert int(max(opened)) - int(min(opened)) > 1000


@pytest.mark.requirement("R43")
async def test_an_opening_is_in_the_trail_and_told_without_the_number(office: Bank, admin: Admin) -> None:
    opened = await open_at_branch(office, LULE, **WHY)
    trail = await admin.fetchrow("SELECT actor, data->>'reason' AS reason FROM audit WHERE action = 'customer.open'")
    assert tuple(trail) == ("operator:elona", "came to the branch")
    told = await admin.fetch("SELECT channel, recipient, template, data::text AS data FROM outbox ORDER BY channel")
    assert [(row["channel"], row["template"]) for row in told] == [
        ("email", "customer_opened"),
        ("sms", "customer_opened"),
    ]
    assert all(opened.number not in row["data"] for row in told)


@pytest.mark.requirement("R6", "R7", "R8", "R47")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "   "}, "isn't a name"),
        ({"name": "Lule Дервиши"}, "isn't a name"),
        ({"personal_number": ""}, "has a personal number"),
        ({"personal_number": "123"}, "isn't a personal number such as"),
        ({"personal_number": "J61023041K"}, "is customer 100200301 already"),
        ({"mobile": "042266288"}, "isn't a mobile number"),
        ({"email": "lule"}, "isn't an e-mail address"),
        ({"kshbi_version": 0}, "numbered from 1"),
        ({"kind": "business"}, "A business has no personal number"),
    ],
)
async def test_what_can_not_be_right_is_said_and_nobody_is_opened(
    office: Bank, cast: Cast, admin: Admin, wrong: dict[str, object], sentence: str
) -> None:
    with pytest.raises(NotDone, match=sentence):
        await open_at_branch(office, replace(LULE, **wrong), **WHY)  # type: ignore[arg-type]
    assert await admin.fetchval("SELECT count(*) FROM customer") == 9
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE actor LIKE 'operator:%'") == 0


async def test_of_two_who_open_one_person_at_once_one_does(office: Bank) -> None:
    outcomes = await asyncio.gather(*(open_at_branch(office, LULE, **WHY) for _ in range(4)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotDone)]
    assert (len(refused), len(outcomes)) == (3, 4)


@pytest.mark.requirement("R6")
async def test_a_business_is_opened_without_a_personal_number(office: Bank) -> None:
    opened = await open_at_branch(office, Application("Ura e Re shpk", "business"), [Currency.ALL], **WHY)
    assert (await staff.show(office, opened.number)).customer.kind == "business"


@pytest.mark.requirement("R43", "R47")
async def test_a_further_account_is_opened_told_and_kept(office: Bank, cast: Cast, admin: Admin) -> None:
    account = await add_account(office, cast.arta.number, Currency.CHF, Product.SAVINGS, **WHY)
    assert parse_iban(account.iban) == account.iban
    assert account.iban in {each.iban for each in await my_accounts(office, cast.arta.id)}
    assert (account.balance.minor, account.product) == (0, "savings")
    told = await admin.fetch("SELECT channel, data->>'account' AS account FROM outbox ORDER BY channel")
    assert [tuple(row) for row in told] == [("email", f"***{account.iban[-4:]}"), ("sms", f"***{account.iban[-4:]}")]


@pytest.mark.parametrize("missing", ["operator", "reason"])
async def test_nobody_is_opened_without_a_name_and_a_reason(office: Bank, admin: Admin, missing: str) -> None:
    with pytest.raises(NotDone, match="audit trail"):
        await open_at_branch(office, LULE, **{**WHY, missing: " "})
    assert await admin.fetchval("SELECT count(*) FROM customer") == 9
