"""How much one person may write, and how often guess at what others wrote. Soft limits: Valkey counts them.

Nobody need prove to be human: programs are slowed to a pace at which staff can live with what they write.
"""

from dataclasses import dataclass

from dega.audit import Actor
from dega.bank import Bank
from dega.errors import Refusal, TooManyLetters, TooManyRequests
from dega.i18n import Language
from dega.store import throttle
from dega.store.sealed import CONTACT_OF_MESSAGE

HOUR, DAY = 3600, 86400

RECEIPTS_A_DAY = 3
"""Letters to one mailbox that anybody may make the bank send: whose it is, nobody knows."""

GUESSES_A_NETWORK, GUESSES_A_REFERENCE = 20, 10
"""In an hour: how often a network may ask what became of letters, and how often one letter may be asked for."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a customer who is logged in, or a stranger (None), whose address is all that is known."""

    customer_id: int | None
    language: Language
    actor: Actor


@dataclass(frozen=True, slots=True)
class Sent:
    """How a form came: by what it is known when it comes again, and what speaks for a program having sent it."""

    key: bytes | None = None
    doubt: Refusal | None = None


BY_HAND = Sent()


async def admit(bank: Bank, author: Author) -> None:
    """Count one more letter or reply. Raises TooManyLetters, PartAway."""
    settings = bank.config.inbox
    if author.customer_id is not None:
        own = await throttle.admit(bank.cache, f"letters-of:{author.customer_id}", settings.daily_customer, DAY)
    else:
        key = f"letters-from:{author.actor.address_prefix}"
        own = await throttle.admit(bank.cache, key, settings.hourly_strangers, HOUR)
    if not own:
        raise TooManyLetters()


async def admit_receipt(bank: Bank, mailbox: str) -> bool:
    """Whether the bank may write to this mailbox because somebody typed it in. Raises PartAway."""
    index = bank.fields.index(mailbox, CONTACT_OF_MESSAGE).hex()
    return bool(await throttle.admit(bank.cache, f"receipts:{index}", RECEIPTS_A_DAY, DAY))


async def admit_guess(bank: Bank, reference: str, actor: Actor) -> None:
    """Count one more look for a letter by what was typed as its reference. Raises TooManyRequests, PartAway."""
    index = bank.fields.index(reference, "message|reference").hex()
    network = await throttle.admit(bank.cache, f"follows-from:{actor.address_prefix}", GUESSES_A_NETWORK, HOUR)
    letter = await throttle.admit(bank.cache, f"follows:{index}", GUESSES_A_REFERENCE, HOUR)
    if not (network and letter):
        raise TooManyRequests()
