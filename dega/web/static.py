"""The files of pages: styles, scripts and pictures, read once and kept packed, for whoever takes them packed.

They hold nobody's secrets, so packing them tells nothing; pages, which carry tokens and what was typed, go unpacked.
"""

import gzip
import mimetypes
from dataclasses import dataclass

from aiohttp import hdrs, web

from dega.config import HOUSE

PATH = "/static/{name}"


@dataclass(frozen=True, slots=True)
class File:
    """One file. `packed` None: it is packed already, as PNG is."""

    content_type: str
    plain: bytes
    packed: bytes | None


FILES: web.AppKey[dict[str, File]] = web.AppKey("files", dict[str, File])


def set_up(app: web.Application) -> None:
    """Read the files, and answer for them."""
    app[FILES] = {path.name: _read(path.name) for path in (HOUSE / "static").iterdir()}
    app.router.add_get(PATH, show)


async def show(request: web.Request) -> web.Response:
    """The file with this name. Raises HTTPNotFound."""
    file = request.app[FILES].get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound()
    if file.packed is None:
        return web.Response(body=file.plain, headers={hdrs.CONTENT_TYPE: file.content_type})
    headers = {hdrs.CONTENT_TYPE: file.content_type, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if "gzip" not in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=file.plain, headers=headers)
    return web.Response(body=file.packed, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})


def _read(name: str) -> File:
    plain = (HOUSE / "static" / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(plain, mtime=0)
    is_text = kind.startswith("text/")
    return File(
        f"{kind}; charset=utf-8" if is_text else kind, plain, packed if len(packed) < 0.9 * len(plain) else None
    )
