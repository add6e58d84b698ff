"""`[sms]` of config.toml: how the provider of SMS is asked, as templates of an HTTP request or as an SMPP connection.

A template is text with places such as `{to}`. What fills a place is escaped for where it stands: a query, a form, JSON
or a header; so no name and no text can become a parameter of its own.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgspec

PLACES = ("to", "to_digits", "from", "text", "id", "report_url", "user", "password", "api_key", "basic")
"""`to_digits`: the number without its plus; `basic`: user and password as HTTP's basic authentication wants them."""

SECRET_PLACES = frozenset({"user", "password", "api_key", "basic"})

Escape = Literal["query", "form", "json", "header"]

_PLACE = re.compile(r"\{([A-Za-z0-9_]+)\}")
_SECRET_NAME = re.compile(r"pass(w(or)?d)?$|secret|token|api[-_]?key|^key$|authori[sz]ation", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SAMPLE = dict.fromkeys(PLACES, "x")

Count = Annotated[int, msgspec.Meta(ge=1)]
Status = Annotated[int, msgspec.Meta(ge=200, le=299)]


@dataclass(frozen=True, slots=True)
class SmsHttp:
    """One request for each message, and how its answer and the later report are read."""

    method: Literal["GET", "POST"]
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/?#{}]+")]
    headers: dict[str, str]
    body: str
    accepted: Annotated[list[Status], msgspec.Meta(min_length=1)]
    answer: str
    report_field: Annotated[str, msgspec.Meta(min_length=1)]
    report_delivered: Annotated[list[str], msgspec.Meta(min_length=1)]
    report_undelivered: Annotated[list[str], msgspec.Meta(min_length=1)]

    @property
    def body_escape(self) -> Escape | None:
        """How values stand in the body, by its Content-Type; None for a type that has no rule here."""
        kind = next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")
        known: dict[str, Escape] = {"application/json": "json", "application/x-www-form-urlencoded": "form"}
        return known.get(kind.partition(";")[0].strip().lower())

    def places(self) -> set[str]:
        """Every place in any of the templates."""
        return {place for template in (self.url, self.body, *self.headers.values()) for place in _places(template)}


@dataclass(frozen=True, slots=True)
class Smpp:
    """A lasting connection to an SMSC; user and password are secrets."""

    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    system_type: Annotated[str, msgspec.Meta(max_length=12)]
    enquire_seconds: Count
    retry_seconds: Count
    retry_most_seconds: Count


@dataclass(frozen=True, slots=True)
class Sms:
    """How SMS leave, how many may, and where their reports come back to."""

    gateway: Literal["http", "smpp", "log"]
    sender: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9 +]{1,15}$")]
    timeout_seconds: Count
    hourly_budget: Count
    report_base: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^/?#]+)?$")]
    daily_budgets: dict[str, Annotated[int, msgspec.Meta(ge=0)]]
    http: SmsHttp
    smpp: Smpp


def fill(template: str, values: Mapping[str, str], escape: Escape) -> str:
    """The template with its places filled. Raises ValueError for a value that can't stand in a header."""
    return _PLACE.sub(lambda place: _escaped(values[place[1]], escape), template)


def problems(sms: Sms) -> list[str]:
    """What is wrong with the templates and budgets, a sentence for each, with its key."""
    http = sms.http
    named = {"url": http.url, "body": http.body, **{f"headers.{name}": text for name, text in http.headers.items()}}
    found = [
        f"sms.http.{key}: {{{place}}} is no place; there are {', '.join(f'{{{known}}}' for known in PLACES)}"
        for key, template in named.items()
        for place in _places(template)
        if place not in PLACES
    ]
    found += [
        f"sms.http.{key}: {name} looks like a secret, which doesn't belong into this file; write {{password}} or such"
        for key, template in named.items()
        for name, value in _named_values(key, template)
        if _SECRET_NAME.search(name) and value and not SECRET_PLACES.intersection(_places(value))
    ]
    if urlsplit(http.url).password is not None:
        found.append('sms.http.url: a secret doesn\'t belong into this file; write Authorization = "Basic {basic}"')
    asked = set(_places(http.url)) | set(_places(http.body))
    found += [
        f"sms.http.url: {names[0]} is missing, there and in the body: nobody would be sent anything"
        for names in (("{text}",), ("{to}", "{to_digits}"))
        if not asked.intersection(name.strip("{}") for name in names)
    ]
    found += _body_problems(http)
    found += [f"sms.http.headers.{name}: a line break" for name, text in http.headers.items() if _CONTROL.search(text)]
    try:
        re.compile(http.answer)
    except re.error as error:
        found.append(f"sms.http.answer: no regular expression: {error}")
    found += [
        f"sms.daily_budgets.{code}: expected the digits of a country's prefix, or other"
        for code in sms.daily_budgets
        if not re.fullmatch(r"[1-9][0-9]{0,2}|other", code)
    ]
    if "other" not in sms.daily_budgets:
        found.append("sms.daily_budgets.other: this key is missing")
    if sms.smpp.retry_seconds > sms.smpp.retry_most_seconds:
        found.append("sms.smpp.retry_seconds: expected at most sms.smpp.retry_most_seconds")
    return found


def _body_problems(http: SmsHttp) -> Iterator[str]:
    if not http.body:
        return
    if http.method == "GET":
        yield "sms.http.body: a GET has none"
    if http.body_escape is None:
        yield (
            "sms.http.headers: expected Content-Type application/json or application/x-www-form-urlencoded:"
            " it says how the body is escaped"
        )
    if http.body_escape == "json" and set(_places(http.body)) <= set(PLACES):
        try:
            json.loads(fill(http.body, _SAMPLE, "json"))
        except ValueError as error:
            yield f"sms.http.body: no JSON: {error}"


def _places(template: str) -> list[str]:
    return _PLACE.findall(template)


def _named_values(key: str, template: str) -> list[tuple[str, str]]:
    """What the template gives names to: parameters of a query or a form, members of JSON, or the header itself."""
    if key.startswith("headers."):
        return [(key.removeprefix("headers."), template)]
    if key == "url":
        return parse_qsl(urlsplit(template).query)
    try:
        return list(_members(json.loads(template)))
    except ValueError:
        return parse_qsl(template)


def _members(tree: Any) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from [(name, value)] if isinstance(value, str) else _members(value)
    if isinstance(tree, list):
        for value in tree:
            yield from _members(value)


def _escaped(value: str, escape: Escape) -> str:
    match escape:
        case "query":
            return quote(value, safe="")
        case "form":
            return quote_plus(value)
        case "json":
            return json.dumps(value)[1:-1]
        case "header":
            if _CONTROL.search(value) or not value.isascii():
                raise ValueError("a header carries neither line breaks nor letters beyond ASCII")
            return value
