"""The providers that stand as comments in config.toml, made real: what the file shows is what is tested."""

import re
import tomllib
from urllib.parse import urlsplit

from dega.config import HOUSE, Config, build, read
from dega.sms_settings import Sms


def commented() -> dict[str, str]:
    """The commented examples of config.toml as TOML, by the provider's name."""
    lines = (HOUSE / "config.toml").read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if re.match(r"# Infobip", line))
    examples: dict[str, list[str]] = {}
    name = ""
    for line in lines[first:]:
        if not line.startswith("#"):
            break
        if heading := re.match(r"# ([A-Z][a-z]+)\b.*:$", line):
            name = heading[1]
        elif line != "#":
            examples.setdefault(name, []).append(line.removeprefix("# "))
    return {name: "\n".join(text) for name, text in examples.items()}


def configured(example: str, **more: object) -> Config:
    """The house's configuration with this `[sms.http]` in it. Raises ConfigError."""
    tree = tomllib.loads((HOUSE / "config.toml").read_text(encoding="utf-8"))
    tree["sms"]["http"] = {"headers": {}, "body": "", "answer": "", **tomllib.loads(example), **more}
    return build(tree, {})


def examples(url: str) -> dict[str, Sms]:
    """Each example at another server, with its own path and query."""
    host = urlsplit(url).netloc
    return {name: configured(re.sub(r"https://[^/]+", f"http://{host}", text, count=1)).sms
            for name, text in commented().items()}  # fmt: skip


def kannel() -> Sms:
    """What config.toml is set to."""
    return read(environment={}).sms
