"""A time deposit as the page of its account shows it."""

from dataclasses import dataclass

from dega.accounts.deposits import Deposit, Renewal
from dega.clock import format_day
from dega.i18n import N_, Language, translate
from dega.ids import mask_iban
from dega.money import NO_BREAK_SPACE, format_money

AT_MATURITY = {
    Renewal.NONE: N_("Paid out, with its interest, to %(account)s"),
    Renewal.PRINCIPAL: N_("Renewed for as long again; the interest is paid out to %(account)s"),
    Renewal.WHOLE: N_("Renewed for as long again, with its interest"),
}
ENDED = {"paid": N_("Paid out to %(account)s"), "broken": N_("Ended early, without interest")}


@dataclass(frozen=True, slots=True)
class DepositView:
    """What a template says of it; `becomes` is what is to become of it, or what became of it."""

    is_running: bool
    principal: str
    term: str
    rate: str
    first_day: str
    pays_on: str
    gross: str
    tax: str
    net: str
    becomes: str


def deposit_view(deposit: Deposit, language: Language) -> DepositView:
    """The deposit in words and figures of that language."""
    is_running = deposit.outcome is None
    becomes = AT_MATURITY[deposit.renewal] if deposit.outcome is None else ENDED[deposit.outcome]
    months = N_("1 month") if deposit.months == 1 else N_("%(months)s months")
    return DepositView(
        is_running=is_running,
        principal=format_money(deposit.principal),
        term=translate(language, months) % {"months": deposit.months},
        rate=translate(language, N_("%(percent)s a year, actual days over %(days)s"))
        % {"percent": percent(deposit.rate.ppm), "days": deposit.rate.year},
        first_day=format_day(deposit.first_day),
        pays_on=format_day(deposit.pays_on),
        gross=format_money(deposit.gross),
        tax=format_money(deposit.tax),
        net=format_money(deposit.net),
        becomes=translate(language, becomes) % {"account": mask_iban(deposit.pays_to_iban)},
    )


def percent(ppm: int) -> str:
    """`2,2 %` of 22 000 parts of a million: at least one decimal, at most four."""
    whole, rest = divmod(ppm, 10_000)
    decimals = f"{rest:04}".rstrip("0") or "0"
    return f"{whole},{decimals}{NO_BREAK_SPACE}%"
