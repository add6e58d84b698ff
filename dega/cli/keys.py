"""`dega keys`: one key follows another. Made, replaced, everything stored moved to the new one, the old one dropped."""

import os
from collections import Counter
from pathlib import Path

import click

from dega import audit
from dega.audit import Actor
from dega.cli.key_files import drop_key, make_key, replace_key
from dega.cli.reseal import find_wants, require_restarted
from dega.cli.reseal import reseal as reseal_all
from dega.cli.secrets import read_rings
from dega.cli.terminal import (
    NotThere,
    Trouble,
    answerable,
    asynchronous,
    connected,
    finish,
    json_option,
    show,
    show_one,
    with_config,
)
from dega.config import RINGS, SECRETS, Config
from dega.keyring import Keyring
from dega.store import keys as store
from dega.store.database import Connection

FOR_GOOD = "subjects"
"""Failures and blocks are kept under the number's HMAC with this key, also for numbers that nobody has; those can't be
made anew without the number. With another key they would all be forgiven, so this command never replaces it. Whoever
had it and the database could learn which numbers strangers mistyped: customers' own rows name the customer anyway."""

AFTERWARDS = {
    "sessions": "Everybody is logged out by the restart.",
    "forms": "Pages that are open now ask to be sent again.",
    "codes": "Codes that are under way are void.",
    "devices": "Every browser is unknown again.",
    "pepper": "Then run `dega keys reseal`, and `dega keys drop` for the old one.",
    "fields": "Then run `dega keys reseal`, and `dega keys drop` for the old one.",
    "seals": "The old one stays: what it sealed is verified with it.",
}
"""What a new key of the purpose means, once the bank is restarted."""

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where the keys are written, if the service is given copies of them (systemd's LoadCredential).",
)


@click.group()
def keys() -> None:
    """The bank's secret keys, and how one follows another."""


@keys.command()
@folder_option
@with_config
def make(config: Config, folder: Path | None) -> None:
    """Make a key for each purpose that has none; the others stay as they are."""
    place = folder or Path(config.secrets.folder)
    with_none = [purpose for purpose in SECRETS if not (place / purpose).exists()]
    try:
        made = [f"{purpose} {make_key(place, purpose)}" for purpose in with_none]
    except OSError as error:
        raise Trouble(_by_hand(place, error, [f"head -c 32 /dev/urandom > {name}" for name in with_none])) from error
    show_one({"folder": place, "made": made}, as_json=False)


@keys.command(name="list")
@json_option
@with_config
@asynchronous
async def list_keys(config: Config, as_json: bool) -> None:
    """Which keys there are, and how many stored values need each; exit status 1 where one is missing."""
    rings = read_rings(Path(config.secrets.folder), os.environ)
    async with connected(config.database.staff_dsn) as connection:
        needed = Counter[tuple[str, str]]()
        for need in await store.needs(connection):
            needed[need.purpose, need.kid] += need.count
    there = [(purpose, kid) for purpose, ring in rings.items() for kid in ring.by_kid]
    rows = [
        {"purpose": purpose, "kid": kid, "standing": _standing(rings[purpose], kid), "needed_by": needed[purpose, kid]}
        for purpose, kid in dict.fromkeys([*there, *sorted(needed)])
    ]
    show(rows, as_json)
    finish(any(row["standing"] in ("missing", "unnamed") for row in rows))


@keys.command()
@click.argument("purpose", type=click.Choice(SECRETS))
@folder_option
@answerable
@with_config
@asynchronous
async def rotate(config: Config, purpose: str, folder: Path | None, operator: str, reason: str) -> None:
    """Make a new key the current one of PURPOSE. It is used once the bank is restarted."""
    if purpose == FOR_GOOD:
        raise NotThere("this key isn't replaced: all failures and blocks would be forgiven.")
    place = folder or Path(config.secrets.folder)
    rings = read_rings(place, {} if folder else os.environ)
    if f"DEGA_KEY_{purpose.upper()}" in os.environ and not folder:
        raise Trouble("the key comes from the environment: put a new one there; of a ring, before the old ones.")
    async with connected(config.database.staff_dsn) as connection:
        unnamed = [need for need in await store.needs(connection) if need.purpose == purpose and not need.kid]
        if unnamed:
            raise NotThere(f"{unnamed[0].place} has values of before keys had names: run `dega keys reseal` first.")
        before = rings[purpose].kid
        try:
            after = replace_key(place, rings[purpose])
        except OSError as error:
            lines = [f"cp -p {purpose} {purpose}.{before}"] if purpose in RINGS else []
            raise Trouble(_by_hand(place, error, [*lines, f"head -c 32 /dev/urandom > {purpose}"])) from error
        await _record(connection, operator, "keys.rotate", purpose, reason=reason, before=before, after=after)
    click.echo(f"The key of {purpose} is {after} now; before it was {before}.")
    click.echo(
        f"Restart the bank now: until then it can't read what others close with the new one. {AFTERWARDS[purpose]}"
    )


@keys.command()
@answerable
@with_config
@asynchronous
async def reseal(config: Config, operator: str, reason: str) -> None:
    """Bring all that is stored under the current keys, while customers are served. May be stopped and begun again."""
    rings = read_rings(Path(config.secrets.folder), os.environ)
    async with connected(config.database.staff_dsn) as connection:
        await require_restarted(connection, rings)
        done = await reseal_all(connection, rings)
        await _record(connection, operator, "keys.reseal", "all", reason=reason, rows=done.rows)
        wants = await find_wants(connection, rings, of_staff=True)
    click.echo(f"{done.rows} rows were brought under the current keys.")
    for why in [*done.unreadable, *wants]:
        click.echo(why)
    finish(bool(done.unreadable or wants))


@keys.command()
@click.argument("purpose", type=click.Choice(RINGS))
@click.argument("kid")
@folder_option
@answerable
@with_config
@asynchronous
async def drop(config: Config, purpose: str, kid: str, folder: Path | None, operator: str, reason: str) -> None:
    """Take an older key away for ever, once nothing needs it any more."""
    place = folder or Path(config.secrets.folder)
    rings = read_rings(place, {} if folder else os.environ)
    if kid not in rings[purpose].by_kid or kid == rings[purpose].kid:
        raise NotThere(f"{kid} is no older key of {purpose}.")
    async with connected(config.database.staff_dsn) as connection:
        await require_restarted(connection, rings)
        for need in await store.needs(connection):
            if (need.purpose, need.kid) == (purpose, kid):
                raise NotThere(f"{need.count} values of {need.place} need it still: {_advice(need.place)}.")
        try:
            drop_key(place, purpose, kid)
        except OSError as error:
            raise Trouble(_by_hand(place, error, [f"rm {purpose}.{kid}"])) from error
        await _record(connection, operator, "keys.drop", purpose, reason=reason, kid=kid)
    click.echo(f"{purpose}.{kid} is gone.")


def _standing(ring: Keyring, kid: str) -> str:
    if not kid:
        return "unnamed"
    if kid not in ring.by_kid:
        return "missing"
    return "current" if kid == ring.kid else "older"


def _advice(place: str) -> str:
    if place.startswith("seal|"):
        return "seals are kept for ever, and the keys that they are verified with"
    if place.startswith("recovery_code"):
        return "recovery codes end when they are used, or when their owner makes new ones"
    if place.endswith("password_hash"):
        return "`dega keys reseal`; those of before the pepper stood around the hash need a login or a reset"
    return "`dega keys reseal`"


def _by_hand(folder: Path, error: OSError, lines: list[str]) -> str:
    """What to do where the folder can't be written to, as with credentials that systemd hands over."""
    return "\n".join(
        [
            f"{error.filename or folder}: {error.strerror}. Where the keys are kept, with --folder, or by hand:",
            "  umask 277",
            *(f"  {line}" for line in lines),
            "and name each file to the service (systemd: LoadCredential).",
        ]
    )


async def _record(connection: Connection, operator: str, action: str, what: str, **data: str | int) -> None:
    await audit.record(connection, Actor(f"operator:{operator}"), action, f"key:{what}", "done", **data)
