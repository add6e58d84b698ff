"""The steps of signing in, as a table: how far a visitor has come, and which pages that opens."""

from enum import StrEnum


class Level(StrEnum):
    """How far a session has come."""

    NUMBER = "number"
    """Login: a number was given."""
    CODE = "code"
    """Login: a password was given, right or wrong; the one-time code is asked for."""
    REGISTER_CODE = "register_code"
    """Registration: a number was given; the one-time code is asked for."""
    REGISTER_PASSWORD = "register_password"  # noqa: S105
    """Registration: the phone was proven; a password is to be chosen."""
    CHANGE_ONLY = "change_only"
    """Logged in with an expired password: it can be changed, and nothing else done."""
    FULL = "full"
    """Logged in."""


class Step(StrEnum):
    """What a page belongs to."""

    ANYWHERE = "anywhere"
    LOGIN_PASSWORD = "login_password"  # noqa: S105
    LOGIN_CODE = "login_code"
    REGISTER_CODE = "register_code"
    REGISTER_PASSWORD = "register_password"  # noqa: S105
    CHANGE_EXPIRED = "change_expired"
    INSIDE = "inside"


NEEDS: dict[Step, Level | None] = {
    Step.ANYWHERE: None,
    Step.LOGIN_PASSWORD: Level.NUMBER,
    Step.LOGIN_CODE: Level.CODE,
    Step.REGISTER_CODE: Level.REGISTER_CODE,
    Step.REGISTER_PASSWORD: Level.REGISTER_PASSWORD,
    Step.CHANGE_EXPIRED: Level.CHANGE_ONLY,
    Step.INSIDE: Level.FULL,
}
"""The one level that opens the pages of a step: the order of steps can't be left, forwards or backwards."""


def allows(step: Step, level: Level | None) -> bool:
    """Whether a visitor at this level (None: no session) may see the pages of the step."""
    needed = NEEDS[step]
    return needed is None or level == needed


def step_of(level: Level) -> Step:
    """The step at which a visitor of this level stands: where to lead them when they ask for another one's pages."""
    return next(step for step, needed in NEEDS.items() if needed == level)
