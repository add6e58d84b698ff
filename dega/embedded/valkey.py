"""The embedded Valkey: one unix socket, and nothing is ever evicted, since a lost counter is a lost lock."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dega.embedded.account import Account, private_directory
from dega.embedded.process import end_orphan, running

SOCKET_NAME = "valkey.sock"
_FAREWELL = (signal.SIGTERM,)
_OPTIONS = {
    "--port": "0",
    "--unixsocketperm": "700",
    "--maxmemory": "64mb",
    "--maxmemory-policy": "noeviction",
    "--save": "",
    "--appendfsync": "everysec",
    "--set-proc-title": "no",  # the command line is how a start knows what a killed dega left behind
}


@contextmanager
def valkey(program: Path, folder: Path, sockets: Path, account: Account, *, durable: bool) -> Iterator[int]:
    """Runs Valkey on `folder`/valkey and gives its process id, or raises EmbeddedError."""
    path = sockets / SOCKET_NAME
    server: list[str | Path] = [program, "--dir", private_directory(folder / "valkey", account)]
    end_orphan(server, _FAREWELL)
    for name, value in (_OPTIONS | {"--unixsocket": str(path), "--appendonly": "yes" if durable else "no"}).items():
        server += [name, value]

    def ready(_pid: int) -> bool:
        return _answers(path)

    with running(server, account, log=folder / "valkey.log", ready=ready, farewell=_FAREWELL) as pid:
        yield pid


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")  # while it reads its file it answers -LOADING
    except OSError:
        return False
