"""One key follows another: what was kept under the old one stays good, and the old one goes once nothing needs it."""

import errno
import hmac
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from access.doors import HOME, enter, last_code, to_code
from argon2 import PasswordHasher
from cast import PASSWORD, Admin, Cast, told
from cli.commands import Dega
from conftest import Phones, in_hex
from night.eventually import eventually

from dega.access import login, password, sessions, staff
from dega.access.hasher import Hasher
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.accounts.customers import profile
from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.cli.reseal import reseal
from dega.cli.secrets import read_keys, read_rings
from dega.cli.serve import find_obstacles
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import SECRETS, Config
from dega.errors import SignInFailed
from dega.keyring import kid_of
from dega.sealing import SealedFields
from dega.store import keys as store
from dega.store.keys import SHELVES, Seals

WHO = ("--operator", "elona", "--reason", "yearly")
Opened = Callable[[], AbstractAsyncContextManager[Bank]]


@pytest.fixture
def folder(tmp_path: Path, keys: Keys) -> Path:
    """The keys of the cast as files."""
    for name, text in in_hex(keys).items():
        (tmp_path / name).write_bytes(bytes.fromhex(text))
        (tmp_path / name).chmod(0o400)
    return tmp_path


@pytest.fixture
def environment(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """As operators have it: keys in a folder."""
    without = {name: text for name, text in environment.items() if not name.startswith("DEGA_KEY_")}
    return {**without, "DEGA__SECRETS__FOLDER": str(folder)}


@pytest.fixture
def restarted(
    config: Config, clock: MovableClock, machine: TimeMachine, phones: Phones, folder: Path, cast: Cast
) -> Opened:
    """The bank as a process has it that begins now, with the keys in the folder; old hashes are renewed at once."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Bank]:
        keys = read_keys(folder, {})
        async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=phones, keys=keys) as bank:
            hasher = Hasher(config.access, keys.pepper, renewed_within=0)
            yield replace(bank, hasher=hasher)
            hasher.close()

    return opened


async def kept_password(admin: Admin, customer_id: int) -> str:
    kept: str = await admin.fetchval("SELECT password_hash FROM internet_user WHERE customer_id = $1", customer_id)
    return kept


async def test_a_new_key_of_fields_takes_over_and_the_old_one_goes(
    dega: Dega, restarted: Opened, folder: Path, keys: Keys, cast: Cast
) -> None:
    old = keys.fields.kid
    assert (await dega("keys", "rotate", "fields", *WHO)).exit_code == 0
    new = read_rings(folder, {})["fields"].kid
    assert new != old
    assert (folder / f"fields.{old}").stat().st_mode & 0o777 == 0o400
    refused = await dega("keys", "drop", "fields", old, *WHO)
    assert (refused.exit_code, "need it still: `dega keys reseal`" in refused.stderr) == (1, True)
    async with restarted() as bank:
        assert (await profile(bank, cast.arta.id)).email == "c1@example.org"
        assert [found.customer.id for found in await staff.find(bank, str(cast.arta.mobile))] == [cast.arta.id]
        done = await dega("keys", "reseal", *WHO)  # customers are served meanwhile
        assert (done.exit_code, done.stdout) == (0, "9 rows were brought under the current keys.\n")
        assert [found.customer.id for found in await staff.find(bank, str(cast.arta.mobile))] == [cast.arta.id]
    assert (await dega("keys", "drop", "fields", old, *WHO)).exit_code == 0
    assert sorted(os.listdir(folder)) == sorted(SECRETS)
    async with restarted() as bank:
        assert (await profile(bank, cast.arta.id)).email == "c1@example.org"
        assert bank.keys.fields.older == ()


@pytest.mark.requirement("R15")
async def test_a_new_pepper_takes_over_and_every_old_password_still_logs_in(
    dega: Dega, restarted: Opened, keys: Keys, cast: Cast, phones: Phones, admin: Admin
) -> None:
    old = keys.pepper.kid
    assert (await dega("keys", "rotate", "pepper", *WHO)).exit_code == 0
    life = "SELECT password_changed_at, auth_epoch FROM internet_user WHERE customer_id = $1"
    before = await admin.fetchrow(life, cast.arta.id)
    async with restarted() as bank:
        assert (await enter(bank, phones, cast.arta.number)).level is Level.FULL
        await eventually(lambda: _is_under(admin, cast.arta.id, bank.keys.pepper.kid))
        assert await admin.fetchrow(life, cast.arta.id) == before is not None
        assert "3 values of internet_user|password_hash" in (await dega("keys", "drop", "pepper", old, *WHO)).stderr
        assert (await dega("keys", "reseal", *WHO)).stdout.startswith("3 rows")
        assert (await dega("keys", "drop", "pepper", old, *WHO)).exit_code == 0
    async with restarted() as bank:
        assert (await enter(bank, phones, cast.besnik.number)).level is Level.FULL
        assert (await enter(bank, phones, cast.arta.number)).level is Level.FULL


async def _is_under(admin: Admin, customer_id: int, kid: str) -> bool:
    return (await kept_password(admin, customer_id)).startswith(f"v1|{kid}|")


@pytest.mark.requirement("R23")
async def test_a_change_of_password_that_began_before_a_new_pepper_is_kept_under_it(
    dega: Dega, restarted: Opened, keys: Keys, cast: Cast, phones: Phones, admin: Admin
) -> None:
    new = "Lumi sjell 3 gurë"
    async with restarted() as bank:
        session = await enter(bank, phones, cast.arta.number)
        session = await password.start_change(bank, session, PASSWORD, new, new)
    await dega("keys", "rotate", "pepper", *WHO)
    async with restarted() as bank:
        await password.finish_change(bank, session, last_code(phones), HOME)
        assert await _is_under(admin, cast.arta.id, bank.keys.pepper.kid)
        assert (await enter(bank, phones, cast.arta.number, new)).level is Level.FULL


@pytest.mark.requirement("R23")
async def test_past_passwords_are_still_refused_under_a_new_pepper(
    dega: Dega, restarted: Opened, cast: Cast, admin: Admin, keys: Keys
) -> None:
    await admin.execute(
        "INSERT INTO past_password"
        " SELECT customer_id, bank_clock(), password_hash FROM internet_user WHERE customer_id = $1",
        cast.arta.id,
    )
    await dega("keys", "rotate", "pepper", *WHO)
    await dega("keys", "reseal", *WHO)
    assert (await dega("keys", "drop", "pepper", keys.pepper.kid, *WHO)).exit_code == 0
    past = await admin.fetchval("SELECT password_hash FROM past_password")
    async with restarted() as bank:
        assert await bank.hasher.verify(past, PASSWORD)


@pytest.mark.parametrize("purpose", ["sessions", "forms", "codes", "devices"])
async def test_a_new_key_of_what_is_short_lived_leaves_nothing_of_the_old_one(
    dega: Dega, folder: Path, keys: Keys, purpose: str
) -> None:
    said = await dega("keys", "rotate", purpose, *WHO)
    assert said.exit_code == 0
    assert "Restart the bank" in said.stdout
    assert (folder / purpose).read_bytes() != getattr(keys, purpose)
    assert (folder / purpose).stat().st_mode & 0o777 == 0o400
    assert sorted(os.listdir(folder)) == sorted(SECRETS)


async def test_a_new_key_of_sessions_ends_those_that_are_open(
    dega: Dega, restarted: Opened, cast: Cast, phones: Phones
) -> None:
    async with restarted() as bank:
        session = await enter(bank, phones, cast.arta.number)
        assert await _is_open(bank, session)
    await dega("keys", "rotate", "sessions", *WHO)
    async with restarted() as bank:
        assert not await _is_open(bank, session)


async def _is_open(bank: Bank, session: Session) -> bool:
    return await sessions.load(bank, session.id) is not None


async def test_a_new_key_of_codes_makes_those_under_way_void(
    dega: Dega, restarted: Opened, cast: Cast, phones: Phones
) -> None:
    async with restarted() as bank:
        session = await to_code(bank, cast.arta.number)
    await dega("keys", "rotate", "codes", *WHO)
    async with restarted() as bank:
        with pytest.raises(SignInFailed):
            await login.give_code(bank, session, last_code(phones), HOME)


@pytest.mark.requirement("R20")
async def test_the_key_of_failures_and_blocks_is_never_replaced(dega: Dega, folder: Path, keys: Keys) -> None:
    refused = await dega("keys", "rotate", "subjects", *WHO)
    assert (refused.exit_code, "failures and blocks would be forgiven" in refused.stderr) == (1, True)
    assert (folder / "subjects").read_bytes() == keys.subjects


async def test_nothing_is_resealed_or_dropped_while_a_process_works_with_other_keys(
    dega: Dega, restarted: Opened, keys: Keys, folder: Path
) -> None:
    async with restarted():
        await dega("keys", "rotate", "fields", *WHO)
        for words in (("reseal",), ("drop", "fields", keys.fields.kid)):
            refused = await dega("keys", *words, *WHO)
            assert refused.exit_code == 2
            known = f"(pepper {keys.pepper.kid}, fields {keys.fields.kid}, seals {keys.seals.kid})"
            assert f"{known}\nRestart the bank first" in refused.stderr
    assert (folder / f"fields.{keys.fields.kid}").exists()


async def test_resealing_may_end_anywhere_and_be_begun_again(
    dega: Dega, admin: Admin, cast: Cast, folder: Path, keys: Keys
) -> None:
    await dega("keys", "rotate", "fields", *WHO)
    rings = read_rings(folder, {})
    seals = Seals(rings["fields"], SealedFields(rings["fields"]))
    steps = store.reseal(admin, SHELVES[0], seals, 2)
    assert (await anext(steps)).renewed == 2
    await steps.aclose()
    assert sorted(need.count for need in await store.needs(admin) if need.place == "customer|email") == [2, 7]
    assert (await reseal(admin, rings, at_once=2)).rows == 7
    assert (await reseal(admin, rings, at_once=2)).rows == 0
    assert {need.kid for need in await store.needs(admin) if need.purpose == "fields"} == {rings["fields"].kid}


async def test_what_somebody_changes_while_it_is_resealed_goes_first(
    dega: Dega, admin: Admin, restarted: Opened, cast: Cast, folder: Path, config: Config
) -> None:
    await dega("keys", "rotate", "fields", *WHO)
    rings = read_rings(folder, {})
    fields = SealedFields(rings["fields"])
    declared = fields.seal("+355695112233", f"customer|mobile|{cast.arta.id}")

    class Interrupted:
        """A connection between whose reading and writing somebody else changes a row."""

        async def fetch(self, *arguments: object) -> object:
            rows = await admin.fetch(*arguments)
            await admin.execute("UPDATE customer SET mobile = $2 WHERE id = $1", cast.arta.id, declared)
            return rows

        executemany = staticmethod(admin.executemany)

    async for _ in store.reseal(Interrupted(), SHELVES[0], Seals(rings["fields"], fields), 100):  # type: ignore[arg-type]
        pass
    assert await admin.fetchval("SELECT mobile FROM customer WHERE id = $1", cast.arta.id) == declared
    assert (await reseal(admin, rings)).rows == 1


@pytest.fixture
async def before(admin: Admin, cast: Cast, keys: Keys) -> str:
    """Rows as the bank kept them before it sealed anything; Arta's hash as argon2 made it of the keyed password."""
    keyed = hmac.new(keys.pepper.current, PASSWORD.encode(), sha256).hexdigest()
    hashed = PasswordHasher(1, 64, 1).hash(keyed)
    held = "ALTER TABLE {} DROP CONSTRAINT {}"
    for table, name in (("customer", "mobile_is_sealed"), ("customer", "email_is_sealed"),
                        ("customer", "mobile_is_indexed"), ("outbox", "recipient_is_sealed")):  # fmt: skip
        await admin.execute(held.format(table, name))
    await admin.execute("UPDATE customer SET mobile = '+355692003001', mobile_index = NULL, email = 'c1@example.org'")
    await admin.execute(
        "INSERT INTO outbox (channel, recipient, template, language, data, written_at, due_at)"
        " VALUES ('email', 'c1@example.org', 'password_changed', 'sq', '{}', now(), now())"
    )
    await admin.execute("UPDATE internet_user SET password_hash = $1", hashed)
    return hashed


async def test_with_rows_of_before_the_bank_is_not_served_until_they_are_sealed(
    dega: Dega, before: str, restarted: Opened, admin: Admin, cast: Cast, config: Config, folder: Path, phones: Phones
) -> None:
    rings = read_rings(folder, {})
    secure = replace(config, web=replace(config.web, secure_cookies=True))
    plain = [said for said in await find_obstacles(secure, rings) if "run `dega keys reseal`" in said]
    assert [said.partition(":")[0] for said in plain] == [
        "customer|email", "customer|mobile", "outbox|recipient", "internet_user|password_hash",
    ]  # fmt: skip
    assert "run `dega keys reseal` first" in (await dega("keys", "rotate", "pepper", *WHO)).stderr
    assert (await dega("keys", "reseal", *WHO)).exit_code == 0
    assert [said for said in await find_obstacles(secure, rings) if "reseal" in said] == []
    async with restarted() as bank:
        assert await told(bank, admin) == [("email", "c1@example.org", "password_changed")]
        assert len(await staff.find(bank, "+355692003001")) == 9
        assert await kept_password(admin, cast.arta.id) == f"v0|{bank.keys.pepper.kid}|{before}"
        assert (await enter(bank, phones, cast.arta.number)).level is Level.FULL
        await eventually(lambda: _is_under(admin, cast.arta.id, bank.keys.pepper.kid))
        assert (await enter(bank, phones, cast.arta.number)).level is Level.FULL


async def test_a_hash_with_the_pepper_inside_holds_its_pepper_until_its_owner_logs_in(
    dega: Dega, before: str, restarted: Opened, admin: Admin, cast: Cast, keys: Keys, phones: Phones
) -> None:
    await dega("keys", "reseal", *WHO)
    await dega("keys", "rotate", "pepper", *WHO)
    await dega("keys", "reseal", *WHO)
    refused = await dega("keys", "drop", "pepper", keys.pepper.kid, *WHO)
    assert "4 values of internet_user|password_hash need it still" in refused.stderr
    async with restarted() as bank:
        for person in (cast.arta, cast.besnik, cast.drita, cast.genti):
            await to_code(bank, person.number)
            await eventually(lambda of=person: _is_under(admin, of.id, bank.keys.pepper.kid))
    assert (await dega("keys", "drop", "pepper", keys.pepper.kid, *WHO)).exit_code == 0


async def test_the_bank_is_not_served_without_a_key_that_something_needs(
    config: Config, folder: Path, cast: Cast, keys: Keys
) -> None:
    (folder / "fields").unlink()
    (folder / "fields").write_bytes(b"another key of thirty-two bytes.")
    (folder / "fields").chmod(0o400)
    said = await find_obstacles(config, read_rings(folder, {}))
    assert f"customer|mobile: 8 values need the key fields.{keys.fields.kid}, which isn't there" in said


async def test_the_list_names_each_key_with_what_needs_it_and_shows_none(
    dega: Dega, cast: Cast, keys: Keys, folder: Path
) -> None:
    await dega("keys", "rotate", "fields", *WHO)
    said = await dega("keys", "list", "--json")
    rows = {(row["purpose"], row["kid"]): (row["standing"], row["needed_by"]) for row in json.loads(said.stdout)}
    new = read_rings(folder, {})["fields"].kid
    assert rows["fields", keys.fields.kid] == ("older", 17)
    assert rows["fields", new] == ("current", 0)
    assert rows["pepper", keys.pepper.kid] == ("current", 4)
    assert rows["sessions", kid_of("sessions", keys.sessions)] == ("current", 0)
    assert not any(text in said.stdout for text in in_hex(keys).values())
    (folder / f"fields.{keys.fields.kid}").unlink()
    missing = await dega("keys", "list")
    assert (missing.exit_code, "missing" in missing.stdout) == (1, True)


async def test_missing_keys_are_made_and_those_that_are_there_stay(dega: Dega, folder: Path, keys: Keys) -> None:
    (folder / "devices").unlink()
    said = await dega("keys", "make")
    assert said.exit_code == 0
    assert read_keys(folder, {}).devices != keys.devices
    assert (folder / "devices").stat().st_mode & 0o777 == 0o400
    assert read_keys(folder, {}).fields == keys.fields


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_a_key_that_root_makes_belongs_to_the_service(dega: Dega, folder: Path, keys: Keys) -> None:
    for path in (folder, folder / "codes"):
        os.chown(path, 12345, 12345)
    (folder / "devices").unlink()
    assert (await dega("keys", "make")).exit_code == 0
    assert (await dega("keys", "rotate", "codes", *WHO)).exit_code == 0
    assert [(folder / name).stat().st_uid for name in ("devices", "codes", "forms")] == [12345, 12345, 0]


@pytest.mark.parametrize("words", [("rotate", "pepper"), ("rotate", "codes")])
async def test_where_the_folder_can_not_be_written_to_it_says_what_to_do_by_hand(
    dega: Dega, folder: Path, keys: Keys, words: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(folder))

    monkeypatch.setattr("dega.cli.key_files.os.link", refuse)
    monkeypatch.setattr("dega.cli.key_files.os.open", refuse)
    refused = await dega("keys", *words, *WHO)
    assert refused.exit_code == 2
    assert f"head -c 32 /dev/urandom > {words[1]}" in refused.stderr
    assert ("cp -p pepper pepper." in refused.stderr) == (words[1] == "pepper")
    assert in_hex(read_keys(folder, {})) == in_hex(keys)


async def test_a_new_key_that_was_half_written_when_the_power_went_is_never_used(
    dega: Dega, folder: Path, keys: Keys
) -> None:
    (folder / ".pepper.unfinished").write_bytes(b"half")
    (folder / f"pepper.{keys.pepper.kid}").hardlink_to(folder / "pepper")
    assert read_keys(folder, {}).pepper == keys.pepper
    assert (await dega("keys", "rotate", "pepper", *WHO)).exit_code == 0
    assert read_keys(folder, {}).pepper.older == (keys.pepper.current,)


async def test_who_did_what_to_which_key_is_kept(dega: Dega, admin: Admin, keys: Keys) -> None:
    await dega("keys", "rotate", "codes", *WHO)
    row = await admin.fetchrow("SELECT actor, action, subject, data::text FROM audit WHERE subject LIKE 'key:%'")
    assert tuple(row)[:3] == ("operator:elona", "keys.rotate", "key:codes")
    assert json.loads(row["data"])["before"] == kid_of("codes", keys.codes)
    assert keys.codes.hex() not in row["data"]
