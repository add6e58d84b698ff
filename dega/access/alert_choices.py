"""What a customer wants to be told, chosen by themselves ("Njoftimet").

It needs no code, so it must not help a thief: every change is told on every way there is, whatever was switched off.
"""

from dega import alerts, audit
from dega.access import notices
from dega.alerts import NEVER_SILENT, Choices, Kind, Ways
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import AlertNeedsWay, Refusal, Refusals, SignInNeeded
from dega.money import Currency, Money, format_money
from dega.store import access
from dega.store import alerts as store


async def my_alerts(bank: Bank, customer_id: int) -> Choices:
    """What holds for the customer now."""
    async with bank.database.connection() as connection:
        return await alerts.choices_of(connection, bank, customer_id)


async def choose(
    bank: Bank, customer_id: int, ways: dict[Kind, Ways], large: dict[Currency, Money], actor: Actor
) -> bool:
    """Keep what the customer wants from now on; whether anything is different. Kinds and currencies not named stay.

    Raises Refusals with AlertNeedsWay, SignInNeeded. The same again changes nothing and tells nobody.
    """
    refusals: list[Refusal] = [AlertNeedsWay(kind) for kind in NEVER_SILENT if kind in ways and not ways[kind].any]
    if refusals:
        raise Refusals(refusals)
    async with bank.database.transaction() as connection:
        customer = await access.customer_by_id(connection, bank.fields, customer_id)
        if customer is None:
            raise SignInNeeded()
        before = await alerts.choices_of(connection, bank, customer_id)
        other_ways = {kind: way for kind, way in ways.items() if before.ways[kind] != way}
        other_amounts = {currency: least for currency, least in large.items() if before.large(currency) != least}
        for kind, way in other_ways.items():
            await store.choose(connection, customer_id, kind, way.sms, way.email)
        for currency, least in other_amounts.items():
            await store.choose_threshold(connection, customer_id, currency, least.minor)
        if not other_ways and not other_amounts:
            return False
        data = {kind.value: f"{before.ways[kind]} > {way}" for kind, way in other_ways.items()}
        data |= {
            f"large_{currency}": f"{format_money(before.large(currency))} > {format_money(least)}"
            for currency, least in other_amounts.items()
        }
        await audit.record(connection, actor, "alerts.change", f"customer:{customer_id}", **data)
        await notices.tell(connection, bank, customer, "alerts_changed")
    return True
