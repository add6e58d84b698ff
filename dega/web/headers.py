"""What every answer carries: a page, a file, an error, and the answer to what was no request at all."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from dega.web.keys import BANK

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    hdrs.SERVER: "dega",
}
HSTS = "max-age=63072000; includeSubDomains"
NOT_KEPT = "no-store"


def of_every_answer(app: web.Application) -> dict[str, str]:
    """The headers; an answer to what was no request, which no signal sees, is given them by itself."""
    secure = app[BANK].config.web.secure_cookies
    return HEADERS | ({hdrs.STRICT_TRANSPORT_SECURITY: HSTS} if secure else {})


def on_every_answer(app: web.Application) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The signal that puts them on every answer, static files and errors too, so that nothing slips by.

    No answer is kept by anybody but those that say so themselves.
    """
    shared = of_every_answer(app)

    async def put(_: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.update(shared)
        headers.setdefault(hdrs.CACHE_CONTROL, NOT_KEPT)

    return put
