"""The connection dies at COMMIT: nobody is told anything before the database itself has said what became of it."""

import asyncio

import pytest
from cast import Admin, Cast, balance
from test_post import send

from dega.bank import Bank
from dega.errors import PartAway
from dega.store import ledger
from dega.store.database import Connection

commit = ledger.commit


async def test_a_commit_whose_answer_is_lost_is_read_back_as_booked(
    bank: Bank, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kept_but_unanswered(connection: Connection) -> None:
        await commit(connection)
        raise ConnectionResetError

    monkeypatch.setattr(ledger, "commit", kept_but_unanswered)
    booking = await bank.poster.post(send(cast.arta, cast.besnik, 100))
    assert booking.movement_id
    assert await balance(admin, cast.arta.lek) == 9_999_900
    assert await admin.fetchval("SELECT outcome FROM audit WHERE action = 'outcome.read_back'") == "booked"


async def test_a_commit_that_never_arrived_is_read_back_as_nothing(
    bank: Bank, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(connection: Connection) -> None:
        connection.terminate()
        raise ConnectionResetError

    monkeypatch.setattr(ledger, "commit", lost)
    with pytest.raises(PartAway):
        await bank.poster.post(send(cast.arta, cast.besnik, 100))
    assert await balance(admin, cast.arta.lek) == 10_000_000
    monkeypatch.setattr(ledger, "commit", commit)
    await bank.poster.post(send(cast.arta, cast.besnik, 100))
    assert await balance(admin, cast.arta.lek) == 9_999_900


async def test_while_a_server_process_may_still_be_at_it_nothing_is_said(
    bank: Bank, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(connection: Connection) -> None:
        connection.terminate()
        await admin.execute(f"BEGIN; SELECT FROM account WHERE id = {cast.arta.lek.id} FOR UPDATE")
        raise ConnectionResetError

    monkeypatch.setattr(ledger, "commit", lost)
    waiting = asyncio.create_task(bank.poster.post(send(cast.arta, cast.besnik, 100)))
    await asyncio.sleep(1)
    assert not waiting.done()
    await admin.execute("COMMIT")
    with pytest.raises(PartAway):
        await waiting
    assert await balance(admin, cast.arta.lek) == 10_000_000
