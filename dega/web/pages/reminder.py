"""How old the password is, for the pages that remind of it before it must be changed (R24)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from dega.access import password
from dega.access.sessions import Session
from dega.bank import Bank
from dega.clock import format_day, local_day


@dataclass(frozen=True, slots=True)
class PasswordView:
    """The password's life: days as `22.11.2026`; `is_near` from so few days left that the customer is reminded."""

    changed: str
    due: str
    days_left: int
    is_near: bool


@lru_cache(maxsize=4096)
def _instant(kept: str) -> datetime:
    return datetime.fromisoformat(kept)


def password_view(bank: Bank, session: Session) -> PasswordView:
    """The life of the password of someone who is logged in."""
    access, changed_at = bank.config.access, _instant(session.facts["password_changed_at"])
    due = local_day(changed_at) + timedelta(days=access.password_days)
    left = password.days_left(bank, changed_at)
    return PasswordView(format_day(changed_at), format_day(due), left, left <= access.password_notice_days)
