"""`dega …` as the tests run it: words in, exit status and what was said out."""

from collections.abc import Awaitable, Callable

from click.testing import Result

Dega = Callable[..., Awaitable[Result]]
"""Runs a command to its end; `standard_input` is typed into it, other keywords are added to its environment."""
