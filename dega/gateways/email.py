"""E-mail: letters that tell customers what happened. A letter goes to one mailbox and carries no code and no link."""

import asyncio
import logging
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr

import aiosmtplib

from dega.clock import Clock, local
from dega.config import Email as Settings
from dega.gateways import EmailGateway
from dega.gateways.credentials import Credentials
from dega.outbox import NotDelivered

log = logging.getLogger(__name__)

KEPT = 200
"""How many letters the demo remembers."""

# What HTML's e-mail field takes: no quotes, comments, groups or line breaks, so that one address stays one address.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_SEVEN_BIT = SMTP.clone(cte_type="7bit")


def email_gateway(settings: Settings, credentials: Credentials, clock: Clock) -> EmailGateway:
    """The gateway of the configuration. Raises ValueError where its sender is no mailbox."""
    return SmtpEmail(settings, credentials, clock) if settings.gateway == "smtp" else LogEmail()


class SmtpEmail:
    """A mail server. With `starttls` or `tls` nothing is said to a server that can't prove who it is.

    A mailbox that the server refuses for good (5xx) is given up at once, since asking again and again is what spammers
    do. Whatever else it refuses, a login or a sender, is for an operator to mend, and worth another try.
    """

    def __init__(self, settings: Settings, credentials: Credentials, clock: Clock) -> None:
        self._settings = settings
        self._password = credentials.email_password
        self._clock = clock
        name, mailbox = parseaddr(settings.sender)
        if _MAILBOX.fullmatch(mailbox) is None:
            raise ValueError(f"email.sender = {settings.sender!r}: expected a mailbox, as in Bank <noreply@bank.al>")
        self._sender = Address(name, addr_spec=mailbox)

    async def send(self, recipient: str, subject: str, text: str, html: str) -> None:
        """Hand it over. Raises NotDelivered, also where the server is too slow."""
        settings = self._settings
        message = compose(self._sender, recipient, subject, text, html, self._clock.now())
        try:
            async with asyncio.timeout(settings.timeout_seconds):
                await aiosmtplib.send(
                    message,
                    sender=self._sender.addr_spec,
                    recipients=[recipient],
                    hostname=settings.host,
                    port=settings.port,
                    use_tls=settings.tls == "tls",
                    start_tls=settings.tls == "starttls",
                    cert_bundle=settings.ca_file or None,
                    username=settings.user or None,
                    password=self._password if settings.user else None,
                    timeout=settings.timeout_seconds,
                )
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            # A server's own words may repeat the recipient: its code says enough.
            raise NotDelivered(f"the mail server refuses: {_reason(error)}", for_good=_is_for_good(error)) from None


def _is_for_good(error: Exception) -> bool:
    """552 means a full mailbox as often as one that takes no letter so large: it may have room tomorrow."""
    return isinstance(error, aiosmtplib.SMTPRecipientsRefused) and all(
        refused.code >= 500 and refused.code != 552 for refused in error.recipients
    )


def _reason(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return ", ".join(str(refused.code) for refused in error.recipients)
    return str(error.code) if isinstance(error, aiosmtplib.SMTPResponseException) else type(error).__name__


def compose(sender: Address, recipient: str, subject: str, text: str, html: str, written_at: datetime) -> EmailMessage:
    """The letter as it travels. Raises NotDelivered for a recipient that isn't exactly one plain mailbox."""
    if _MAILBOX.fullmatch(recipient) is None:
        raise NotDelivered("the recipient is no mailbox")
    message = EmailMessage(policy=_SEVEN_BIT)
    message["From"] = sender
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = local(written_at)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


class LogEmail:
    """Sends nothing; the log says that one was due, not what it said."""

    async def send(self, recipient: str, subject: str, text: str, html: str) -> None:
        """Log it."""
        domain = recipient.rpartition("@")[2]
        log.info("an e-mail was due", extra={"domain": domain, "characters": len(text)})
