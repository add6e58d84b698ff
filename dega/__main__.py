"""`dega`, also as `python -m dega`. Where something it needs isn't installed, it says how to install it."""

import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)


def main() -> None:
    """Run the command line; exit status 0 done, 1 not done or something found, 2 it couldn't be begun."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            f"dega needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer, and this is {sys.version.split()[0]}."
        )
    try:
        from dega.cli.main import dega

        dega(prog_name="dega")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("dega."):
            raise
        sys.exit(how_to_install(missing.name))


def how_to_install(missing: str) -> str:
    """What to tell somebody whose Python has no module of this name: the two commands that mend it."""
    checkout = Path(__file__).resolve().parent.parent
    is_checkout = (checkout / "pyproject.toml").is_file()
    what = f"-e '{checkout}[embedded]'" if is_checkout else "'dega[embedded]'"
    venv = checkout / ".venv" if is_checkout else Path(".venv")
    return (
        f"dega needs {missing}, which isn't installed for {sys.executable}. Two commands install all it needs:\n\n"
        f"  python3 -m venv {venv}\n"
        f"  {venv}/bin/pip install {what}\n\n"
        f"After them it is {venv}/bin/dega."
    )


if __name__ == "__main__":
    main()
