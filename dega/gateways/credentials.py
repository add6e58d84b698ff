"""Users, passwords and keys of the providers: from the environment or files, never from config.toml."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from dega.config import Config, ConfigError

_OTHERS = stat.S_IRWXO | stat.S_IWGRP


@dataclass(frozen=True, slots=True)
class Credentials:
    """What isn't needed may be empty."""

    sms_user: str = field(default="", repr=False)
    sms_password: str = field(default="", repr=False)
    sms_api_key: str = field(default="", repr=False)
    email_password: str = field(default="", repr=False)


def read_credentials(config: Config, environment: Mapping[str, str]) -> Credentials:
    """What the configured gateways need: `DEGA_SMS_PASSWORD` and so on, or files such as `sms_password` in the folder
    of the secrets. Raises ConfigError for what is missing, or may be read by others."""
    problems: list[str] = []
    found: dict[str, str] = {}
    needed = _needed(config)
    for credential in fields(Credentials):
        if credential.name in needed:
            found[credential.name] = _read(Path(config.secrets.folder), credential.name, environment, problems)
    if problems:
        raise ConfigError(problems)
    return Credentials(**found)


def _needed(config: Config) -> set[str]:
    needed = set()
    if config.sms.gateway == "smpp":
        needed = {"sms_user", "sms_password"}
    if config.sms.gateway == "http":
        places = config.sms.http.places()
        names = {"user": {"sms_user"}, "password": {"sms_password"}, "api_key": {"sms_api_key"}}
        names["basic"] = {"sms_user", "sms_password"}
        needed = {name for place in places for name in names.get(place, set())}
    if config.email.gateway == "smtp" and config.email.user:
        needed.add("email_password")
    return needed


def _read(folder: Path, name: str, environment: Mapping[str, str], problems: list[str]) -> str:
    variable, path = f"DEGA_{name.upper()}", folder / name
    text = environment.get(variable, "")
    if not text:
        try:
            with path.open(encoding="utf-8") as file:
                if os.fstat(file.fileno()).st_mode & _OTHERS:
                    problems.append(f"{path}: others may read or change it: `chmod 400` it, and change it")
                text = file.read(1024).rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            problems.append(f"{path}: can't be read, and {variable} isn't set; the gateway needs it")
            return ""
    if not text or not text.isprintable():
        problems.append(f"{path} or {variable}: empty, or more than one line")
    return text
