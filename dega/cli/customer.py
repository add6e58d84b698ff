"""`dega customer`: what branch and Call Center do for a customer (R43). Who does it and why is kept.

What one operator alone could do harm with is asked for first, and done when another one approves it.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar
from uuid import UUID

import click

from dega import audit
from dega.access import approvals, staff
from dega.access.approvals import NotDone
from dega.accounts.accounts import Product, Status
from dega.app import open_bank
from dega.audit import Actor
from dega.bank import Bank, Sms, Told
from dega.branch import counter, opening
from dega.branch.counter import Asked, Done
from dega.cli.secrets import read_keys
from dega.cli.standing import facts_of, whole
from dega.cli.terminal import NotThere, answerable, asynchronous, connected, json_option, show, show_one, with_config
from dega.cli.time_travel import clock_of
from dega.clock import format_instant
from dega.config import Config
from dega.i18n import LANGUAGES, Language
from dega.ids import format_iban
from dega.money import Currency

P = ParamSpec("P")
T = TypeVar("T")

MAY_LIVE_ON = (
    "Done. But Valkey is away: a page that is open now may live on until its session's absolute limit. No money moves."
)


class NoCodes:
    """Staff never send codes to anyone."""

    def send(self, sms: Sms, told: Told) -> None:
        """Never happens."""
        raise AssertionError("a command of staff sent a code")

    def refuse(self, told: Told) -> None:
        """Never happens either."""
        raise AssertionError("a command of staff refused a code")


@asynccontextmanager
async def as_staff(config: Config) -> AsyncIterator[Bank]:
    """The bank, as the role of staff has it."""
    keys = read_keys(Path(config.secrets.folder), os.environ)
    dsn = config.database.staff_dsn
    async with connected(dsn) as connection:
        clock = await clock_of(connection)
    async with open_bank(config, dsn=dsn, clock=clock, codes=NoCodes(), keys=keys) as bank:
        yield bank


@click.group()
def customer() -> None:
    """Customers and their access. NUMBER is the customer number or the personal number."""


@customer.command()
@click.argument("text")
@answerable
@json_option
@with_config
@asynchronous
async def find(config: Config, text: str, operator: str, reason: str, as_json: bool) -> None:
    """Customers by either number, by mobile (+355…) or by a part of the name."""
    async with as_staff(config) as bank:
        found = await staff.find(bank, text)
        await _keep_who_looked(bank, {each.customer.id for each in found}, operator, reason)
    if not found:
        raise NotThere("nobody is found.")
    show([facts_of(standing) for standing in found], as_json, columns=("number", "name", "kind", "state", "mobile"))


@customer.command(name="show")
@click.argument("number")
@answerable
@json_option
@with_config
@asynchronous
async def show_standing(config: Config, number: str, operator: str, reason: str, as_json: bool) -> None:
    """How one customer stands with the internet branch."""
    async with as_staff(config) as bank:
        standing = await _done(staff.show(bank, number))
        await _keep_who_looked(bank, [standing.customer.id], operator, reason)
        facts = await whole(bank, standing)
    show_one(facts, as_json)


def deed(command: Callable[Concatenate[Config, P], Coroutine[Any, Any, None]]) -> click.Command:
    """A command under `dega customer` that does something to the customer NUMBER."""
    whole = click.argument("number")(answerable(with_config(asynchronous(command))))
    return customer.command()(whole)


@deed
async def block(config: Config, number: str, operator: str, reason: str) -> None:
    """Block the access at once: a lost phone, a code that nobody asked for."""
    await _ask(config, "block", number, operator, reason)


@deed
async def unblock(config: Config, number: str, operator: str, reason: str) -> None:
    """End a block, and forget the failures before it. A lasting block needs a second operator."""
    await _ask(config, "unblock", number, operator, reason)


@deed
async def reset(config: Config, number: str, operator: str, reason: str) -> None:
    """A forgotten password: it no longer works, and the customer registers anew. Needs a second operator."""
    await _ask(config, "reset", number, operator, reason)


@deed
async def close(config: Config, number: str, operator: str, reason: str) -> None:
    """The customer leaves the internet branch; the accounts live on. Needs a second operator."""
    await _ask(config, "close", number, operator, reason)


@deed
async def end_sessions(config: Config, number: str, operator: str, reason: str) -> None:
    """Log the customer out, wherever they are."""
    await _ask(config, "end-sessions", number, operator, reason)


@deed
@click.argument("mobile")
async def set_mobile(config: Config, number: str, mobile: str, operator: str, reason: str) -> None:
    """The MOBILE number that the customer declared at the branch. Needs a second operator."""
    await _ask(config, "set-mobile", number, operator, reason, mobile=mobile)


@deed
@click.argument("email")
async def set_email(config: Config, number: str, email: str, operator: str, reason: str) -> None:
    """The EMAIL address that the customer declared at the branch. Needs a second operator."""
    await _ask(config, "set-email", number, operator, reason, email=email)


@deed
@click.argument("factor", type=click.UUID)
async def remove_factor(config: Config, number: str, factor: UUID, operator: str, reason: str) -> None:
    """A lost app or passkey, by the FACTOR that `show` lists. It leaves after some hours. Needs a second operator."""
    await _ask(config, "remove-factor", number, operator, reason, factor=str(factor))


@deed
@click.argument("version", type=int)
async def set_kshbi(config: Config, number: str, version: int, operator: str, reason: str) -> None:
    """The VERSION of the retail banking terms that the customer signed."""
    await _ask(config, "set-kshbi", number, operator, reason, version=str(version))


@deed
@click.argument("language", type=click.Choice(LANGUAGES))
async def set_language(config: Config, number: str, language: str, operator: str, reason: str) -> None:
    """The LANGUAGE in which the bank writes to the customer."""
    await _ask(config, "set-language", number, operator, reason, chosen=language)


@deed
@click.argument("iban")
@click.argument("status", type=click.Choice([status.value for status in Status]))
async def account_status(config: Config, number: str, iban: str, status: str, operator: str, reason: str) -> None:
    """How the account IBAN stands from now on. To close one, or to make it active, needs a second operator."""
    await _ask(config, "account-status", number, operator, reason, iban=iban, status=status)


@deed
@click.argument("currency", type=click.Choice([currency.value for currency in Currency]))
@click.option("--savings", is_flag=True, help="A savings account rather than a current one.")
async def open_account(config: Config, number: str, currency: str, savings: bool, operator: str, reason: str) -> None:
    """Open one more account in CURRENCY, and say its IBAN."""
    product = Product.SAVINGS if savings else Product.CURRENT
    async with as_staff(config) as bank:
        opened = await _done(
            opening.add_account(bank, number, Currency(currency), product, operator=operator, reason=reason)
        )
    click.echo(format_iban(opened.iban))


@customer.command(name="open")
@click.option("--name", required=True, help="As it stands on the identity card or in the register of businesses.")
@click.option(
    "--kind",
    type=click.Choice(["individual", "business"]),
    default="individual",
    show_default=True,
    help="Businesses aren't served online.",
)
@click.option("--personal-number", default="", help="Of the identity card; businesses have none.")
@click.option("--mobile", default="", help="Declared at the branch: the codes go there. Registering online needs one.")
@click.option("--email", default="", help="Declared at the branch: letters and alerts go there.")
@click.option("--kshbi", type=int, help="The version of the retail banking terms that was signed.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="In which the bank writes to the customer.",
)
@click.option(
    "--account", "currencies", multiple=True, type=click.Choice([currency.value for currency in Currency]),
    help="A current account in this currency; may be given several times.",
)  # fmt: skip
@answerable
@json_option
@with_config
@asynchronous
async def open_at_branch(
    config: Config,
    name: str,
    kind: Literal["individual", "business"],
    personal_number: str,
    mobile: str,
    email: str,
    kshbi: int | None,
    language: Language,
    currencies: tuple[str, ...],
    operator: str,
    reason: str,
    as_json: bool,
) -> None:
    """Open a new customer, and say the customer number that is theirs for ever."""
    application = opening.Application(name, kind, personal_number, mobile, email, kshbi, language)
    wanted = [Currency(currency) for currency in currencies]
    async with as_staff(config) as bank:
        opened = await _done(opening.open_at_branch(bank, application, wanted, operator=operator, reason=reason))
    show_one({"number": opened.number, "accounts": [account.iban for account in opened.accounts]}, as_json)


# ---------------------------------------------------------------- four eyes


@customer.command(name="approvals")
@answerable
@json_option
@with_config
@asynchronous
async def list_approvals(config: Config, operator: str, reason: str, as_json: bool) -> None:
    """What waits for a second operator, the oldest first."""
    async with as_staff(config) as bank:
        waiting = await approvals.waiting(bank)
        await _keep_who_looked(bank, {asked.customer_id for asked in waiting}, operator, reason)
    columns = ("id", "action", "number", "name", "shown", "requested_by", "reason", "requested_at", "expires_at")
    show([{name: getattr(asked, name) for name in columns} for asked in waiting], as_json, columns)


@customer.command()
@click.argument("request", type=int)
@answerable
@with_config
@asynchronous
async def approve(config: Config, request: int, operator: str, reason: str) -> None:
    """Do what another operator asked for by REQUEST. Nobody approves their own."""
    async with as_staff(config) as bank:
        _say(await _done(counter.approve(bank, request, operator=operator, reason=reason)))


@customer.command()
@click.argument("request", type=int)
@answerable
@with_config
@asynchronous
async def decline(config: Config, request: int, operator: str, reason: str) -> None:
    """Don't do what was asked for by REQUEST; who asked may take it back so."""
    async with as_staff(config) as bank:
        await _done(approvals.decline(bank, request, operator=operator, reason=reason))
    click.echo("Declined.")


async def _ask(config: Config, action: str, number: str, operator: str, reason: str, **arguments: str) -> None:
    async with as_staff(config) as bank:
        _say(await _done(counter.ask(bank, action, number, arguments, operator=operator, reason=reason)))


def _say(outcome: Done | Asked) -> None:
    match outcome:
        case Done(known_to_be_out):
            click.echo("Done." if known_to_be_out else MAY_LIVE_ON)
        case Asked(request, expires_at, shown):
            click.echo(f"Nothing is done yet. Request {request}: {shown or 'as asked for'}.")
            click.echo(f"Another operator says `dega customer approve {request}` before {format_instant(expires_at)}.")


async def _done(action: Awaitable[T]) -> T:
    try:
        return await action
    except NotDone as error:
        raise NotThere(str(error)) from error


async def _keep_who_looked(bank: Bank, customers: Iterable[int], operator: str, reason: str) -> None:
    async with bank.database.transaction() as connection:
        for customer_id in sorted(customers):
            subject = f"customer:{customer_id}"
            await audit.record(connection, Actor(f"operator:{operator}"), "customer.read", subject, reason=reason)
