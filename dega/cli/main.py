"""The command `dega`: what operators, the Call Center and visitors of the demo can ask it to do."""

from importlib.metadata import PackageNotFoundError, version

import click

from dega.cli.terminal import Commands

MODULES = {
    "demo": "dega.cli.demo",
    "serve": "dega.cli.serve",
    "db": "dega.cli.db",
    "config": "dega.cli.config",
    "keys": "dega.cli.keys",
    "doctor": "dega.cli.doctor",
    "night": "dega.cli.night",
    "books": "dega.cli.books",
    "calendar": "dega.cli.calendar",
    "customer": "dega.cli.customer",
    "deposit": "dega.cli.deposit",
    "payment": "dega.cli.payment",
    "incoming": "dega.cli.incoming",
    "inbox": "dega.cli.inbox",
    "case": "dega.cli.case",
    "manual": "dega.cli.manual",
    "mission": "dega.cli.mission",
}
"""Each command, and the module that has it under its name."""


def _version() -> str:
    try:
        return version("dega")
    except PackageNotFoundError:
        return "(a checkout that isn't installed)"


@click.group(cls=Commands, modules=MODULES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="dega")
def dega() -> None:
    """Dega Internet: the internet branch of a bank.

    `dega demo` runs all of it here; `dega serve` serves customers.
    """
