"""For the provider of SMS: where it says what became of a message, by its request or in its body."""

import json
from urllib.parse import parse_qs

from aiohttp import web

from dega.access import delivery
from dega.bank import Fate
from dega.errors import PartAway
from dega.sms_settings import SmsHttp
from dega.web.keys import BANK


async def report(request: web.Request) -> web.Response:
    """204 whatever it says and whoever it is, so that nobody learns which messages there are.

    Only the token of the message's own address makes it count. 503 where what it says couldn't be kept: it comes again.
    """
    bank = request.app[BANK]
    sms, token = request.query.get("id", ""), request.query.get("token", "")
    if not delivery.may_report(bank.keys, sms, token):
        return web.Response(status=204)
    fate = read_fate(bank.config.sms.http, dict(request.query), await request.read())
    try:
        if fate is not None:
            await delivery.settle(bank, sms, fate)
    except PartAway:
        return web.Response(status=503)
    return web.Response(status=204)


def read_fate(http: SmsHttp, query: dict[str, str], body: bytes) -> Fate | None:
    """What the provider says, in its own words; None for a stage on the way, or what can't be read."""
    word = (query.get(http.report_field) or _in_body(http.report_field, body)).casefold()
    if word in map(str.casefold, http.report_delivered):
        return "delivered"
    return "undelivered" if word in map(str.casefold, http.report_undelivered) else None


def _in_body(field: str, body: bytes) -> str:
    """A member of JSON, by the way through it, or a field of a form; nothing where there is none."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return parse_qs(body.decode(errors="replace")).get(field, [""])[0]
    for step in field.split("."):
        if isinstance(tree, list) and step.isdecimal() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            tree = tree.get(step) if isinstance(tree, dict) else None
    return str(tree) if isinstance(tree, str | int) else ""
