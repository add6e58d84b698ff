"""PostgreSQL and Valkey of our own, for `dega demo` and for the tests; a bank in production runs its own servers.

Both are ordinary servers on private unix sockets: in the block of `with start(Path("var")) as servers` they answer,
after it they are gone.
"""

from dega.embedded.account import EmbeddedError
from dega.embedded.supervisor import Servers, start

__all__ = ["EmbeddedError", "Servers", "start"]
