"""What the bank books of itself has a name in account activity, in the customer's language."""

from functools import partial

import pytest

from dega.accounts.titles import title
from dega.i18n import Language, translate


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    ("purpose", "kind", "description", "language", "shown"),
    [
        ("payment", "in-bank", "Qira", "sq", "Qira"),
        ("payment", "in-bank", "", "sq", ""),
        ("fee", "domestic", "Qira", "sq", "Komision: Qira"),
        ("fee", "maintenance", "11.2026", "sq", "Komision mirëmbajtjeje llogarie: 11.2026"),
        ("interest", "interest", "01.10.2026 – 31.12.2026", "en", "Interest: 01.10.2026 – 31.12.2026"),
        ("interest", "overdraft", "", "sq", "Interes overdrafti"),
        ("tax", "interest", "01.10.2026 – 31.12.2026", "sq", "Tatim mbi interesin: 01.10.2026 – 31.12.2026"),
        ("payment", "deposit", "", "en", "Time deposit"),
    ],
)
def test_a_booking_is_called_by_what_it_is(
    purpose: str, kind: str, description: str, language: Language, shown: str
) -> None:
    assert title(purpose, kind, description, partial(translate, language)) == shown
