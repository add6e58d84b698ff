"""`dega deposit`: opened, shown, told what to become, and ended, each with who did it and why."""

import json

import pytest
from cast import Admin, Cast, balance
from cli.commands import Dega

from dega.clock import Clock, local

VERA = ("--operator", "vera", "--reason", "ticket 4711")
pytestmark = pytest.mark.requirement("R43")


@pytest.fixture
def by_day() -> dict[str, str]:
    """A window that doesn't run now: commands have the system's clock, and the tests may run at night."""
    starts, ends = ("21:00", "00:00") if local(Clock().now()).hour < 12 else ("03:00", "04:00")
    return {"DEGA__WINDOW__STARTS": starts, "DEGA__WINDOW__ENDS": ends}


async def test_a_deposit_is_opened_listed_renewed_and_ended(
    dega: Dega, cast: Cast, admin: Admin, by_day: dict[str, str]
) -> None:
    arta = cast.arta
    said = await dega("deposit", "open", arta.number, arta.lek.iban, "60000", "12", "--json", *VERA, **by_day)
    opened = json.loads(said.stdout)
    assert (opened["amount"], opened["percent_a_year"]) == ("60\u00a0000,00\u00a0ALL", "2.2")
    assert (await dega("deposit", "renewal", arta.number, opened["iban"], "whole", *VERA)).stdout == "Done.\n"
    (row,) = json.loads((await dega("deposit", "list", arta.number, "--json", *VERA)).stdout)
    assert (row["iban"], row["months"], row["renewal"], row["outcome"]) == (opened["iban"], 12, "whole", None)
    said = await dega("deposit", "end", arta.number, opened["iban"], *VERA, **by_day)
    assert said.stdout == "60\u00a0000,00\u00a0ALL are in the current account again; no interest is paid.\n"
    assert await balance(admin, arta.lek) == 100_000_00
    trail = await admin.fetch("SELECT action FROM audit WHERE actor = 'operator:vera' ORDER BY id")
    actions = [row["action"] for row in trail if row["action"] not in ("deed", "account.opened")]
    assert actions == ["deposit.open", "deposit.renewal", "customer.read", "deposit.end_early"]


async def test_what_is_not_done_is_said_in_a_sentence(dega: Dega, cast: Cast) -> None:
    said = await dega("deposit", "open", cast.arta.number, cast.arta.lek.iban, "49999", "12", *VERA)
    assert (said.exit_code, said.stderr) == (1, "dega: A deposit is opened with at least 50\u00a0000,00\u00a0ALL.\n")
    said = await dega("deposit", "end", cast.arta.number, cast.arta.lek.iban, *VERA)
    assert (said.exit_code, "that runs" in said.stderr) == (1, True)
    assert (await dega("deposit", "open", cast.arta.number, cast.arta.lek.iban, "60000", "7", *VERA)).exit_code == 2
