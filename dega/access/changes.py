"""The changes that need the customer's own proof, made for exactly this change. A new one is a line in the list."""

import hashlib
import re
from dataclasses import dataclass

from dega.access import texts
from dega.bank import Bank
from dega.errors import NotFound
from dega.i18n import N_
from dega.store import factors
from dega.store.access import Customer

_OF = re.compile(r"[A-Za-z0-9_.:-]{0,100}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change. `words` name it on the page that asks for the proof, `adds` in the SMS with its code.

    `path` is where the customer is led to after the proof; `{of}` in it stands for what is changed. What adds nothing
    is done to a factor that is there: its customer is asked for that, and never for a code by SMS.
    """

    key: str
    words: str
    path: str
    adds: factors.Kind | None = None

    def sms(self, bank: Bank, customer: Customer, code: str) -> str:
        """The SMS with the code; empty where none is sent."""
        return texts.factor_sms(bank, self.adds, customer, code) if self.adds else ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change to be made. `of` names what is changed, where there are several, or the value it is to have."""

    kind: Kind
    of: str = ""

    @property
    def reference(self) -> str:
        """How a session notes it."""
        return f"{self.kind.key}|{self.of}"

    @property
    def path(self) -> str:
        """Where it is made."""
        return self.kind.path.replace("{of}", self.of)

    def digest(self, customer_id: int) -> bytes:
        """What a proof is bound to: it is good for nobody else and nothing else."""
        return hashlib.sha256(f"dega-change-1|{customer_id}|{self.reference}".encode()).digest()


APP_ADD = Kind("app-add", N_("Add an authenticator app"), "/security/factors/app", "app")
PASSKEY_ADD = Kind("passkey-add", N_("Add a passkey"), "/security/passkeys/add", "passkey")
FACTOR_REMOVE = Kind("factor-remove", N_("Remove a verification method"), "/security/factors/remove?factor={of}")
FACTOR_RENAME = Kind("factor-rename", N_("Rename a verification method"), "/security/factors/rename?factor={of}")
RECOVERY_NEW = Kind("recovery-new", N_("Make new recovery codes"), "/security/factors/recovery")

KINDS = {kind.key: kind for kind in (APP_ADD, PASSKEY_ADD, FACTOR_REMOVE, FACTOR_RENAME, RECOVERY_NEW)}


def read(key: str, of: str) -> Change:
    """The change that an address names. Raises NotFound."""
    kind = KINDS.get(key)
    if kind is None or not _OF.fullmatch(of) or ("{of}" in kind.path) != bool(of):
        raise NotFound()
    return Change(kind, of)
