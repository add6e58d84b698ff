"""The tariff of config.toml: what holds on a day, and what is said of a value that can't be one."""

import tomllib
from datetime import date
from typing import Any

import pytest

from dega.config import HOUSE, ConfigError, build
from dega.money import Currency
from dega.tariff import PARTS, PARTS_OF_MINOR, TERMS, Dated, Rate


def tree() -> dict[str, Any]:
    return tomllib.loads((HOUSE / "config.toml").read_text(encoding="utf-8"))


def test_a_value_holds_from_its_first_day_until_a_later_one_does() -> None:
    dated = Dated(((date(2026, 1, 1), "old"), (date(2026, 7, 1), "new")))
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2030, 1, 1))
    assert [dated.on(day) for day in days] == [None, "old", "old", "new", "new"]


def test_days_are_taken_in_any_order_and_terms_have_a_rate_each() -> None:
    changed = tree()
    changed["tariff"]["EUR"]["savings"] = {"2027-01-01": "0.5 act/360", "2026-01-01": "0.1234 act/365"}
    tariff = build(changed, {}).tariff
    assert tariff[Currency.EUR].savings.steps == (
        (date(2026, 1, 1), Rate(1_234, 365)),
        (date(2027, 1, 1), Rate(5_000, 360)),
    )
    term = tariff[Currency.ALL].term.on(date(2026, 1, 1))
    assert term is not None
    assert (tuple(term), term[12]) == (TERMS, Rate(22_000, 365))
    assert tariff[Currency.ALL].term_least == 50_000_00


@pytest.mark.parametrize("year", [360, 365])
def test_a_years_interest_is_exact_whichever_days_it_counts(year: int) -> None:
    assert PARTS % year == 0
    assert Rate(1_000_000, year).parts(7, year) == 7 * PARTS_OF_MINOR


@pytest.mark.requirement("R48")
@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("savings", {"2026-01-01": "1.25"}, "tariff.ALL.savings.2026-01-01 = '1.25': expected percent a year and how"),
        ("savings", {"2026-01-01": "1.2 1.3 act/365"}, "tariff.ALL.savings.2026-01-01"),
        ("savings", {"2026-02-30": "1.2 act/365"}, "tariff.ALL.savings.2026-02-30"),
        ("overdraft", {"2026-01-01": "-1 act/365"}, "tariff.ALL.overdraft.2026-01-01"),
        ("overdraft", {"2026-01-01": "1.00001 act/365"}, "tariff.ALL.overdraft.2026-01-01"),
        ("overdraft", {"2026-01-01": 14}, "tariff.ALL.overdraft.2026-01-01 = 14"),
        ("overdraft", {}, "tariff.ALL.overdraft: values by their first day are expected"),
        ("term", {"2026-01-01": "1 2 3 act/365"}, "expected percents for 1, 3, 6, 12, 24, 36 months"),
        ("term_least", 50_000, "tariff.ALL.term_least: expected an amount as a text"),
        ("fee_current", {"2026-01-01": "0.005"}, "tariff.ALL.fee_current.2026-01-01 = '0.005': expected an amount"),
        ("fee_current", {"2026-01-01": "NaN"}, "tariff.ALL.fee_current.2026-01-01"),
        ("fee_gold", {"2026-01-01": "1.00"}, "tariff.ALL.fee_gold: this key is unknown"),
    ],
)
def test_a_value_that_can_not_be_one_is_named_with_its_key(key: str, value: object, problem: str) -> None:
    wrong = tree()
    wrong["tariff"]["ALL"][key] = value
    with pytest.raises(ConfigError) as raised:
        build(wrong, {})
    assert any(problem in sentence for sentence in raised.value.problems)


def test_every_currency_has_its_conditions_and_the_tax_stands_there() -> None:
    wrong = tree()
    del wrong["tariff"]["CHF"], wrong["tariff"]["tax"]
    wrong["tariff"]["LEK"] = {}
    with pytest.raises(ConfigError) as raised:
        build(wrong, {})
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "tariff.LEK",
        "tariff.tax",
        "[tariff.CHF]",
    ]
