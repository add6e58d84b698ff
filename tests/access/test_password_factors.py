"""A change of password is confirmed by the customer's strongest factor: their app's code, or their passkey."""

import asyncio

import pytest
from access.apps import Telephone, add_app, begin, confirm_by_app
from access.device import Device
from access.doors import HOME, enter, last_code
from access.enrolling import asked_to_make, enrol, signed
from access.watching import lose_valkey
from cast import PASSWORD, Admin, Cast
from conftest import Phones

from dega.access import enrolment, factors, login, otp, password, sessions
from dega.access.changes import PASSKEY_ADD, Change
from dega.access.methods import Method
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    AppCodeUsed,
    CodeExpired,
    CodeSpent,
    CodeWrong,
    PasskeyMissing,
    PasskeySpent,
    PasskeyWrong,
    ProofShape,
    SignInFailed,
    SignInNeeded,
    UserBlocked,
)

NEW, OTHER = "Ne kala rri 1 plak", "Dy ujq ne 3 male"
NUMBER = "100200301"


async def begin_change(bank: Bank, session: Session, new: str = NEW) -> Session:
    """The old password and the new one, typed right."""
    return await password.start_change(bank, session, PASSWORD, new, new)


def asked_by(session: Session) -> Method:
    """By what the change is to be confirmed."""
    asked = password.under_way(session)
    assert asked is not None
    return asked.method


async def sign(bank: Bank, session: Session, device: Device) -> str:
    """What the device signs for the change under way."""
    asked = password.under_way(session)
    assert asked is not None
    return await signed(bank, asked.challenge_id, device)


async def is_still(bank: Bank, admin: Admin, old: str = PASSWORD) -> bool:
    """Whether this is still Arta's password."""
    sql = "SELECT password_hash FROM internet_user JOIN customer c ON c.id = customer_id WHERE c.number = $1"
    return await bank.hasher.verify(await admin.fetchval(sql, NUMBER), old)


@pytest.fixture
def device(request: pytest.FixtureRequest) -> Device:
    """Arta's telephone with a passkey; a test may say how far its count moves at each use."""
    return Device(step=getattr(request, "param", 1))


@pytest.fixture
async def by_app(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> tuple[Session, Telephone]:
    """Arta, who has an app, with a change under way."""
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    phones.sent.clear()
    return await begin_change(bank, session), telephone


@pytest.fixture
async def by_passkey(bank: Bank, cast: Cast, phones: Phones, device: Device) -> Session:
    """Arta, who has a passkey, with a change under way."""
    session = await enrol(bank, phones, cast.arta.number, device)
    phones.sent.clear()
    return await begin_change(bank, session)


@pytest.mark.requirement("R23")
async def test_the_apps_code_changes_the_password_and_no_sms_is_sent(
    bank: Bank, by_app: tuple[Session, Telephone], phones: Phones, admin: Admin
) -> None:
    session, telephone = by_app
    after = await password.finish_change(bank, session, telephone.code(), HOME)
    assert (after.level, phones.sent) == (Level.FULL, [])
    assert await sessions.load(bank, session.id) is None
    assert await sessions.still_good(bank, after)
    assert not await is_still(bank, admin)
    assert password.under_way(after) is None
    by = "SELECT (SELECT data->>'by' FROM audit WHERE action = 'password.change'), authorised_by FROM challenge"
    assert tuple(await admin.fetchrow(f"{by} WHERE purpose = 'password'")) == ("app", "app")


async def test_a_recovery_code_stands_in_for_a_lost_app_and_is_used_up(
    bank: Bank, by_app: tuple[Session, Telephone]
) -> None:
    session, telephone = by_app
    after = await password.finish_change(bank, session, telephone.paper[0], HOME)
    again = await password.start_change(bank, after, NEW, OTHER, OTHER)
    with pytest.raises(CodeWrong):
        await password.finish_change(bank, again, telephone.paper[0], HOME)
    assert (await password.finish_change(bank, again, telephone.paper[1], HOME)).level is Level.FULL


@pytest.mark.requirement("R20", "R23")
async def test_wrong_codes_in_the_place_of_the_apps_block_like_all_others(
    bank: Bank, by_app: tuple[Session, Telephone], admin: Admin
) -> None:
    session, telephone = by_app
    with pytest.raises(ProofShape):
        await password.finish_change(bank, session, "1234567", HOME)
    for _ in range(2):
        with pytest.raises(CodeWrong):
            await password.finish_change(bank, session, telephone.wrong, HOME)
    with pytest.raises(UserBlocked):
        await password.finish_change(bank, session, telephone.wrong, HOME)
    assert await is_still(bank, admin)


async def test_a_code_that_the_app_showed_before_changes_nothing_and_counts_nothing(
    bank: Bank, by_app: tuple[Session, Telephone], admin: Admin
) -> None:
    session, telephone = by_app
    with pytest.raises(AppCodeUsed):
        await password.finish_change(bank, session, telephone.code(-1), HOME)
    assert await admin.fetchval("SELECT sum(failures) FROM lockout") == 0
    assert await is_still(bank, admin)
    after = await password.finish_change(bank, session, telephone.code(), HOME)
    again = await password.start_change(bank, after, NEW, OTHER, OTHER)
    with pytest.raises(AppCodeUsed):
        await password.finish_change(bank, again, telephone.code(), HOME)


@pytest.mark.requirement("R23")
async def test_a_passkey_changes_the_password_and_no_sms_is_sent(
    bank: Bank, by_passkey: Session, device: Device, phones: Phones, admin: Admin
) -> None:
    after = await password.finish_change_by_passkey(bank, by_passkey, await sign(bank, by_passkey, device), HOME)
    assert (after.level, phones.sent) == (Level.FULL, [])
    assert await sessions.load(bank, by_passkey.id) is None
    assert not await is_still(bank, admin)
    assert await admin.fetchval("SELECT authorised_by FROM challenge WHERE purpose = 'password'") == "passkey"


async def test_a_signature_is_for_exactly_this_new_password(
    bank: Bank, by_passkey: Session, device: Device, admin: Admin
) -> None:
    for_this = await sign(bank, by_passkey, device)
    other = await begin_change(bank, by_passkey, OTHER)
    with pytest.raises(PasskeyWrong):
        await password.finish_change_by_passkey(bank, other, for_this, HOME)
    swapped = await sessions.keep(bank, by_passkey, change_hash=await bank.hasher.hash(OTHER))
    with pytest.raises(PasskeyWrong):
        await password.finish_change_by_passkey(bank, swapped, await sign(bank, swapped, device), HOME)
    assert await is_still(bank, admin)


async def test_a_signature_for_a_login_changes_no_password_and_one_for_a_change_logs_nobody_in(
    bank: Bank, by_passkey: Session, device: Device, admin: Admin
) -> None:
    door = await login.give_password(bank, await login.give_number(bank, NUMBER, HOME), PASSWORD, HOME)
    with pytest.raises(PasskeyWrong):
        await password.finish_change_by_passkey(bank, by_passkey, await signed(bank, door, device), HOME)
    with pytest.raises(SignInFailed):
        await login.give_passkey(bank, door, await sign(bank, by_passkey, device), HOME)
    assert await is_still(bank, admin)


@pytest.mark.parametrize("device", [1, 0], ids=["counting", "not counting"], indirect=True)
async def test_many_posts_of_one_signature_change_it_once(
    bank: Bank, by_passkey: Session, device: Device, admin: Admin
) -> None:
    answer = await sign(bank, by_passkey, device)
    posts = (password.finish_change_by_passkey(bank, by_passkey, answer, HOME) for _ in range(20))
    outcomes = await asyncio.gather(*posts, return_exceptions=True)
    assert sum(isinstance(outcome, Session) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} <= {Session, CodeSpent, PasskeySpent, SignInNeeded}
    assert await admin.fetchval("SELECT count(*) FROM past_password") == 1
    assert await admin.fetchval("SELECT sum(failures) FROM lockout") == 0


async def test_a_signature_does_not_change_it_again(bank: Bank, by_passkey: Session, device: Device) -> None:
    asked, answer = password.under_way(by_passkey), await sign(bank, by_passkey, device)
    assert asked is not None
    after = await password.finish_change_by_passkey(bank, by_passkey, answer, HOME)
    replayed = await sessions.keep(bank, after, **asked.facts)
    with pytest.raises(PasskeySpent):
        await password.finish_change_by_passkey(bank, replayed, answer, HOME)


async def test_with_a_passkey_an_apps_code_is_not_enough_and_a_recovery_code_is(
    bank: Bank, by_app: tuple[Session, Telephone], phones: Phones, machine: TimeMachine, device: Device
) -> None:
    session, telephone = by_app
    after = await _with_passkey_too(bank, session, telephone, device)
    await machine.wait(30)
    change = await begin_change(bank, after)
    assert (asked_by(change), phones.sent) == (Method.PASSKEY, [])
    with pytest.raises(CodeWrong):
        await password.finish_change(bank, change, telephone.code(), HOME)
    assert (await password.finish_change(bank, change, telephone.paper[0], HOME)).level is Level.FULL


async def _with_passkey_too(bank: Bank, session: Session, telephone: Telephone, device: Device) -> Session:
    session = await confirm_by_app(bank, telephone, session, Change(PASSKEY_ADD))
    session = await enrolment.begin(bank, session, "Celulari im")
    session, _ = await enrolment.finish(bank, session, device.create(await asked_to_make(bank, session)), HOME)
    return session


async def test_a_device_that_did_not_ask_its_owner_changes_nothing(
    bank: Bank, by_passkey: Session, device: Device, admin: Admin
) -> None:
    with pytest.raises(PasskeyMissing):
        await password.finish_change_by_passkey(bank, by_passkey, "", HOME)
    for dishonest in (Device(verifies=False, keys=device.keys), Device("http://evil.example", keys=device.keys)):
        with pytest.raises(PasskeyWrong):
            await password.finish_change_by_passkey(bank, by_passkey, await sign(bank, by_passkey, dishonest), HOME)
    stranger = Device()
    stranger.create(_options_to_make())
    with pytest.raises(UserBlocked):
        await password.finish_change_by_passkey(bank, by_passkey, await sign(bank, by_passkey, stranger), HOME)
    assert await is_still(bank, admin)


def _options_to_make() -> str:
    return '{"rp": {"id": "127.0.0.1"}, "user": {"id": "AAAA"}, "challenge": "AAAA"}'


async def test_a_confirmation_that_comes_too_late_changes_nothing(
    bank: Bank, by_passkey: Session, device: Device, machine: TimeMachine, admin: Admin
) -> None:
    answer = await sign(bank, by_passkey, device)
    await machine.wait(bank.config.codes.payment_seconds)
    with pytest.raises(PasskeySpent):
        await password.finish_change_by_passkey(bank, by_passkey, answer, HOME)
    assert await is_still(bank, admin)


async def test_the_method_is_the_one_in_the_banks_rows_when_the_change_begins(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    session, telephone = await begin(bank, phones, await enter(bank, phones, cast.arta.number))
    change = await begin_change(bank, session)
    code = last_code(phones)
    assert asked_by(change) is Method.SMS
    after, _ = await factors.finish_app(bank, change, telephone.code(), HOME)
    assert password.under_way(after) is None  # what an SMS would confirm doesn't outlive the app's coming
    with pytest.raises(CodeExpired):
        await password.finish_change(bank, after, code, HOME)
    assert asked_by(await begin_change(bank, after)) is Method.APP


async def test_another_code_is_never_an_sms_for_who_has_an_app(
    bank: Bank, by_app: tuple[Session, Telephone], phones: Phones, machine: TimeMachine
) -> None:
    session, telephone = by_app
    await machine.wait(30)
    await password.resend(bank, session)
    assert phones.sent == []
    assert (await password.finish_change(bank, session, telephone.code(), HOME)).level is Level.FULL


async def test_what_confirmed_a_change_that_was_not_made_is_used_up_by_the_next_code(
    bank: Bank, by_app: tuple[Session, Telephone], machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = by_app
    asked = password.under_way(session)
    assert asked is not None
    await admin.execute("ALTER TABLE past_password RENAME TO away")
    with pytest.raises(Exception, match="past_password"):
        await password.finish_change(bank, session, telephone.code(), HOME)
    await admin.execute("ALTER TABLE away RENAME TO past_password")
    assert await is_still(bank, admin)
    with pytest.raises(AppCodeUsed):
        await password.finish_change(bank, session, telephone.code(), HOME)
    await machine.wait(30)
    assert (await password.finish_change(bank, session, telephone.code(), HOME)).level is Level.FULL
    async with bank.database.transaction() as connection:
        assert not await otp.consume(connection, asked.challenge_id)


async def test_with_valkey_lost_nothing_confirms_a_change(bank: Bank, by_passkey: Session, device: Device) -> None:
    answer = await sign(bank, by_passkey, device)
    await lose_valkey(bank)
    with pytest.raises(PasskeySpent):
        await password.finish_change_by_passkey(bank, by_passkey, answer, HOME)
