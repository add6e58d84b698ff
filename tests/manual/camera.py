"""Takes the pictures of the manual: in the system’s Chromium, in few colours, as PNG, which every browser knows."""

import base64
import struct
import zlib
from collections import Counter
from typing import TYPE_CHECKING

from manual.scenes import MORNING, Scene

if TYPE_CHECKING:
    from playwright.async_api import Page as Tab

WIDTH, SCALE = 720, 1.0
"""Of a picture in the points of CSS, and how many pixels stand for one."""
COLOURS = 16
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-lcd-text", "--force-color-profile=srgb"]

PIXELS = """
async (png) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let text = '';
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return btoa(text);
}
"""
"""Reads a picture in the browser that made it: four bytes for each pixel."""

Colour = bytes
"""Red, green, blue, and 255: nothing shines through."""


async def take(tab: "Tab", scene: Scene) -> bytes:
    """The scene's page as a picture: its head down to the end of the content, or the content alone."""
    await tab.clock.set_fixed_time(MORNING)  # what counts seconds down stays where the page begins
    await tab.route("**/scene", lambda route: route.fulfill(body=scene.html, content_type="text/html; charset=utf-8"))
    await tab.goto("/scene")
    box = await tab.locator("#main").bounding_box()
    assert box is not None
    top = 0 if scene.whole else box["y"]
    clip = {"x": 0, "y": top, "width": WIDTH, "height": box["y"] + box["height"] - top}
    png = await tab.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    await tab.unroute("**/scene")
    await tab.goto("about:blank")  # where no policy forbids to read a picture
    return in_few_colours(base64.b64decode(await tab.evaluate(PIXELS, base64.b64encode(png).decode())))


def in_few_colours(pixels: bytes) -> bytes:
    """The picture as a PNG of `COLOURS` colours: half are those it has most of, half its other shades."""
    points = [pixels[at : at + 4] for at in range(0, len(pixels), 4)]
    often = Counter(points)
    palette = _palette(often)
    places = {colour: min(range(COLOURS), key=lambda place: _distance(colour, palette[place])) for colour in often}
    width = int(WIDTH * SCALE)
    shown = bytes(places[point] for point in points)
    lines = b"".join(b"\0" + shown[at : at + width] for at in range(0, len(shown), width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, len(shown) // width, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(colour[:3] for colour in palette)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _palette(often: "Counter[Colour]") -> list[Colour]:
    palette = [colour for colour, _ in often.most_common(COLOURS // 2)]
    shades: dict[bytes, Colour] = {}
    room: Counter[bytes] = Counter()
    for colour, times in often.most_common()[COLOURS // 2 :]:
        shade = bytes(part >> 4 for part in colour)
        shades.setdefault(shade, colour)
        room[shade] += times * (
            1 + max(colour[:3]) - min(colour[:3])
        )  # of what is coloured there is less; it says more
    palette += [shades[shade] for shade, _ in room.most_common(COLOURS - len(palette))]
    return palette + palette[:1] * (COLOURS - len(palette))


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
