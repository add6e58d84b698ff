"""The kinds of payment that the bank makes. A new kind is a file here and a line in the list."""

from dega.payments.kind import Kind
from dega.payments.kinds.in_bank import IN_BANK
from dega.payments.kinds.own import OWN

KINDS: dict[str, Kind] = {kind.name: kind for kind in (OWN, IN_BANK)}
