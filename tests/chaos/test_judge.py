"""The judge of the attack finds every kind of lie."""

import uuid

from cast import Admin, Cast
from chaos.judge import balances, compare
from test_post import send

from dega.bank import Bank


async def test_whatever_was_told_and_is_not_so_is_found(bank: Bank, admin: Admin, cast: Cast) -> None:
    opening = await balances(admin)
    arta, besnik, key = cast.arta.lek.id, cast.besnik.lek.id, uuid.uuid4()
    await bank.poster.post(send(cast.arta, cast.besnik, 100, key))
    truth = {str(key): [(arta, besnik, 100)]}
    assert await compare(admin, opening, truth) == []
    lies = {
        "told as not made": {},
        "another amount": {str(key): [(arta, besnik, 101)]},
        "another payee": {str(key): [(arta, cast.genti.lek.id, 100)]},
        "made twice": {str(key): [(arta, besnik, 100)] * 2},
        "made, and isn't": {**truth, str(uuid.uuid4()): [(arta, besnik, 100)]},
    }
    assert [lie for lie, told in lies.items() if not await compare(admin, opening, told)] == []


async def test_money_that_moved_by_no_deed_is_found(bank: Bank, admin: Admin, cast: Cast) -> None:
    opening = await balances(admin)
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("UPDATE account SET balance_minor = balance_minor + 1 WHERE id = $1", cast.arta.lek.id)
    assert await compare(admin, opening, {}) == [f"account {cast.arta.lek.id}: told 10000000, is 10000001"]
