"""`dega calendar`: a year is imported once, corrected by hand, and each correction is kept with who and why."""

import json
from pathlib import Path

from cast import Admin
from cli.commands import Dega

WHY = ("--operator", "vera", "--reason", "announced by the government")


async def test_a_year_is_imported_once_and_anew_only_where_that_is_asked_for(dega: Dega, admin: Admin) -> None:
    assert (await dega("calendar", "show", "2027")).exit_code == 1
    assert (await dega("calendar", "import", "2027", *WHY)).exit_code == 0
    days = await admin.fetchval("SELECT count(*) FROM holiday")
    await dega("calendar", "remove", "2027-03-09", *WHY)
    again = await dega("calendar", "import", "2027", *WHY)
    assert (again.exit_code, await admin.fetchval("SELECT count(*) FROM holiday")) == (1, days - 1)
    assert (await dega("calendar", "import", "2027", "--replace", *WHY)).exit_code == 0
    assert await admin.fetchval("SELECT count(*) FROM holiday") == days


async def test_a_feast_that_is_announced_late_takes_the_place_of_the_estimated_day(dega: Dega, admin: Admin) -> None:
    await dega("calendar", "import", "2027", *WHY)
    assert (await dega("calendar", "remove", "09.03.2027", *WHY)).stdout.startswith("09.03.2027 is no holiday")
    assert (await dega("calendar", "add", "2027-03-10", "Bajrami i Madh", *WHY)).exit_code == 0
    shown = json.loads((await dega("calendar", "show", "2027", "--json")).stdout)
    march = {row["day"]: row["name"] for row in shown if row["day"].startswith("2027-03-1")}
    assert march["2027-03-10"] == "Bajrami i Madh"
    assert "2027-03-09" not in march
    rows = await admin.fetch("SELECT actor, action, subject, data->>'reason' AS reason FROM audit ORDER BY id")
    assert [tuple(row) for row in rows if row["action"].startswith("calendar")] == [
        ("operator:vera", f"calendar.{what}", "calendar:2027", "announced by the government")
        for what in ("import", "remove", "add")
    ]


async def test_what_changes_nothing_is_said_and_leaves_no_trace(dega: Dega, admin: Admin) -> None:
    await dega("calendar", "import", "2027", *WHY)
    before = await admin.fetchval("SELECT count(*) FROM audit")
    assert (await dega("calendar", "add", "2027-11-29", "Dita e Çlirimit", *WHY)).exit_code == 1
    assert (await dega("calendar", "remove", "2027-11-24", *WHY)).exit_code == 1
    weekend = await dega("calendar", "add", "2027-11-27", "Pushim", *WHY)
    assert (weekend.exit_code, "is a Saturday" in weekend.stderr) == (2, True)
    assert (await dega("calendar", "add", "soon", "Pushim", *WHY)).exit_code == 2
    assert await admin.fetchval("SELECT count(*) FROM audit") == before


async def test_the_banks_own_list_is_taken_as_it_stands(dega: Dega, tmp_path: Path) -> None:
    own = tmp_path / "2027.toml"
    own.write_text('2027-11-28 = "Dita e Flamurit"\n2027-11-30 = "Dita e Flamurit"\n', encoding="utf-8")
    assert (await dega("calendar", "import", "2027", "--file", str(own), *WHY)).exit_code == 0
    shown = json.loads((await dega("calendar", "show", "2027", "--json")).stdout)
    assert [(row["day"], row["target"]) for row in shown] == [("2027-11-28", False), ("2027-11-30", True)]


async def test_a_list_that_is_none_is_named(dega: Dega, tmp_path: Path, admin: Admin) -> None:
    own = tmp_path / "2027.toml"
    for text in ('2026-11-28 = "Dita e Flamurit"', '2027-02-30 = "Pushim"', "2027-11-28 = 7", "28 November", ""):
        own.write_text(text, encoding="utf-8")
        said = await dega("calendar", "import", "2027", "--file", str(own), *WHY)
        assert (said.exit_code, "2027.toml" in said.stderr) == (2, True), text
    assert await admin.fetchval("SELECT count(*) FROM holiday") == 0
