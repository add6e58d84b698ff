"""Refusals at the door, before any page: what was sent can't be taken, or a part of the bank is away."""

from dega.errors.refusal import Refusal


class NotFound(Refusal):
    """There is nothing at this address, or it isn't yours."""

    code = "not_found"
    status = 404


class FormStale(Refusal):
    """This form is too old or wasn't sent from our page. Please fill it in again."""

    code = "form_stale"
    status = 403


class TooManyRequests(Refusal):
    """Too many tries from your address. Wait a few minutes, then try again."""

    code = "too_many_requests"
    status = 429


class Busy(Refusal):
    """The bank is very busy. Nothing was booked. Please try again in a moment."""

    code = "busy"
    status = 503


class PartAway(Refusal):
    """This part of Dega Internet doesn't answer now. Your money is safe. Please try again in a few minutes."""

    code = "part_away"
    status = 503
