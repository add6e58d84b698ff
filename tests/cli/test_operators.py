"""What operators ask: the schema, the books, the gate, the mission, and what a machine lacks."""

import json
import socket
from datetime import datetime
from pathlib import Path

import pytest
from cast import Admin, Cast
from cli.commands import Dega

from dega.cli import doctor
from dega.cli.mission import Proof, last_results, proofs_by_requirement
from dega.cli.requirements import REQUIREMENTS
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.config import Config
from dega.night.stages import STAGES


async def test_migrating_again_changes_nothing(dega: Dega, admin: Admin) -> None:
    accounts = await admin.fetchval("SELECT count(*) FROM account")
    said = await dega("db", "migrate", "--json")
    assert json.loads(said.stdout) == {"applied": []}
    assert await admin.fetchval("SELECT count(*) FROM account") == accounts > 0


async def test_migrating_an_empty_database_opens_the_bank(dega: Dega, admin: Admin, config: Config) -> None:
    empty = config.database.admin_dsn.replace("/test_", "/empty_")
    await admin.execute(f"CREATE DATABASE {empty.partition('?')[0].rpartition('/')[2]}")
    said = await dega("db", "migrate", "--json", DEGA__DATABASE__ADMIN_DSN=empty)
    assert "0001_the_bank_opens.sql" in json.loads(said.stdout)["applied"]
    staff = config.database.staff_dsn.replace("/test_", "/empty_")
    assert (await dega("books", "check", DEGA__DATABASE__STAFF_DSN=staff)).exit_code == 0
    await admin.execute(f"DROP DATABASE {empty.partition('?')[0].rpartition('/')[2]}")


async def test_the_status_of_the_schema_tells_applied_from_edited_missing_and_unknown(dega: Dega, admin: Admin) -> None:
    assert (await dega("db", "status")).exit_code == 0
    await admin.execute("UPDATE migration SET sha256 = 'other' WHERE name LIKE '0001%'")
    await admin.execute("INSERT INTO migration (name, sha256) VALUES ('9999_from_the_future.sql', '')")
    said = await dega("db", "status", "--json")
    standings = {step["name"][:4]: step["standing"] for step in json.loads(said.stdout)}
    assert (said.exit_code, standings["0001"], standings["9999"]) == (1, "edited", "unknown")
    await admin.execute("DROP TABLE migration")
    assert {step["standing"] for step in json.loads((await dega("db", "status", "--json")).stdout)} == {"missing"}


async def test_good_books_are_said_to_be_good(dega: Dega, cast: Cast) -> None:
    said = await dega("books", "check")
    assert (said.exit_code, said.stderr) == (0, "")
    assert said.stdout.endswith("checks made, nothing found.\n")


async def test_guilty_rows_are_named_and_the_exit_status_tells(dega: Dega, admin: Admin, cast: Cast) -> None:
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("UPDATE account SET balance_minor = balance_minor + 1 WHERE id = $1", cast.arta.lek.id)
    said = await dega("books", "check")
    assert said.exit_code == 1
    assert f"account {cast.arta.lek.id}: balance 10000001" in said.stdout
    guilty = json.loads((await dega("books", "check", "--json")).stdout)
    assert [row["check"] for row in guilty] == ["balances_follow_entries"]


async def night(dega: Dega) -> dict[str, object]:
    facts: dict[str, object] = json.loads((await dega("night", "status", "--json")).stdout)
    return facts


@pytest.mark.requirement("R30")
async def test_the_night_says_whether_customers_can_pay_and_until_when(dega: Dega, machine: TimeMachine) -> None:
    day = await night(dega)
    assert (day["customers_can_pay"], day["next_change_at"]) == (True, "2026-11-23T20:00:00Z")
    await machine.travel_to(datetime(2026, 11, 23, 21, 0, tzinfo=TIRANA))
    inside = await night(dega)
    assert (inside["customers_can_pay"], inside["next_change_at"]) == (False, "2026-11-23T23:00:00Z")
    assert "next change at     24.11.2026 00:00:00" in (await dega("night", "status")).stdout


async def test_an_operator_stops_financial_operations_and_lets_them_go_on(
    dega: Dega, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2026, 11, 23, 11, 0, tzinfo=TIRANA))
    why = ("--operator", "vera", "--reason", "a fault in the clearing")
    assert (await dega("night", "freeze", *why)).stdout == "Financial operations are stopped.\n"
    stopped = await night(dega)
    assert (stopped["customers_can_pay"], stopped["reason"]) == (False, "a fault in the clearing")
    assert (await dega("night", "freeze", *why)).exit_code == 1
    assert (await dega("night", "unfreeze", *why)).stdout == "The gate is open.\n"
    assert (await night(dega))["customers_can_pay"] is True
    done = await admin.fetch("SELECT action FROM audit WHERE actor = 'operator:vera' ORDER BY id")
    assert [row["action"] for row in done] == ["gate.freeze", "gate.unfreeze"]


async def test_a_night_is_run_by_hand_and_its_stages_are_seen(dega: Dega, machine: TimeMachine, admin: Admin) -> None:
    why = ("--operator", "vera", "--reason", "the process is down")
    assert (await dega("night", "run", *why)).exit_code == 1
    await admin.execute("INSERT INTO night VALUES ('2026-11-21', now(), now())")
    await machine.travel_to(datetime(2026, 11, 23, 21, 30, tzinfo=TIRANA))
    said = await dega("night", "run", *why)
    assert said.exit_code == 0, said.output
    assert [line for line in said.stdout.splitlines() if line.endswith("is closed.")] == [
        "22.11.2026 is closed.",
        "23.11.2026 is closed.",
    ]
    facts = await night(dega)
    assert (facts["gate"], facts["last_day_closed"], facts["days_due"]) == ("closed", "2026-11-23", [])
    stages = facts["stages"]
    assert isinstance(stages, list)
    assert [stage["stage"] for stage in stages] == [stage.name for stage in STAGES]
    assert {stage["state"] for stage in stages} == {"done"}
    assert "seal and check the books" in (await dega("night", "status")).stdout


async def test_an_operator_extends_the_night_and_resumes_it(dega: Dega, admin: Admin, machine: TimeMachine) -> None:
    why = ("--operator", "vera", "--reason", "the clearing is late")
    await machine.travel_to(datetime(2026, 11, 23, 23, 30, tzinfo=TIRANA))
    assert (await dega("night", "extend", "00:40", *why)).exit_code == 1
    await dega("night", "freeze", *why)
    assert (await dega("night", "extend", "quarter to one", *why)).exit_code == 2
    assert (await dega("night", "extend", "00:40", *why)).stdout == ("The gate stays closed until 24.11.2026 00:40.\n")
    assert (await night(dega))["held_until"] == "2026-11-23T23:40:00Z"
    assert (await dega("night", "resume", *why)).exit_code == 1
    await admin.execute("INSERT INTO night VALUES ('2026-11-23', now())")
    await admin.execute(
        "INSERT INTO night_stage (day, stage, begun_at, failed_at, failures, error)"
        " VALUES ('2026-11-23', 'fees', now(), now(), 3, 'ValueError: no')"
    )
    assert (await dega("night", "resume", *why)).stdout == "fees of 23.11.2026 is tried again.\n"


async def test_the_mission_lists_every_requirement_with_its_tests(dega: Dega) -> None:
    listed = json.loads((await dega("mission", "--json")).stdout)
    assert [row["number"] for row in listed] == [f"R{number}" for number in range(1, 49)]
    of_r43 = next(row["tests"] for row in listed if row["number"] == "R43")
    assert "tests/cli/test_staff.py::test_a_case_number_is_looked_up_however_it_is_typed" in of_r43
    assert "R43  The Call Center handles any problem, audited" in (await dega("mission", "--tests")).stdout


def test_a_requirement_is_as_good_as_the_worst_of_its_tests() -> None:
    row = REQUIREMENTS[0]
    assert Proof(row, {}).result == "not built"
    assert Proof(row, {"a": "passed", "b": "passed"}).result == "passed"
    assert Proof(row, {"a": "passed", "b": "never run"}).result == "never run"
    assert Proof(row, {"a": "skipped", "b": "failed"}).result == "failed"


def test_markers_count_on_a_test_on_a_row_of_a_table_and_on_a_whole_file(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_marks.py").write_text(
        "pytestmark = pytest.mark.requirement('R1')\n"
        "@pytest.mark.requirement('R2', 'R3')\n"
        "def test_a(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.requirement('R4'))])\n"
        "async def test_b(x): ...\n"
    )
    a, b = "tests/test_marks.py::test_a", "tests/test_marks.py::test_b"
    assert proofs_by_requirement(folder) == {"R1": [a, b], "R2": [a], "R3": [a], "R4": [b]}


def test_where_nothing_ever_ran_there_are_no_results(tmp_path: Path) -> None:
    assert last_results(tmp_path / "none.json") == {}


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        finding = next(finding for finding in doctor.examine(port) if finding.what == "port")
    assert (finding.ok, finding.said) == (False, f"127.0.0.1:{port} is taken (--port chooses another)")


def test_what_is_missing_for_the_tests_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    findings = {finding.what: finding for finding in doctor.examine(0)}
    assert not findings["a browser"].ok
    assert findings["a browser"].said == "apt-get install chromium fonts-dejavu-core"
    assert findings["python"].ok
    assert findings["time zones"].ok


def test_a_folder_that_others_may_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o755)
    monkeypatch.chdir(tmp_path)
    finding = next(finding for finding in doctor.examine(0) if finding.what == "folder")
    assert (finding.ok, finding.said) == (False, "var/ must be ours and 0700, and is 0755")


async def test_a_bad_configuration_is_a_finding_of_the_doctor_and_not_its_end(dega: Dega) -> None:
    said = await dega("doctor", "--port", "0", "--json", DEGA__ACCESS__TRIES="6")
    findings = {finding["what"]: finding for finding in json.loads(said.stdout)}
    assert said.exit_code == 1
    assert "access.tries = 6" in findings["configuration"]["said"]


def test_a_folder_for_the_head_of_the_books_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {}
    for folder in ("", str(tmp_path), str(tmp_path / "none")):
        monkeypatch.setenv("DEGA__BOOKS__HEADS", folder)
        finding = next(finding for finding in doctor.examine(0) if finding.what == "head of the books")
        said[folder] = finding.ok
    assert said == {"": True, str(tmp_path): True, str(tmp_path / "none"): False}
