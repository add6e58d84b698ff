"""Kannel itself, on loopback: its bearerbox, its smsbox, and its fake SMSC with a phone behind it."""

import asyncio
import os
import shutil
import tempfile
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port

BOXES = [shutil.which(box, path=f"{os.environ.get('PATH', '')}:/usr/sbin") for box in ("bearerbox", "smsbox")]
IS_INSTALLED = all(BOXES)
IS_REQUIRED = bool(os.environ.get("DEGA_REQUIRE_KANNEL"))

CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = "{password}"
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = "*.*.*.*"
log-file = {folder}/bearerbox.log
log-level = 2
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {phone}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-file = {folder}/smsbox.log
log-level = 2
http-request-retry = 1
http-queue-delay = 1

group = sendsms-user
username = dega
password = "{password}"
max-messages = 3
concatenation = true
user-allow-ip = 127.0.0.1
user-deny-ip = "*.*.*.*"

group = sms-service
keyword = default
text = "nobody answers here"
"""


@dataclass
class Kannel:
    """A gateway that takes messages at `url`, and what has arrived on the phone behind it: number and text."""

    password: str
    url: str = ""
    arrived: list[tuple[str, str]] = field(default_factory=list)

    async def __aenter__(self) -> "Kannel":
        self._folder = Path(tempfile.mkdtemp(prefix="dega-kannel-"))
        ports = {name: unused_port() for name in ("admin", "box", "phone", "http")}
        configuration = self._folder / "kannel.conf"
        configuration.write_text(CONFIGURATION.format(folder=self._folder, password=self.password, **ports))
        nobody: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if nobody:
            shutil.chown(self._folder, "nobody", "nogroup")
            shutil.chown(configuration, "nobody", "nogroup")
        self._processes = []
        for box, port in zip(BOXES, ("box", "http"), strict=True):
            self._processes.append(
                await asyncio.create_subprocess_exec(
                    str(box), "-v", "4", str(configuration), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, **nobody
                )
            )
            _, probe = await _open(ports[port])
            probe.close()
            await probe.wait_closed()
        reader, self._phone = await _open(ports["phone"])
        self._listening = asyncio.create_task(self._listen(reader))
        self.url = f"http://127.0.0.1:{ports['http']}/cgi-bin/sendsms"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._phone.close()
        self._listening.cancel()
        await asyncio.gather(self._listening, self._phone.wait_closed(), return_exceptions=True)
        for process in reversed(self._processes):
            process.kill()
            await process.wait()
        shutil.rmtree(self._folder)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """A line for each message: sender, receiver, kind, then the text."""
        while line := (await reader.readline()).decode():
            _, receiver, _, text = line.rstrip("\n").split(" ", maxsplit=3)
            self.arrived.append((receiver, text))


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection, as soon as somebody listens there."""
    async with asyncio.timeout(20):
        while True:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
