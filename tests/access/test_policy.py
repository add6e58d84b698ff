"""What a password must be like."""

import pytest

from dega.access import policy
from dega.config import Access, read
from dega.store.access import Customer

ARTA = Customer(
    id=1,
    number="100200301",
    personal_number="J61023041K",
    kind="individual",
    name="Arta Çela-Hoxha Po",
    mobile="+355692003001",
    email=None,
    kshbi_version=2,
    language="sq",
    state="active",
    password_hash=None,
    password_changed_at=None,
    auth_epoch=1,
)


@pytest.fixture(scope="module")
def access() -> Access:
    return read(environment={}).access


@pytest.mark.requirement("R11")
@pytest.mark.refusal(
    "password_missing",
    "password_short",
    "password_long",
    "password_without_digit",
    "password_without_letter",
    "password_with_own_data",
    "password_common",
)
@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("Shkodra1492", []),
        ("gjysmehene7", []),
        ("një fjali e gjatë me 1 numër", []),
        ("пароль-2026-мой", []),
        ("😀😀😀😀😀😀a1", []),
        ("a1" + "ë" * 126, []),
        ("Abcdefg", ["password_short", "password_without_digit"]),
        ("Shko149", ["password_short"]),
        ("", ["password_missing"]),
        ("Gjirokastra", ["password_without_digit"]),
        ("1492149214", ["password_without_letter"]),
        ("!!!!!!!!!!", ["password_without_digit", "password_without_letter"]),
        ("a1" + "ë" * 127, ["password_long"]),
        ("arta2026", ["password_with_own_data"]),
        ("2026xARTAx", ["password_with_own_data"]),
        ("cela1492cela", ["password_with_own_data"]),
        ("Çela1492çela", ["password_with_own_data"]),
        ("Po123456", ["password_with_own_data"]),
        ("Poradeci77", []),
        ("x100200301x", ["password_with_own_data"]),
        ("j61023041k", ["password_with_own_data"]),
        ("tel0692003001", ["password_with_own_data"]),
        ("tel92003001", ["password_with_own_data"]),
        ("Password1", ["password_common"]),
        ("P4ssw0rd2026", ["password_common"]),
        ("fjalekalimi1", ["password_common"]),
        ("Fjalëkalimi123", ["password_common"]),
        ("Tirana2026!", ["password_common"]),
        ("12345shqiperia", ["password_common"]),
        ("qwerty12345", ["password_common"]),
        ("1q2w3e4r5t", ["password_common"]),
        ("a1111111", ["password_common"]),
        ("aaaa1111", ["password_common"]),
        ("a1234567", ["password_common"]),
        ("76543210ab", ["password_common"]),
        ("a1492149", []),
        ("abc12345", ["password_common"]),
        ("cba54321", ["password_common"]),
    ],
)
def test_passwords_and_what_is_wrong_with_them(access: Access, password: str, codes: list[str]) -> None:
    found = policy.problems(access, password, ARTA, field="new")
    assert [refusal.code for refusal in found] == codes
    assert all(refusal.field == "new" for refusal in found)


def test_length_is_counted_as_the_password_is_kept(access: Access) -> None:
    ligatures = "ﬀ" * 4 + "1"  # nine letters and digits once normalised, five as typed
    assert policy.problems(access, ligatures + "x", ARTA, field="new") == []


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("Shkodra1492", "Shkodra1493", True),
        ("Shkodra1492", "1493shkodra!", True),
        ("Shkodra1492", "SHKODRA-2026-", True),
        ("Shkodra1492", "Berati1492", False),
        ("k4ngur7", "k4nguri7", False),
        ("një2dy", "nje2dy9", True),
    ],
)
def test_a_small_change_is_no_new_password(old: str, new: str, alike: bool) -> None:
    assert policy.alike(old, new) is alike


def test_the_same_password_may_be_typed_in_two_ways() -> None:
    assert policy.same("Çelës2026", "C\u0327ele\u0308s2026")
    assert not policy.same("Çelës2026", "Celes2026")
