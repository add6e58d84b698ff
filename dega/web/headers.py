"""What every answer carries: a page, a file, an error, and the answer to what was no request at all."""

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
    """The same for an answer to what was no request, which no signal sees."""
    secure = app[BANK].config.web.secure_cookies
    return HEADERS | ({hdrs.STRICT_TRANSPORT_SECURITY: HSTS} if secure else {})


async def headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, static files and errors too (a signal, so that nothing slips by)."""
    response.headers.update(HEADERS)
    if request.app[BANK].config.web.secure_cookies:
        response.headers[hdrs.STRICT_TRANSPORT_SECURITY] = HSTS
    response.headers.setdefault(hdrs.CACHE_CONTROL, NOT_KEPT)
    if request.path.startswith("/static/") and "v" in request.query and response.status == 200:
        response.headers[hdrs.CACHE_CONTROL] = "public, max-age=31536000, immutable"
