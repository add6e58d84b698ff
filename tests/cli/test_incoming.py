"""`dega incoming`: what staff bring in is booked, and what can't be is listed until it is sent back."""

import json

from cast import Admin, Cast, balance
from cli.commands import Dega

WHY = ("--operator", "vera", "--reason", "a letter of 23.11.")


async def test_staff_bring_a_credit_in_once(dega: Dega, cast: Cast, admin: Admin) -> None:
    await dega("night", "freeze", *WHY)  # so that the hour doesn't matter
    words = ("incoming", "credit", "AIPS-7", "--iban", cast.arta.lek.iban, "--amount", "1 000,00", "--currency", "ALL",
             "--payer", "Adria shpk", "--json", *WHY)  # fmt: skip
    first, again = json.loads((await dega(*words)).stdout), json.loads((await dega(*words)).stdout)
    assert first == again
    assert (first["state"], await balance(admin, cast.arta.lek)) == ("waits for the night", 10_000_000)
    assert await admin.fetchval("SELECT count(*) FROM incoming_credit") == 1
    other = await dega(*words, "--description", "another one")
    assert (other.exit_code, "nothing was kept" in other.stderr) == (2, True)
    assert (await dega("incoming", "credit", "1", "--iban", "x", "--amount", "1.234", *words[7:])).exit_code == 2


async def test_what_cannot_be_booked_is_listed_until_it_is_sent_back(dega: Dega, cast: Cast) -> None:
    words = ("incoming", "credit", "AIPS-8", "--iban", "AL3529910019000000000000001", "--amount", "5,00", "--currency",
             "ALL", "--payer", "Adria shpk", "--json", *WHY)  # fmt: skip
    assert json.loads((await dega(*words)).stdout)["refused"] == "account_unknown"
    (listed,) = json.loads((await dega("incoming", "list", "--json")).stdout)
    assert (listed["key"], listed["refused"]) == ("AIPS-8", "account_unknown")
    assert (await dega("incoming", "return", "AIPS-8", *WHY)).exit_code == 0
    assert (await dega("incoming", "return", "AIPS-8", *WHY)).exit_code == 1
    assert json.loads((await dega("incoming", "list", "--json")).stdout) == []
