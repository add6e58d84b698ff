"""`dega config`: what is wrong with the configuration, all at once, before anything is started with it."""

import click

from dega.cli.terminal import json_option, show_one, with_config
from dega.config import Config


@click.group()
def config() -> None:
    """The one file of operations."""


@config.command()
@json_option
@with_config
def check(config: Config, as_json: bool) -> None:
    """Read it, with the overrides of the environment; each problem is named with its key."""
    window = config.window
    facts = {
        "problems": 0,
        "bank": config.bank.name,
        "public_url": config.web.public_url,
        "listens_on": f"{config.web.host}:{config.web.port}",
        "window": f"{window.starts}-{window.ends}",
    }
    show_one(facts, as_json)
