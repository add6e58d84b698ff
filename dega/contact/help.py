"""The help: a page for every menu and step (R39), and the manual, which is those pages in a reader's order (R5)."""

from dataclasses import dataclass

from dega.errors import NotFound
from dega.i18n import N_


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page of help: its key, which is its address and its anchor in the manual, and its title in English.

    Where the page that it is about is shown, as static/manual/<language>/<key>.png, `picture` says what is to be seen.
    """

    key: str
    title: str
    picture: str = ""


MANUAL = (
    HelpPage("manual-intro", N_("What the Internet Branch is")),
    HelpPage("register", N_("Registration: customer number")),
    HelpPage("register-code", N_("Registration: one-time password (FNP)")),
    HelpPage("register-password", N_("Registration: create your password")),
    HelpPage(
        "login-number",
        N_("Log in: customer number"),
        N_("The first page: the field for the customer number, and at the top the links Help and Contacts."),
    ),
    HelpPage("login-password", N_("Log in: password")),
    HelpPage(
        "login-code",
        N_("Log in: one-time password (FNP)"),
        N_("The page for the code: its field, the button that logs in, and what to do when no code comes."),
    ),
    HelpPage("forgot", N_("Forgot your customer number or password?")),
    HelpPage("block", N_("Block your access")),
    HelpPage(
        "accounts",
        N_("My accounts"),
        N_(
            "Three accounts, each with its balance, its IBAN, its last months as bars, and the ways to its activity "
            "and to a transfer."
        ),
    ),
    HelpPage("account", N_("Account")),
    HelpPage(
        "activity",
        N_("Account activity"),
        N_("The activity of an account: the filter, and below it the bookings by day, each with the balance after it."),
    ),
    HelpPage("statements", N_("Statements")),
    HelpPage("payments", N_("Transfers")),
    HelpPage("pay-own", N_("Between my accounts")),
    HelpPage(
        "pay-in-bank",
        N_("Transfer within the bank"),
        N_("A transfer as it is filled in. The amount 1.250 is ambiguous: the page asks which one is meant."),
    ),
    HelpPage(
        "pay-check",
        N_("Check before you confirm"),
        N_("The check page: accounts, payee, amount, fee and total, and the button that confirms."),
    ),
    HelpPage("pay-code", N_("The payment’s one-time password (FNP)")),
    HelpPage(
        "receipt",
        N_("Receipt"),
        N_("The receipt: the amount, the reference number, the moment, payer and payee, and the balance after it."),
    ),
    HelpPage("orders", N_("Standing orders")),
    HelpPage("order-form", N_("A new standing order")),
    HelpPage("order-check", N_("Check the order")),
    HelpPage("order", N_("A standing order and its history")),
    HelpPage("promise", N_("Made after midnight")),
    HelpPage("freeze", N_("Daily update")),
    HelpPage(
        "security",
        N_("About security"),
        N_("About security: the password and its days, the mobile number, and the last logins."),
    ),
    HelpPage("password", N_("Change password")),
    HelpPage("password-code", N_("Confirming the change of password")),
    HelpPage("devices", N_("Sessions and devices")),
    HelpPage("factors", N_("Verification methods")),
    HelpPage("factor-app", N_("Authenticator app")),
    HelpPage("recovery", N_("Recovery codes")),
    HelpPage("passkeys", N_("Passkeys")),
    HelpPage("confirm", N_("Confirm a change")),
    HelpPage("alerts", N_("Alerts")),
    HelpPage("security-rules", N_("Security rules")),
    HelpPage("contact", N_("Contacts")),
    HelpPage("complaints", N_("Suggestions & complaints")),
    HelpPage("messages", N_("Messages")),
    HelpPage("message", N_("A message and its answer")),
    HelpPage("language", N_("Language")),
    HelpPage("logout", N_("Logging out of the Internet Branch")),
    HelpPage("accessibility", N_("The page about accessibility")),
    HelpPage("privacy", N_("The page about your data")),
    HelpPage("terms", N_("The page of the terms of use")),
    HelpPage("errors", N_("Error messages and the case number")),
)
"""What the manual holds, in its order."""

OTHERS = (
    HelpPage("index", N_("Help")),
    HelpPage("manual", N_("How to use the manual")),
    HelpPage("demo-phone", N_("The demonstration’s phone")),
    HelpPage("demo-clock", N_("The demonstration’s clock")),
)
"""Help about the help itself, and about what only the demo has."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the manual: its title in English, and the key of the part that it begins with."""

    title: str
    begins: str


CHAPTERS = (
    Chapter(N_("First steps"), "manual-intro"),
    Chapter(N_("Log in"), "login-number"),
    Chapter(N_("My accounts"), "accounts"),
    Chapter(N_("Transfers"), "payments"),
    Chapter(N_("About security"), "security"),
    Chapter(N_("Help and contact"), "contact"),
)
"""The chapters of the manual: each holds the parts from its first one up to the next chapter's."""

_PAGES = {page.key: page for page in (*MANUAL, *OTHERS)}


def help_page(key: str) -> HelpPage:
    """The page of help with this key. Raises NotFound."""
    page = _PAGES.get(key)
    if page is None:
        raise NotFound()
    return page


def chapters() -> list[tuple[Chapter, list[HelpPage]]]:
    """The manual: each chapter with its parts."""
    begin = {chapter.begins: chapter for chapter in CHAPTERS}
    held: list[tuple[Chapter, list[HelpPage]]] = []
    for page in MANUAL:
        if page.key in begin:
            held.append((begin[page.key], []))
        held[-1][1].append(page)
    return held
