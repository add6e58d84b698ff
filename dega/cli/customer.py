"""`dega customer`: what branch and Call Center do about a customer's access (R43). Who does it and why is kept."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from dega import audit
from dega.access import staff
from dega.access.staff import NotDone, Standing
from dega.app import open_bank
from dega.audit import Actor
from dega.bank import Bank, Sms, Told
from dega.cli.secrets import read_keys
from dega.cli.terminal import NotThere, answerable, asynchronous, json_option, show, show_one, with_config
from dega.clock import Clock
from dega.config import Config
from dega.ids import mask_phone

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
    async with open_bank(config, dsn=config.database.staff_dsn, clock=Clock(), codes=NoCodes(), keys=keys) as bank:
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
        await _keep_who_looked(bank, found, operator, reason)
    if not found:
        raise NotThere("nobody is found.")
    show([_facts(standing) for standing in found], as_json, columns=("number", "name", "kind", "state", "mobile"))


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
        await _keep_who_looked(bank, [standing], operator, reason)
    show_one(_facts(standing), as_json)


def deed(command: Callable[Concatenate[Config, P], Coroutine[Any, Any, None]]) -> click.Command:
    """A command under `dega customer` that does something to the customer NUMBER."""
    whole = click.argument("number")(answerable(with_config(asynchronous(command))))
    return customer.command()(whole)


@deed
async def block(config: Config, number: str, operator: str, reason: str) -> None:
    """Block the access at once: a lost phone, a code that nobody asked for."""
    await _do(config, partial(staff.block, number=number, operator=operator, reason=reason))


@deed
async def unblock(config: Config, number: str, operator: str, reason: str) -> None:
    """End a block, and forget the failures before it."""
    await _do(config, partial(staff.unblock, number=number, operator=operator, reason=reason))


@deed
async def reset(config: Config, number: str, operator: str, reason: str) -> None:
    """A forgotten password: it no longer works, and the customer registers anew."""
    await _do(config, partial(staff.reset, number=number, operator=operator, reason=reason))


@deed
async def close(config: Config, number: str, operator: str, reason: str) -> None:
    """The customer leaves the internet branch; the accounts live on."""
    await _do(config, partial(staff.close, number=number, operator=operator, reason=reason))


@deed
async def end_sessions(config: Config, number: str, operator: str, reason: str) -> None:
    """Log the customer out, wherever they are."""
    await _do(config, partial(staff.end_sessions, number=number, operator=operator, reason=reason))


@deed
@click.argument("mobile")
async def set_mobile(config: Config, number: str, mobile: str, operator: str, reason: str) -> None:
    """The MOBILE number that the customer declared at the branch."""
    await _do(config, partial(staff.set_mobile, number=number, mobile=mobile, operator=operator, reason=reason))


@deed
@click.argument("version", type=int)
async def set_kshbi(config: Config, number: str, version: int, operator: str, reason: str) -> None:
    """The VERSION of the retail banking terms that the customer signed."""
    await _do(config, partial(staff.set_kshbi, number=number, version=version, operator=operator, reason=reason))


async def _do(config: Config, action: Callable[[Bank], Awaitable[bool | None]]) -> None:
    async with as_staff(config) as bank:
        known_to_be_out = await _done(action(bank))
    click.echo("Done." if known_to_be_out is not False else MAY_LIVE_ON)


async def _done(action: Awaitable[T]) -> T:
    try:
        return await action
    except NotDone as error:
        raise NotThere(str(error)) from error


async def _keep_who_looked(bank: Bank, found: list[Standing], operator: str, reason: str) -> None:
    async with bank.database.transaction() as connection:
        for standing in found:
            subject = f"customer:{standing.customer.id}"
            await audit.record(connection, Actor(f"operator:{operator}"), "customer.read", subject, reason=reason)


def _facts(standing: Standing) -> dict[str, object]:
    """What staff need to know; no secret, and of the phone only as much as lets two be told apart."""
    person, against = standing.customer, standing.lockout
    return {
        "number": person.number,
        "name": person.name,
        "kind": person.kind,
        "state": standing.state.value,
        "mobile": mask_phone(person.mobile) if person.mobile else None,
        "kshbi_version": person.kshbi_version,
        "language": person.language,
        "password_changed_at": person.password_changed_at,
        "failures": against.failures,
        "blocked_at": against.blocked_at if against.is_blocked else against.barred_at,
        "blocked_until": against.blocked_until if against.is_blocked else None,
        "blocked_by": "failures" if against.is_blocked else against.barred_by,
    }
