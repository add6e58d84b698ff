"""What operators and auditors do about seals: make one, keep the head elsewhere, look whether all is as it was."""

import json
from pathlib import Path

import pytest
from cast import Admin, Cast, fund
from cli.commands import Dega

from dega.bank import Bank


async def test_sealed_books_verify_up_to_the_head_that_was_printed(
    dega: Dega, bank: Bank, cast: Cast, admin: Admin
) -> None:
    nothing = await dega("books", "head")
    assert (nothing.exit_code, nothing.stderr) == (1, "dega: nothing has been sealed yet.\n")
    head = (await dega("books", "seal")).stdout.strip()
    mac = await admin.fetchval("SELECT encode(mac, 'hex') FROM seal")
    assert head == f"1:{mac}" == (await dega("books", "head")).stdout.strip()
    await fund(bank, cast.arta.lek, 100)
    facts = json.loads((await dega("books", "head", "--json")).stdout)
    assert (facts["head"], facts["waiting"]) == (head, {"movements": 1, "transfers": 1, "audits": 1})
    assert facts["sealed_at"].startswith("2026-11-23T09:00")
    await dega("books", "seal")
    said = await dega("books", "check", "--head", head)
    assert (said.exit_code, said.stdout.partition(".")[0]) == (0, "Seals verified: 2")


async def test_a_row_that_was_changed_behind_the_banks_back_is_named(dega: Dega, cast: Cast, admin: Admin) -> None:
    await dega("books", "seal")
    await admin.execute("SET session_replication_role = replica; UPDATE movement SET payee_name = 'X' WHERE id = 2")
    said = await dega("books", "check", "--json")
    (row,) = json.loads(said.stdout)
    assert (said.exit_code, row["check"]) == (1, "seals")
    assert row["what"].startswith("movement 2 isn't as it was when seal 1 was made (20")
    assert "movement 2 isn't as it was" in (await dega("books", "check")).stdout


async def test_a_copy_that_lost_its_tail_is_found_by_a_head_of_before(dega: Dega, cast: Cast, admin: Admin) -> None:
    head = (await dega("books", "seal")).stdout.strip()
    await admin.execute("SET session_replication_role = replica; DELETE FROM seal")
    assert (await dega("books", "check")).exit_code == 0
    said = await dega("books", "check", "--head", head)
    assert said.exit_code == 1
    assert "seal 1 was exported as the head and isn't there: there is none" in said.stdout


@pytest.mark.parametrize("text", ["1", "0:" + 64 * "0", "1:" + 63 * "0", "1:" + 64 * "x"])
async def test_what_is_no_head_is_refused(dega: Dega, text: str) -> None:
    said = await dega("books", "check", "--head", text)
    assert said.exit_code == 2
    assert "a head is the number of a seal, a colon and 64 hexadecimal digits" in said.stderr


async def test_the_head_in_the_folder_is_always_looked_for_and_nothing_is_sealed_on_top_of_a_loss(
    dega: Dega, cast: Cast, admin: Admin, tmp_path: Path
) -> None:
    exported = {"DEGA__BOOKS__HEADS": str(tmp_path)}
    head = (await dega("books", "seal", **exported)).stdout
    assert (tmp_path / "head").read_text() == head
    assert (await dega("books", "check", **exported)).exit_code == 0
    await admin.execute("SET session_replication_role = replica; DELETE FROM seal")
    assert "seal 1 was exported as the head" in (await dega("books", "check", **exported)).stdout
    refused = await dega("books", "seal", **exported)
    assert (refused.exit_code, "Nothing was sealed." in refused.stderr) == (1, True)
    assert await admin.fetchval("SELECT count(*) FROM seal") == 0
    (tmp_path / "head").write_text("nonsense")
    assert (await dega("books", "check", **exported)).exit_code == 2
    (tmp_path / "head").unlink()
    assert (await dega("books", "seal", **exported)).exit_code == 0


async def test_a_check_needs_the_key_of_seals_and_no_other(
    dega: Dega, environment: dict[str, str], cast: Cast, tmp_path: Path
) -> None:
    await dega("books", "seal")
    for name in [name for name in environment if name.startswith("DEGA_KEY_")]:
        if name != "DEGA_KEY_SEALS":
            environment[name] = "lost"
    assert (await dega("books", "check")).exit_code == 0
    environment["DEGA_KEY_SEALS"] = 64 * "a"
    assert "needs the key seals." in (await dega("books", "check")).stdout


async def test_the_key_of_a_seal_is_never_dropped(
    dega: Dega, environment: dict[str, str], cast: Cast, admin: Admin
) -> None:
    await dega("books", "seal")
    old = await admin.fetchval("SELECT kid FROM seal")
    environment["DEGA_KEY_SEALS"] = f"{64 * 'a'} {environment['DEGA_KEY_SEALS']}"
    listed = json.loads((await dega("keys", "list", "--json")).stdout)
    assert [row["needed_by"] for row in listed if row["kid"] == old] == [1]
    refused = await dega("keys", "drop", "seals", old, "--operator", "elona", "--reason", "yearly")
    assert (refused.exit_code, "seals are kept for ever" in refused.stderr) == (1, True)
    assert (await dega("books", "check")).exit_code == 0
