"""A refusal is an answer to a person, never a fault: it has a stable code, says what happened and what to do."""

from typing import ClassVar


class Refusal(Exception):
    """Base of all refusals. `field` names the form field that it concerns; `values` fill its sentence."""

    code: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    """What to do, in English: what the sentence doesn't say already."""
    status: ClassVar[int] = 422
    one: ClassVar[str] = ""
    """The English sentence where the value named `counted` is 1, for refusals that count something."""
    counted: ClassVar[str] = ""

    def __init__(self, field: str | None = None, **values: object) -> None:
        self.field = field
        self.values = values
        super().__init__(self.code)

    @classmethod
    def sentence(cls) -> str:
        """The English sentence, with its placeholders: also the key of the catalogue."""
        return " ".join((cls.__doc__ or "").split())


class Refusals(Exception):
    """Several refusals of one form at once, so that a person mends them together."""

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__(", ".join(refusal.code for refusal in refusals))
