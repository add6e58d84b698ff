"""How people come in: the steps of registering and logging in, with the code read from the phone."""

import re
from typing import Protocol

from cast import PASSWORD
from msgspec import structs

from dega.access import login, register
from dega.access.sessions import Client, Session
from dega.bank import Bank

HOME = Client("192.0.2.0/24", "Firefox 145", "request-1")


class Phones(Protocol):
    """Where codes arrive."""

    sent: list[tuple[str, str]]


def last_code(phones: Phones) -> str:
    """The code of the last SMS."""
    found = re.search(r"\b[0-9]{6,8}\b", phones.sent[-1][1])
    assert found is not None
    return found[0]


def kept(session: Session) -> Session:
    """The session as it is loaded again: the token of its browser is only there."""
    return structs.replace(session, device_token="")


def another(code: str) -> str:
    """A code of the same length that isn't it."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


async def to_code(bank: Bank, number: str, password: str = PASSWORD, client: Client = HOME) -> Session:
    """Number and password: on the page of the code."""
    session = await login.give_number(bank, number, client)
    return await login.give_password(bank, session, password, client)


async def known_browser(bank: Bank, phones: Phones, number: str) -> Client:
    """A browser in which the customer logged in once."""
    return structs.replace(HOME, device=(await enter(bank, phones, number)).device_token)


async def enter(bank: Bank, phones: Phones, number: str, password: str = PASSWORD) -> Session:
    """All three steps."""
    session = await to_code(bank, number, password)
    return await login.give_code(bank, session, last_code(phones), HOME)


async def to_new_password(bank: Bank, phones: Phones, number: str) -> Session:
    """Registration: number and code; a password is to be chosen."""
    session = await register.give_number(bank, number, HOME)
    return await register.give_code(bank, session, last_code(phones), HOME)
