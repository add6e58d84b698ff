"""The files that pages load: style, scripts, pictures. There are few, so they are kept in memory, packed once."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache

from aiohttp import hdrs, web

from dega.config import HOUSE
from dega.errors import NotFound

PATH, RESOURCE = "/static/{name:.+}", "/static/{name}"
"""The address, and how the router calls it."""

KEPT = "public, max-age=31536000, immutable"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_WORTH_PACKING = (".css", ".js", ".svg")


@dataclass(frozen=True, slots=True)
class File:
    """One file: its bytes as they are and, where that is worth it, packed; the tag changes with them."""

    plain: bytes
    packed: bytes | None
    kind: str
    tag: str

    @property
    def version(self) -> str:
        """What its address names it by, where it may be kept."""
        return self.tag.strip('"')[:12]


@cache
def files() -> dict[str, File]:
    """The files by their names. Nothing else can be asked for, wherever it lies."""
    found = {}
    folder = HOUSE / "static"
    for path in folder.rglob("*"):
        if path.suffix in _TYPES:
            plain = path.read_bytes()
            packed = gzip.compress(plain, mtime=0) if path.suffix in _WORTH_PACKING else None
            tag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'
            found[path.relative_to(folder).as_posix()] = File(plain, packed, _TYPES[path.suffix], tag)
    return found


async def send(request: web.Request) -> web.Response:
    """The file of that name, packed for whoever says that they can unpack it; 304 to whom has it. Raises NotFound."""
    file = files().get(request.match_info["name"])
    if file is None:
        raise NotFound()
    headers = {hdrs.CONTENT_TYPE: file.kind, hdrs.ETAG: file.tag, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if request.headers.get(hdrs.IF_NONE_MATCH) == file.tag:
        return web.Response(status=304, headers=headers)
    if request.query.get("v") == file.version:  # the address names what is in the file
        headers[hdrs.CACHE_CONTROL] = KEPT
    if file.packed is not None and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=file.packed, headers=headers | {hdrs.CONTENT_ENCODING: "gzip"})
    return web.Response(body=file.plain, headers=headers)
