"""The site map is complete: each address has its help in both languages, its step, and says whether it moves money.

The lists here say once more what the site map says, so that nobody opens a door by accident.
"""

import pytest

from dega.access.steps import Level
from dega.config import HOUSE
from dega.contact.help import help_page
from dega.i18n import LANGUAGES
from dega.web.pages.demo import DEMO_ROUTES
from dega.web.routes import ROUTES, Route

EVERY = [*ROUTES, *DEMO_ROUTES]

FINANCIAL = {
    "/payments/own",
    "/payments/in-bank",
    "/payments/{id}/check",
    "/payments/{id}/code",
    "/payments/{id}/code/resend",
    "/payments/{id}/passkey",
}

# Who isn't logged in opens these, and no other address.
ANYBODY = {
    "/",
    "/accessibility",
    "/block",
    "/block/done",
    "/complaints",
    "/contact",
    "/demo/clock",
    "/demo/phone",
    "/demo/phone.json",
    "/forgot",
    "/gateway/sms/report",
    "/health/live",
    "/health/ready",
    "/help",
    "/help/errors",
    "/help/{page}",
    "/language",
    "/logout",
    "/manual",
    "/manual.pdf",
    "/metrics",
    "/privacy",
    "/register",
    "/register/done",
    "/security/rules",
    "/terms",
}
ON_THE_WAY_IN = {
    "/login/password": Level.NUMBER,
    "/login/code": Level.CODE,
    "/login/code/resend": Level.CODE,
    "/login/passkey": Level.CODE,
    "/register/code": Level.REGISTER_CODE,
    "/register/code/resend": Level.REGISTER_CODE,
    "/register/password": Level.REGISTER_PASSWORD,
}
WITH_AN_EXPIRED_PASSWORD = {"/security/password"}

PLAIN = {"/health/live", "/health/ready", "/metrics", "/gateway/sms/report", "/demo/phone.json"}


def paths(routes: list[Route]) -> set[str]:
    return {route.path for route in routes}


@pytest.mark.requirement("R39")
@pytest.mark.parametrize("route", EVERY, ids=lambda route: route.path)
def test_every_address_has_its_own_help_in_both_languages(route: Route) -> None:
    page = help_page(route.help)
    for language in LANGUAGES:
        assert (HOUSE / "templates" / "help" / language / f"{page.key}.html").is_file()


@pytest.mark.requirement("R31")
def test_exactly_the_addresses_that_move_money_are_financial() -> None:
    assert paths([route for route in EVERY if route.financial]) == FINANCIAL


@pytest.mark.requirement("R14", "R29")
def test_exactly_the_addresses_for_anybody_are_open_to_anybody() -> None:
    assert paths([route for route in EVERY if route.needs is None]) == ANYBODY


@pytest.mark.requirement("R14", "R24")
def test_whatever_else_there_is_needs_its_step_or_a_whole_login() -> None:
    others = {route.path: route.needs for route in EVERY if route.path not in ANYBODY}
    expected = dict.fromkeys(others, Level.FULL) | ON_THE_WAY_IN
    assert others == expected | dict.fromkeys(WITH_AN_EXPIRED_PASSWORD, Level.CHANGE_ONLY)


def test_only_machines_get_an_answer_without_a_page() -> None:
    assert paths([route for route in EVERY if route.plain]) == PLAIN


def test_every_address_is_listed_once_and_answers_something() -> None:
    assert len(paths(EVERY)) == len(EVERY)
    assert [route.path for route in EVERY if route.get is None and route.post is None] == []
