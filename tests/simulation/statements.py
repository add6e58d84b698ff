"""The statements of a posting, of the gate and of a payment on the stand-in: the one place that knows the functions of
`dega/store/` which the simulated code calls. Each has the name and the signature of the one whose place it takes."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from simulation.postgres import Connection, Key, Row, Session
from simulation.postgres import roll_back as undo

from dega.sealing import Fields
from dega.store import ledger, payments
from dega.store.ledger import AccountRow, GateRow, PaymentRow, Sheet, Threshold
from dega.store.payments import Payer
from dega.store.payments import PaymentRow as PreparedRow

GATE: Key = ("gate",)
GATE_LOCK: Key = ("lock", 4993001)

Statement = Callable[[Session], Awaitable[Any]]


class InLedger:
    """In place of the functions of `dega.store.ledger`."""

    @staticmethod
    async def begin(connection: Connection) -> None:
        async def statement(session: Session) -> None:
            await session.lock(GATE_LOCK, exclusive=False)

        await connection.perform(statement)

    @staticmethod
    async def commit(connection: Connection) -> None:
        await connection.perform(Session.commit)

    @staticmethod
    async def roll_back(connection: Connection) -> None:
        if not connection.is_closed():
            await connection.perform(undo)

    @staticmethod
    async def threshold(
        connection: Connection, movements: int, transfers: int, notices: int, keys: list[UUID]
    ) -> Threshold:
        async def statement(session: Session) -> Threshold:
            server = session.server
            ids = [[server.next() for _ in range(size)] for size in (movements, transfers, notices)]
            booked = frozenset(key for key in keys if session.read(("movement", key)))
            return Threshold(the(session, GATE)["state"] == "open", server.clock(), *ids, booked)

        return await connection.perform(statement)

    @staticmethod
    async def lock_payments(connection: Connection, ids: list[UUID], day: date) -> dict[UUID, PaymentRow]:
        async def statement(session: Session) -> dict[UUID, PaymentRow]:
            known = [number for number in ids if session.read(("payment", number)) is not None]
            beside = {number: beside_payment(session, number, day) for number in known}  # as it was when it began
            found = {}
            for number in sorted(known):
                await session.lock(("payment", number))
                found[number] = locked_payment(the(session, ("payment", number)), beside[number])
            return found

        return await connection.perform(statement)

    @staticmethod
    async def settled_state(connection: Connection, payment_id: UUID) -> str:
        async def statement(session: Session) -> str:
            await session.lock(("payment", payment_id))
            return str(the(session, ("payment", payment_id))["state"])

        return await connection.perform(statement)

    @staticmethod
    async def lock_accounts(connection: Connection, ids: list[int]) -> dict[int, AccountRow]:
        async def statement(session: Session) -> dict[int, AccountRow]:
            found = {}
            for number in ids:
                if session.read(("account", number)) is not None:
                    await session.lock(("account", number))
                    found[number] = AccountRow(**the(session, ("account", number)))
            return found

        return await connection.perform(statement)

    @staticmethod
    async def bookings(connection: Connection, keys: list[UUID]) -> dict[UUID, tuple[int, datetime]]:
        async def statement(session: Session) -> dict[UUID, tuple[int, datetime]]:
            rows = {key: row for key in keys if (row := session.read(("movement", key)))}
            return {key: (row["id"], row["booked_at"]) for key, row in rows.items()}

        return await connection.perform(statement)

    @staticmethod
    async def write(connection: Connection, fields: Fields, sheet: Sheet) -> None:
        async def statement(session: Session) -> None:
            await write_sheet(session, sheet)

        await connection.perform(statement)

    @staticmethod
    async def write_read_back(connection: Connection, keys: list[UUID]) -> None:
        async def statement(session: Session) -> None:
            session.write(("audit", session.server.next()), {"keys": keys})

        await connection.perform(statement)

    @staticmethod
    async def lock_gate(connection: Connection, most_seconds: int) -> None:
        async def statement(session: Session) -> None:
            await session.lock(GATE_LOCK, seconds=most_seconds)

        await connection.perform(statement)

    @staticmethod
    async def gate(connection: Connection) -> GateRow:
        async def statement(session: Session) -> GateRow:
            return GateRow(**the(session, GATE), clock=session.server.clock())

        return await connection.perform(statement)

    @staticmethod
    async def postings_under_way(connection: Connection) -> int:
        return 0  # said of the closing, and never decided by

    @staticmethod
    async def close_gate(
        connection: Connection, closed_by: str, reason: str, in_flight: int | None = None, drained_ms: int | None = None
    ) -> datetime:
        return await connection.perform(moving_the_gate("closed", closed_by, reason))

    @staticmethod
    async def open_gate(connection: Connection) -> datetime:
        return await connection.perform(moving_the_gate("open", None, ""))

    @staticmethod
    async def bank_account(connection: Connection, code: str, currency: str) -> int | None:
        async def statement(session: Session) -> int | None:
            return next((row["id"] for row in session.find("account") if row["iban"] == f"{code} {currency}"), None)

        return await connection.perform(statement)


class InPayments:
    """In place of the functions of `dega.store.payments`."""

    @staticmethod
    async def payments(
        connection: Connection, asked: Sequence[tuple[int, UUID]]
    ) -> dict[tuple[int, UUID], PreparedRow]:
        async def statement(session: Session) -> dict[tuple[int, UUID], PreparedRow]:
            found = {}
            for customer_id, payment_id in asked:
                row = session.read(("payment", payment_id))
                if row is None or row["customer_id"] != customer_id:
                    continue
                movement = session.read(("movement", payment_id)) if row["state"] == "posted" else None
                booked_at = movement and movement["booked_at"]
                code = session.read(("challenge", payment_id)) or {}
                found[customer_id, payment_id] = PreparedRow(
                    **row,
                    booked_at=booked_at,
                    payer_name=None,
                    balance_after_minor=0,
                    code_expires_at=code.get("expires_at"),
                )
            return found

        return await connection.perform(statement)

    @staticmethod
    async def payers(connection: Connection, customers: Sequence[int], fields: Fields) -> dict[int, Payer]:
        async def statement(session: Session) -> dict[int, Payer]:
            return {
                customer: Payer(customer, "Arta Kola", "+355692003001", "arta@example.org", "sq")
                for customer in customers
            }

        return await connection.perform(statement)


IN_PLACE = {ledger: InLedger, payments: InPayments}


def install(patch: pytest.MonkeyPatch) -> None:
    """Put all of them in their places."""
    for module, stand_ins in IN_PLACE.items():
        for name in names(stand_ins):
            patch.setattr(module, name, getattr(stand_ins, name))


def names(stand_ins: type) -> list[str]:
    return [name for name in vars(stand_ins) if not name.startswith("_")]


def parameters(function: Callable[..., object]) -> list[str]:
    return list(inspect.signature(function).parameters)


def the(session: Session, key: Key) -> Row:
    row = session.read(key)
    assert row is not None, key
    return row


def beside_payment(session: Session, number: UUID, day: date) -> Row:
    """What stands beside a payment and isn't locked with it: its code, what its customer spent, whom they have paid."""
    row, code = the(session, ("payment", number)), session.read(("challenge", number)) or {}
    spending = session.read(("spending", row["customer_id"], day, row["currency"])) or {"spent_minor": 0}
    return {
        "digest": code.get("digest"),
        "expires_at": code.get("expires_at"),
        "authorised_at": code.get("authorised_at"),
        "consumed_at": code.get("consumed_at"),
        "spent_minor": spending["spent_minor"],
        "paid_before": session.read(("payee", row["customer_id"], row["payee_iban"])) is not None,
    }


def locked_payment(row: Row, beside: Row) -> PaymentRow:
    """The payment as it is now that it is locked, with what stands beside it; everybody is in good standing."""
    return PaymentRow(
        id=row["id"],
        customer_id=row["customer_id"],
        state=row["state"],
        movement_id=row["movement_id"],
        authorised_by="sms",
        challenge_id=row["challenge_id"],
        user_state="active",
        auth_epoch=1,
        barred_at=None,
        mobile_changed_at=None,
        **beside,
    )


def moving_the_gate(state: str, closed_by: str | None, reason: str) -> Statement:
    async def statement(session: Session) -> datetime:
        await session.lock(GATE)
        now, gate = session.server.clock(), the(session, GATE)
        session.write(GATE, {**gate, "state": state, "closed_by": closed_by, "reason": reason, "changed_at": now})
        if state == "closed":
            session.write(("closing", session.server.next()), {"closed_at": now, "opened_at": None})
        else:
            for key in [key for key in session.server.rows if key[0] == "closing"]:
                session.write(key, {**the(session, key), "opened_at": the(session, key)["opened_at"] or now})
        return now

    return statement


async def write_sheet(session: Session, sheet: Sheet) -> None:
    """As `write_batch` and the constraints and triggers that look at it."""
    for number, key, kind, booked_at, _, by_night, *_ in sheet.movements:
        await session.lock(("unique", key))
        if session.read(("movement", key)) is not None:
            raise asyncpg.UniqueViolationError("a_deed_is_booked_once")
        booked = {"id": number, "key": key, "kind": kind, "booked_at": booked_at, "by_night": by_night}
        session.write(("movement", key), booked)
    for number in sorted({entry[0] for entry in sheet.entries}):
        await session.lock(("account", number))
    for number, seq, transfer, amount, after, _ in sheet.entries:
        write_entry(session, number, transfer, amount, seq, after)
    for number in {entry[0] for entry in sheet.entries}:
        account = the(session, ("account", number))
        if account["floor_minor"] is not None and account["balance_minor"] < account["floor_minor"]:
            raise asyncpg.CheckViolationError("balance_is_never_below_the_floor")
    for movement, key, *_ in sheet.movements:
        row = session.read(("payment", key))
        if row is None:
            continue
        session.write(("payment", key), {**row, "state": "posted", "movement_id": movement})
        code = session.read(("challenge", key))
        if code is not None and row["challenge_id"] in sheet.challenges:
            session.write(("challenge", key), {**code, "consumed_at": sheet.booked_at})
    await write_spending(session, sheet)
    for payee in sorted(sheet.payees):
        await session.lock(("payee", *payee))
        session.write(("payee", *payee), {"paid_at": sheet.booked_at})
    for audit in sheet.audits:
        session.write(("audit", session.server.next()), {"outcome": audit[3], "subject": audit[2]})
    for notice in sheet.notices:
        session.write(("notice", notice[0]), {"template": notice[3]})


def write_entry(session: Session, number: int, transfer: int, amount: int, seq: int, after: int) -> None:
    account = the(session, ("account", number))
    if (seq, after) != (account["last_seq"] + 1, account["balance_minor"] + amount):
        raise asyncpg.CheckViolationError("entries do not follow the last one")
    session.write(("account", number), {**account, "last_seq": seq, "balance_minor": after})
    session.write(("entry", number, seq), {"transfer": transfer, "amount": amount, "after": after})


async def write_spending(session: Session, sheet: Sheet) -> None:
    for (customer, currency), (minor, limit) in sorted(sheet.spending.items()):
        key = ("spending", customer, sheet.day, currency)
        await session.lock(key)
        before = session.read(key)
        spent = minor + (before["spent_minor"] if before else 0)
        if spent > limit:
            raise asyncpg.CheckViolationError("spending_stays_within_the_day_limit")
        day = {"customer_id": customer, "day": sheet.day, "currency": currency}
        session.write(key, {**day, "spent_minor": spent})
