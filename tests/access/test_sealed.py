"""Phones and e-mail addresses at rest: a copy of the database tells none of them, and a changed row is not believed."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from access.doors import HOME, enter, last_code, to_code
from cast import PASSWORD, Admin, Cast
from conftest import Phones
from contact.writing import STRANGER
from paying import confirm, prepare, send_code

from dega.access import password, staff
from dega.accounts.customers import profile
from dega.app import open_bank
from dega.bank import Bank
from dega.contact.messages import leave_message
from dega.embedded.binaries import postgres_programs
from dega.sealing import NotSealedHere

WHY = {"operator": "elona", "reason": "at the branch"}
DECLARED = "+355695112233"
PHONES = [f"+35569200300{place}" for place in range(1, 9)] + [DECLARED]
"""Those of the cast, and a new one."""


@pytest.fixture
async def office(bank: Bank, phones: Phones) -> AsyncIterator[Bank]:
    """The bank as the command line of staff opens it: in the role of staff."""
    dsn, clock = bank.config.database.staff_dsn, bank.clock
    async with open_bank(bank.config, dsn=dsn, clock=clock, codes=phones, keys=bank.keys) as office:
        yield office


async def dumped(bank: Bank) -> str:
    """Every row of every table, as whoever steals a backup has it."""
    program = postgres_programs() / "pg_dump"
    process = await asyncio.create_subprocess_exec(
        program,
        "--data-only",
        "--inserts",
        f"--dbname={bank.config.database.admin_dsn}",
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


@pytest.mark.requirement("R8", "R47")
async def test_a_dump_of_all_tables_holds_no_phone_and_no_mail_address(
    bank: Bank, office: Bank, cast: Cast, phones: Phones
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    session = await password.start_change(bank, session, PASSWORD, "Lumi sjell 3 gurë", "Lumi sjell 3 gurë")
    await password.finish_change(bank, session, last_code(phones), HOME)
    payment_id = await prepare(bank, cast.besnik, cast.arta.lek)
    await confirm(bank, cast.besnik, payment_id, await send_code(bank, phones.sent, cast.besnik, payment_id))
    await to_code(bank, cast.genti.number, "Wrong12345")
    await staff.set_mobile(office, cast.drita.number, DECLARED, **WHY)
    await staff.block(office, cast.genti.number, **WHY)
    await leave_message(bank, STRANGER, "other", "Nora", "+355684440000", "Më telefononi.")
    dump = await dumped(bank)
    assert cast.arta.number in dump
    assert "INSERT INTO public.outbox" in dump
    assert [number for number in PHONES if number[-8:] in dump] == []
    assert "@example.org" not in dump
    assert "84440000" not in dump


@pytest.mark.requirement("R8")
@pytest.mark.parametrize("column", ["mobile = '+355692003001', mobile_index = ''", "email = 'arta@example.org'"])
async def test_the_schema_takes_no_plain_phone_and_no_plain_mail_address(admin: Admin, cast: Cast, column: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="is_sealed"):
        await admin.execute(f"UPDATE customer SET {column} WHERE id = $1", cast.arta.id)


async def test_a_plain_row_of_before_is_not_read_as_if_it_were_sealed(bank: Bank, admin: Admin, cast: Cast) -> None:
    await admin.execute("ALTER TABLE customer DROP CONSTRAINT mobile_is_sealed")
    await admin.execute("UPDATE customer SET mobile = '+355692003001' WHERE id = $1", cast.arta.id)
    with pytest.raises(NotSealedHere, match=rf"customer\|mobile\|{cast.arta.id} isn't sealed"):
        await profile(bank, cast.arta.id)


@pytest.mark.requirement("R8")
async def test_somebody_elses_phone_put_into_the_row_gets_no_code(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await admin.execute(
        "UPDATE customer SET mobile = (SELECT mobile FROM customer WHERE id = $2) WHERE id = $1",
        cast.arta.id,
        cast.genti.id,
    )
    with pytest.raises(NotSealedHere, match="doesn't hold what was sealed there"):
        await to_code(bank, cast.arta.number)
    assert phones.sent == []


@pytest.mark.requirement("R43", "R47")
async def test_staff_find_a_customer_by_the_whole_mobile_and_by_no_part_of_it(office: Bank, cast: Cast) -> None:
    found = {text: await staff.find(office, text) for text in (PHONES[0], PHONES[0][:-1], PHONES[0][-8:], DECLARED)}
    assert [standing.customer.id for standing in found.pop(PHONES[0])] == [cast.arta.id]
    assert list(found.values()) == [[], [], []]


@pytest.mark.requirement("R47")
async def test_after_a_change_only_the_new_mobile_finds_the_customer(office: Bank, cast: Cast) -> None:
    await staff.set_mobile(office, cast.arta.number, DECLARED, **WHY)
    assert [standing.customer.mobile for standing in await staff.find(office, DECLARED)] == [DECLARED]
    assert await staff.find(office, PHONES[0]) == []


async def test_the_blind_index_does_not_give_the_phone_away(bank: Bank, admin: Admin, cast: Cast) -> None:
    indexes = [row["mobile_index"] for row in await admin.fetch("SELECT mobile_index FROM customer WHERE mobile <> ''")]
    assert {len(index) for index in indexes} == {32}
    assert bank.fields.index(PHONES[0], "customer|mobile") in indexes
    assert bank.fields.index(PHONES[0], "customer|email") not in indexes
