"""How old the password is, for the pages that remind of it before it must be changed (R24)."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from dega.access.password import due_on
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


def password_view(bank: Bank, session: Session) -> PasswordView:
    """The life of the password of someone who is logged in."""
    access, today = bank.config.access, local_day(bank.clock.now())
    return _view(session.facts["password_changed_at"], today, access.password_days, access.password_notice_days)


@lru_cache(maxsize=4096)
def _view(changed_at: str, today: date, most_days: int, notice_days: int) -> PasswordView:
    changed = datetime.fromisoformat(changed_at)
    due = due_on(changed, most_days)
    left = (due - today).days
    return PasswordView(format_day(changed), format_day(due), left, left <= notice_days)
