"""The steps of signing in: how far a visitor has come. Which pages each opens is said in `web/routes.py`."""

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
