"""A screen that nobody sits at (Xvfb), for browsers that want one, and what is painted on it."""

import asyncio
import os
import shutil
import struct
import tempfile
import zlib
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from browser.tab import PATIENCE_S

XVFB = shutil.which("Xvfb")


@dataclass(frozen=True)
class Picture:
    """What is on a screen: its points row by row, each a number of 0xRRGGBB."""

    width: int
    height: int
    points: "array[int]"

    def save(self, path: Path) -> None:
        """Keep it as a PNG, for people to look at."""
        bgrx = self.points.tobytes()
        rgb = bytearray(len(self.points) * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = bgrx[2::4], bgrx[1::4], bgrx[0::4]
        a_row = self.width * 3
        packed = zlib.compress(b"".join(b"\0" + rgb[at : at + a_row] for at in range(0, len(rgb), a_row)))
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
        with path.open("ab") as file:
            for name, data in ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b"")):
                file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


@dataclass(frozen=True)
class Screen:
    """A running Xvfb: `display` for the environment of programs, and the file that it paints into."""

    display: str
    memory: Path

    def picture(self) -> Picture:
        """What is on it now. The file has X's own form of a dump (XWD): a header, a table of colours, the points."""
        dump = self.memory.read_bytes()
        numbers = struct.unpack(">25I", dump[:100])
        head, width, height, a_row, colours = numbers[0], numbers[4], numbers[5], numbers[12], numbers[19]
        assert a_row == width * 4, "a point of a screen of 24 bits has four bytes"
        begin = head + colours * 12
        return Picture(width, height, array("I", dump[begin : begin + a_row * height]))


@asynccontextmanager
async def screen(width: int, height: int) -> AsyncIterator[Screen]:
    """A screen of this size, that is switched off with the block."""
    assert XVFB is not None
    with tempfile.TemporaryDirectory(prefix="dega-screen-") as folder:
        told, tells = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *(XVFB, "-displayfd", str(tells), "-screen", "0", f"{width}x{height}x24", "-fbdir", folder),
            *("-nolisten", "tcp", "-noreset"),
            pass_fds=[tells],
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        os.close(tells)
        try:
            async with asyncio.timeout(PATIENCE_S):
                number = await asyncio.to_thread(os.read, told, 16)
            yield Screen(f":{number.decode().strip()}", Path(folder) / "Xvfb_screen0")
        finally:
            os.close(told)
            process.kill()
            await process.wait()
