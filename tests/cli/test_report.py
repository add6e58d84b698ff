"""`dega night report`: what was reported of a closed day, for people and for programs."""

import json
from datetime import date

from cast import Cast
from cli.commands import Dega

from dega.bank import Bank
from dega.night.daily import REPORTS, make_reports, note_next_business_day

DAY = date(2026, 11, 23)


async def close(bank: Bank) -> None:
    async with bank.database.transaction() as connection:
        for after in range(len(REPORTS)):
            await make_reports(bank, connection, DAY, after)
        await note_next_business_day(bank, connection, DAY, 0)


async def test_an_operator_reads_the_reports_of_a_closed_day(dega: Dega, bank: Bank, cast: Cast) -> None:
    assert (await dega("night", "report", "2026-11-23")).exit_code == 1
    await close(bank)
    said = await dega("night", "report", "23.11.2026")
    assert said.exit_code == 0
    assert "945\u00a0000,00\u00a0ALL" in said.stdout
    assert "24.11.2026" in said.stdout or "2026-11-24" in said.stdout
    told = json.loads((await dega("night", "report", "2026-11-23", "--json")).stdout)
    assert sorted(told["reports"]) == ["next business day", "rejected", "trial balance", "turnover"]
    assert (await dega("night", "report", "soon")).exit_code == 2
