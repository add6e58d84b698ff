"""Refusals at the door, before any page: what was sent can't be taken, or a part of the bank is away."""

from dega.errors.refusal import Refusal


class NotFound(Refusal):
    """There is nothing at this address."""

    code = "not_found"
    status = 404
    remedy = "Nothing was changed. Check the address, or begin at the first page."


class RequestUnreadable(Refusal):
    """What you sent can't be read."""

    code = "request_unreadable"
    status = 400
    remedy = "Nothing was changed. Load the page again and try once more; if it fails again, use another browser."


class MethodNotAllowed(Refusal):
    """This address can't be used like that."""

    code = "method_not_allowed"
    status = 405
    remedy = "Nothing was changed. Begin at the first page and go on by its menus."


class RequestTooLarge(Refusal):
    """What you sent is too large."""

    code = "request_too_large"
    status = 413
    remedy = "Nothing was changed. Shorten what you wrote, and send no files."


class FormUnknown(Refusal):
    """What you sent isn't a form of ours."""

    code = "form_unknown"
    status = 415
    remedy = "Nothing was changed. Fill in the form on our page; an extension of your browser may have changed it."


class HostUnknown(Refusal):
    """This server doesn't answer for that address."""

    code = "host_unknown"
    status = 421
    remedy = "Type the bank's own address yourself, or use your bookmark."


class RequestHeadTooLong(Refusal):
    """The address, or what your browser sends along with it, is too long."""

    code = "request_head_too_long"
    status = 431
    remedy = "Delete the cookies of this site in your browser, then begin at the first page."


class FormStale(Refusal):
    """This form is too old or wasn't sent from our page. Please fill it in again."""

    code = "form_stale"
    status = 403
    remedy = "Open the page again and send the form anew. Your browser must accept our cookies."


class TooManyRequests(Refusal):
    """Too many tries from your address. Wait a few minutes, then try again."""

    code = "too_many_requests"
    status = 429
    remedy = "Nothing was changed. If it isn't you, others in your network are trying."


class Busy(Refusal):
    """The bank is very busy. Nothing was booked. Please try again in a moment."""

    code = "busy"
    status = 503
    remedy = "Wait a minute, then do it once more."


class PartAway(Refusal):
    """This part of Dega Internet doesn't answer now. Your money is safe. Please try again in a few minutes."""

    code = "part_away"
    status = 503
    remedy = "Before you repeat a payment, look at Account activity. If it lasts, call the Call Center."
