"""A bank before a night in which much is to be done: what customers hold and have ordered, at a quarter's end."""

from cast import Admin, Cast, fund

from dega.bank import Bank

EVE = "2027-03-31"
"""A working day: the end of a month and of a quarter."""


async def prepare(bank: Bank, cast: Cast, admin: Admin) -> None:
    """Give the night something to do at each of its stages; the clock stands at ten in the morning."""
    for person in (cast.arta, cast.besnik, cast.genti):
        await fund(bank, person.lek, 12_345)
