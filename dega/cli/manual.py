"""`dega manual`: the user manual on paper, for a bank that prints it or lays it out at its branches."""

from pathlib import Path

import click

from dega.cli.terminal import Trouble, with_config
from dega.config import Config
from dega.i18n import LANGUAGES, Language
from dega.web.manual_pdf import NotInstalledError, make


@click.group()
def manual() -> None:
    """The user manual."""


@manual.command()
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="In which language."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: dega-manual-LANGUAGE.pdf here."
)
@with_config
def pdf(config: Config, language: Language, output: Path | None) -> None:
    """Write the manual as a PDF (tagged: PDF/UA-1), with the contacts of config.toml. Needs the extra `pdf`."""
    path = output or Path(f"dega-manual-{language}.pdf")
    try:
        path.write_bytes(make(language, config))
    except (NotInstalledError, OSError) as error:
        raise Trouble(str(error)) from error
    click.echo(f"Written: {path}")
