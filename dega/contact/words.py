"""What letters are called: their kinds, what they are about, how they stand."""

from typing import Literal

from dega.i18n import N_

Kind = Literal["message", "suggestion", "complaint"]
KINDS: dict[Kind, str] = {
    "message": N_("Message"),
    "suggestion": N_("Suggestion"),
    "complaint": N_("Complaint"),
}

Topic = Literal["access", "account", "payment", "security", "branch", "other"]
TOPICS: dict[Topic, str] = {
    "access": N_("Logging in and one-time codes"),
    "account": N_("My accounts and their activity"),
    "payment": N_("Transfers and payments"),
    "security": N_("Something that looks like fraud"),
    "branch": N_("Branches and their hours"),
    "other": N_("Something else"),
}

State = Literal["received", "answered", "closed"]
"""`received`: its author waits for the bank; `answered`: the bank spoke last; `closed`: nothing more is to be said."""
STATES: dict[State, str] = {
    "received": N_("Received"),
    "answered": N_("Answered"),
    "closed": N_("Closed"),
}
