"""`config.toml` becomes frozen records. An unknown, missing or impossible key stops the start; all named at once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from dega import sms_settings, tariff
from dega.clock import Window
from dega.inbox_settings import Inbox
from dega.money import Currency, Money
from dega.reading import name_strangers, override, refuse_secrets, section
from dega.retention_settings import Retention
from dega.sms_settings import Sms
from dega.tariff import Tariff

_PACKAGE = Path(__file__).resolve().parent
HOUSE = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else _PACKAGE.parent
"""Where templates, static, sql and config.toml stand: the checkout, or the package's data in an installed wheel."""

SECRETS = ("sessions", "forms", "codes", "devices", "subjects", "pepper", "fields", "seals")
"""One 32-byte key for each purpose."""

RINGS = ("pepper", "fields", "seals")
"""Those under which things are kept for long: their older keys stay, until nothing needs them any more."""

Count = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^\+[0-9]{8,15}$")]
WallClock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ConfigError(Exception):
    """What is wrong with the configuration: a sentence for each key."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class BankSection:
    name: Text
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3}$")]
    branch: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$")]
    time_zone: Literal["Europe/Tirane"]
    languages: Annotated[list[Literal["sq", "en"]], msgspec.Meta(min_length=1)]
    kshbi_version: Count


@dataclass(frozen=True, slots=True)
class Social:
    name: Text
    url: Annotated[str, msgspec.Meta(pattern=r"^https://")]


@dataclass(frozen=True, slots=True)
class Contacts:
    call_center: Text
    call_center_e164: Phone
    email: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+$")]
    email_info: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+$")]
    whatsapp: Text
    whatsapp_e164: Phone
    social: list[Social]


@dataclass(frozen=True, slots=True)
class WindowSection:
    starts: WallClock
    ends: WallClock
    banner_minutes: Annotated[int, msgspec.Meta(ge=0, le=240)]

    @property
    def window(self) -> Window:
        """The window itself, on the wall clock of Tirana."""
        return Window(time.fromisoformat(self.starts), time.fromisoformat(self.ends))


@dataclass(frozen=True, slots=True)
class Access:
    tries: Annotated[int, msgspec.Meta(ge=1, le=5)]
    password_least: Annotated[int, msgspec.Meta(ge=8, le=64)]
    password_most: Annotated[int, msgspec.Meta(ge=64, le=1024)]
    password_score: Annotated[int, msgspec.Meta(ge=0, le=4)]
    password_days: Count
    password_notice_days: Annotated[int, msgspec.Meta(ge=0)]
    password_memory: Annotated[int, msgspec.Meta(ge=1, le=24)]
    step_up_seconds: Annotated[int, msgspec.Meta(ge=30, le=300)]
    cooling_hours: Annotated[int, msgspec.Meta(ge=1, le=168)]
    hash_memory_kib: Annotated[int, msgspec.Meta(ge=8)]
    hash_rounds: Count
    hash_threads: Annotated[int, msgspec.Meta(ge=1, le=32)]
    hash_queue: Count
    block_minutes: list[Annotated[int, msgspec.Meta(ge=1)]]
    one_counter: bool
    device_days: Annotated[int, msgspec.Meta(ge=1, le=365)]
    network_failures: Count
    all_failures: Count


@dataclass(frozen=True, slots=True)
class Codes:
    login_digits: Annotated[int, msgspec.Meta(ge=6, le=8)]
    login_seconds: Annotated[int, msgspec.Meta(ge=30, le=600)]
    payment_digits: Annotated[int, msgspec.Meta(ge=6, le=8)]
    payment_seconds: Annotated[int, msgspec.Meta(ge=30, le=600)]
    tries: Annotated[int, msgspec.Meta(ge=1, le=5)]
    resend_seconds: Annotated[int, msgspec.Meta(ge=0)]
    resends: Annotated[int, msgspec.Meta(ge=0)]
    hourly: Count
    daily_sms: Count


@dataclass(frozen=True, slots=True)
class Sessions:
    idle_seconds: Annotated[int, msgspec.Meta(ge=30, le=300)]
    absolute_seconds: Annotated[int, msgspec.Meta(ge=60, le=86400)]


@dataclass(frozen=True, slots=True)
class Payments:
    code_for_own_accounts: bool
    new_payee_hold_hours: Annotated[int, msgspec.Meta(ge=0, le=168)]
    order_retry_days: Annotated[int, msgspec.Meta(ge=0, le=6)]

    @property
    def new_payee_hold(self) -> timedelta:
        """How long after a change of the mobile number only payees of before may be paid."""
        return timedelta(hours=self.new_payee_hold_hours)


@dataclass(frozen=True, slots=True)
class Limit:
    payment: Decimal
    day: Decimal
    large: Decimal


@dataclass(frozen=True, slots=True)
class Staff:
    approval_hours: Annotated[int, msgspec.Meta(ge=1, le=168)]
    two_operators: list[Text]


@dataclass(frozen=True, slots=True)
class Web:
    host: Text
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    public_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/]+$")]
    proxies: list[str]
    in_flight: Count
    posts_a_minute: Count
    secure_cookies: bool


@dataclass(frozen=True, slots=True)
class Database:
    dsn: Text
    staff_dsn: Text
    admin_dsn: Text
    posting_connections: Annotated[int, msgspec.Meta(ge=1, le=16)]
    reading_connections: Annotated[int, msgspec.Meta(ge=1, le=100)]
    queue: Count
    batch: Annotated[int, msgspec.Meta(ge=1, le=5000)]


@dataclass(frozen=True, slots=True)
class Cache:
    url: Text
    timeout_ms: Annotated[int, msgspec.Meta(ge=10, le=5000)]
    prefix: Text


@dataclass(frozen=True, slots=True)
class Secrets:
    folder: Text


@dataclass(frozen=True, slots=True)
class Books:
    heads: str


@dataclass(frozen=True, slots=True)
class Operations:
    email: Annotated[str, msgspec.Meta(pattern=r"^([^@\s]+@[^@\s]+)?$")]


@dataclass(frozen=True, slots=True)
class Email:
    gateway: Literal["smtp", "log"]
    host: Text
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    tls: Literal["starttls", "tls", "none"]
    ca_file: str
    user: str
    sender: Text
    timeout_seconds: Count


@dataclass(frozen=True, slots=True)
class Config:
    """All of operations, checked."""

    bank: BankSection
    contacts: Contacts
    window: WindowSection
    access: Access
    codes: Codes
    sessions: Sessions
    payments: Payments
    limits: dict[Currency, Limit]
    tariff: Tariff
    staff: Staff
    inbox: Inbox
    web: Web
    database: Database
    cache: Cache
    secrets: Secrets
    books: Books
    operations: Operations
    retention: Retention
    sms: Sms
    email: Email

    def payment_limit(self, currency: Currency) -> Money:
        """The most that one payment to others may be."""
        return _money(self.limits[currency].payment, currency)

    def day_limit(self, currency: Currency) -> Money:
        """The most that the payments of one Tirana day to others may be together."""
        return _money(self.limits[currency].day, currency)

    def large_payment(self, currency: Currency) -> Money:
        """From this amount on a payment is a large one, unless the customer chose otherwise."""
        return _money(self.limits[currency].large, currency)


def read(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in `path` (default: the house's own), with overrides of the environment (`DEGA__WEB__PORT`).

    Raises ConfigError with a sentence for each thing that is wrong.
    """
    path = path or HOUSE / "config.toml"
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: can't be read ({error.strerror})"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from error
    return build(tree, os.environ if environment is None else environment)


def build(tree: dict[str, Any], environment: Mapping[str, str]) -> Config:
    """The configuration from a parsed file; raises ConfigError with a sentence for each thing that is wrong."""
    problems: list[str] = []
    override(tree, environment, problems)
    refuse_secrets(tree, problems)
    sections: dict[str, Any] = {}
    hints = get_type_hints(Config, include_extras=True)
    name_strangers("", tree, hints, problems)
    for name, kind in hints.items():
        if name not in tree:
            problems.append(f"[{name}]: this section is missing")
        elif name == "limits":
            sections[name] = _limits(tree[name], problems)
        elif name == "tariff":
            sections[name] = tariff.read(tree[name], problems)
        else:
            sections[name] = section(name, kind, tree[name], problems)
    if not problems:
        config = Config(**sections)
        problems += _across_keys(config)
    if problems:
        raise ConfigError(problems)
    return config


def _limits(values: Any, problems: list[str]) -> dict[Currency, Limit] | None:
    if not isinstance(values, dict):
        problems.append("limits: sections like [limits.ALL] are expected")
        return None
    name_strangers("limits.", values, dict.fromkeys(Currency), problems)
    limits: dict[Currency, Limit] = {}
    for currency in Currency:
        if currency not in values:
            problems.append(f"[limits.{currency}]: this section is missing")
            continue
        limit = section(f"limits.{currency}", Limit, values[currency], problems)
        if limit is not None:
            limits[currency] = limit
            for key, amount in (("payment", limit.payment), ("day", limit.day), ("large", limit.large)):
                if not amount.is_finite() or amount <= 0 or amount != round(amount, currency.exponent):
                    problems.append(f"limits.{currency}.{key} = {amount}: expected more than 0, with two decimals")
    return limits


def _across_keys(config: Config) -> list[str]:
    """What only two keys together can get wrong."""
    problems = []
    try:
        config.window.window  # noqa: B018
    except ValueError as error:
        problems.append(f"window: {error}")
    if config.access.password_notice_days >= config.access.password_days:
        problems.append("access.password_notice_days: expected fewer days than access.password_days")
    if config.sessions.absolute_seconds < config.sessions.idle_seconds:
        problems.append("sessions.absolute_seconds: expected at least sessions.idle_seconds")
    problems += [
        f"limits.{currency}.payment: expected at most limits.{currency}.day"
        for currency, limit in config.limits.items()
        if limit.payment > limit.day
    ]
    if config.web.secure_cookies and not config.web.public_url.startswith("https://"):
        problems.append("web.secure_cookies: browsers drop secure cookies on an address without https")
    problems += sms_settings.problems(config.sms)
    if config.email.user and config.email.tls == "none" and config.email.host not in ("localhost", "127.0.0.1", "::1"):
        problems.append("email.tls: with a user, expected starttls or tls: the password would travel openly")
    ZoneInfo(config.bank.time_zone)
    return problems


@cache
def _money(amount: Decimal, currency: Currency) -> Money:
    return Money(int(amount.scaleb(currency.exponent)), currency)
