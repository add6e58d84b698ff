"""`dega deposit`: time deposits at the counter. Who does it and why is kept."""

from collections.abc import Awaitable
from typing import TypeVar

import click

from dega import audit
from dega.access import staff
from dega.access.approvals import NotDone
from dega.accounts.accounts import Product, my_accounts
from dega.accounts.deposits import Deposit, Renewal, deposit_of
from dega.audit import Actor
from dega.branch import deposits
from dega.cli.customer import as_staff
from dega.cli.terminal import NotThere, answerable, asynchronous, json_option, show, show_one, with_config
from dega.config import Config
from dega.ids import format_iban
from dega.money import format_money
from dega.tariff import TERMS

T = TypeVar("T")

RENEWALS = click.Choice([renewal.value for renewal in Renewal])


@click.group()
def deposit() -> None:
    """Time deposits. NUMBER is the customer number or the personal number, IBAN the deposit's own."""


@deposit.command(name="open")
@click.argument("number")
@click.argument("from_iban")
@click.argument("amount")
@click.argument("months", type=click.Choice([str(months) for months in TERMS]))
@click.option(
    "--renewal",
    type=RENEWALS,
    default=Renewal.NONE.value,
    show_default=True,
    help="When it matures: paid out; renewed, the interest paid out; renewed whole, with the interest.",
)
@answerable
@json_option
@with_config
@asynchronous
async def open_deposit(
    config: Config,
    number: str,
    from_iban: str,
    amount: str,
    months: str,
    renewal: str,
    operator: str,
    reason: str,
    as_json: bool,
) -> None:
    """Put AMOUNT out of the current account FROM_IBAN aside for so many MONTHS, and say the deposit's IBAN."""
    async with as_staff(config) as bank:
        opened = await _done(
            deposits.open_deposit(
                bank, number, from_iban, amount, int(months), Renewal(renewal), operator=operator, reason=reason
            )
        )
    facts = {
        "iban": opened.iban if as_json else format_iban(opened.iban),
        "amount": format_money(opened.amount),
        "percent_a_year": f"{opened.rate.ppm / 10_000:g}",
        "days_of_a_year": opened.rate.year,
        "matures_on": opened.matures_on,
    }
    show_one(facts, as_json)


@deposit.command(name="end")
@click.argument("number")
@click.argument("iban")
@answerable
@with_config
@asynchronous
async def end_early(config: Config, number: str, iban: str, operator: str, reason: str) -> None:
    """Give the principal of the deposit IBAN back now; its interest is lost."""
    async with as_staff(config) as bank:
        given_back = await _done(deposits.end_early(bank, number, iban, operator=operator, reason=reason))
    click.echo(f"{format_money(given_back)} are in the current account again; no interest is paid.")


@deposit.command(name="renewal")
@click.argument("number")
@click.argument("iban")
@click.argument("renewal", type=RENEWALS)
@answerable
@with_config
@asynchronous
async def change_renewal(config: Config, number: str, iban: str, renewal: str, operator: str, reason: str) -> None:
    """What becomes of the deposit IBAN when it matures."""
    async with as_staff(config) as bank:
        await _done(deposits.set_renewal(bank, number, iban, Renewal(renewal), operator=operator, reason=reason))
    click.echo("Done.")


@deposit.command(name="list")
@click.argument("number")
@answerable
@json_option
@with_config
@asynchronous
async def list_deposits(config: Config, number: str, operator: str, reason: str, as_json: bool) -> None:
    """The customer's deposits, each with its term that runs or ran last; no balance of another account."""
    async with as_staff(config) as bank:
        customer = (await _done(staff.show(bank, number))).customer
        async with bank.database.transaction() as connection:
            who = Actor(f"operator:{operator}")
            await audit.record(connection, who, "customer.read", f"customer:{customer.id}", reason=reason)
        mine = [account for account in await my_accounts(bank, customer.id) if account.product is Product.TERM]
        found = [(account.iban, await deposit_of(bank, customer.id, account.iban)) for account in mine]
    show([_row(iban, each) for iban, each in found if each is not None], as_json)


def _row(iban: str, each: Deposit) -> dict[str, object]:
    return {
        "iban": iban,
        "principal": format_money(each.principal),
        "months": each.months,
        "percent_a_year": f"{each.rate.ppm / 10_000:g}",
        "first_day": each.first_day,
        "pays_on": each.pays_on,
        "interest": format_money(each.gross),
        "tax": format_money(each.tax),
        "renewal": each.renewal.value,
        "outcome": each.outcome,
    }


async def _done(action: Awaitable[T]) -> T:
    try:
        return await action
    except NotDone as error:
        raise NotThere(str(error)) from error
