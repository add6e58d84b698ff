"""How a tree of TOML becomes records, with a sentence for everything that is wrong: all at once, and the key named."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec

from dega.money import Currency


def section(name: str, kind: Any, values: Any, problems: list[str]) -> Any:
    """The record of that kind out of the section's values; None where something is wrong, which is named."""
    if not isinstance(values, dict):
        problems.append(f"{name}: a section [{name}] is expected")
        return None
    hints = get_type_hints(kind, include_extras=True)
    name_strangers(f"{name}.", values, hints, problems)
    converted: dict[str, Any] = {}
    for key, expected in hints.items():
        if key not in values:
            problems.append(f"{name}.{key}: this key is missing")
            continue
        if is_dataclass(expected):
            if (inner := section(f"{name}.{key}", expected, values[key], problems)) is not None:
                converted[key] = inner
            continue
        try:
            converted[key] = msgspec.convert(values[key], expected, strict=True)
        except msgspec.ValidationError as error:
            problems.append(f"{name}.{key} = {values[key]!r}: {_plain(str(error))}")
    return kind(**converted) if len(converted) == len(hints) else None


def name_strangers(prefix: str, values: Mapping[str, Any], known: Mapping[str, Any], problems: list[str]) -> None:
    """Name every key that nobody knows, and the one that may be meant."""
    for key in values.keys() - known.keys():
        near = difflib.get_close_matches(key, [str(name) for name in known], n=1)
        hint = f"; did you mean {prefix}{near[0]}?" if near else ""
        problems.append(f"{prefix}{key}: this key is unknown{hint}")


def override(tree: dict[str, Any], environment: Mapping[str, str], problems: list[str]) -> None:
    """Put what the environment says (`DEGA__WEB__PORT`) in the place of what stands in the tree."""
    for variable, text in environment.items():
        if not variable.startswith("DEGA__"):
            continue
        path = [part if part.upper() in Currency.__members__ else part.lower() for part in variable.split("__")[1:]]
        found: Any = tree
        for part in path[:-1]:
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, dict) or path[-1] not in found:
            problems.append(f"{variable} (environment): there is no key {'.'.join(path)}")
            continue
        found[path[-1]] = text if isinstance(found[path[-1]], str) else _toml_value(text)


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def refuse_secrets(tree: dict[str, Any], problems: list[str]) -> None:
    """Passwords don't belong into a file that people copy around: the environment or a passfile carries them."""
    for name, values in tree.items():
        for key, value in values.items() if isinstance(values, dict) else ():
            looks_secret = any(word in key for word in ("secret", "token", "api_key")) or key == "password"
            has_password = isinstance(value, str) and "://" in value and _password_of(value) is not None
            overridden = f"DEGA__{name}__{key}".upper() in os.environ
            if (looks_secret or has_password) and not overridden:
                problems.append(f"{name}.{key}: a secret doesn't belong into this file")


def _password_of(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None


def _plain(message: str) -> str:
    return message.replace("`", "").removesuffix(" - at $")
