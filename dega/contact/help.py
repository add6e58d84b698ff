"""The help: a page for every menu and step (R39), and the manual, which is those pages in a reader's order (R5)."""

from dataclasses import dataclass

from dega.errors import NotFound
from dega.i18n import N_


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page of help: its key, which is its address and its anchor in the manual, and its title in English."""

    key: str
    title: str


MANUAL = (
    HelpPage("manual-intro", N_("What the Internet Branch is")),
    HelpPage("register", N_("Registration: customer number")),
    HelpPage("register-code", N_("Registration: one-time password (FNP)")),
    HelpPage("register-password", N_("Registration: create your password")),
    HelpPage("login-number", N_("Log in: customer number")),
    HelpPage("login-password", N_("Log in: password")),
    HelpPage("login-code", N_("Log in: one-time password (FNP)")),
    HelpPage("forgot", N_("Forgot your customer number or password?")),
    HelpPage("block", N_("Block your access")),
    HelpPage("accounts", N_("My accounts")),
    HelpPage("account", N_("Account")),
    HelpPage("activity", N_("Account activity")),
    HelpPage("payments", N_("Transfers")),
    HelpPage("pay-own", N_("Between my accounts")),
    HelpPage("pay-in-bank", N_("Transfer within the bank")),
    HelpPage("pay-check", N_("Check before you confirm")),
    HelpPage("pay-code", N_("The payment’s one-time password (FNP)")),
    HelpPage("receipt", N_("Receipt")),
    HelpPage("freeze", N_("The daily update: 21:00-24:00")),
    HelpPage("security", N_("About security")),
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

_PAGES = {page.key: page for page in (*MANUAL, *OTHERS)}


def help_page(key: str) -> HelpPage:
    """The page of help with this key. Raises NotFound."""
    page = _PAGES.get(key)
    if page is None:
        raise NotFound()
    return page
