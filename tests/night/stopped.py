"""Time that stands still: the process and the database have exactly one instant, to the millisecond."""

from datetime import datetime

from cast import Admin

from dega.clock import MovableClock


async def stop_at(clock: MovableClock, admin: Admin, instant: datetime) -> None:
    """Both have this instant, until the next one; `clock` was made to stand still."""
    clock.travel_to(instant)
    await stop_database_at(admin, instant)


async def stop_database_at(admin: Admin, instant: datetime) -> None:
    """The database alone."""
    await admin.execute(
        "CREATE OR REPLACE FUNCTION bank_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
        f" $$ SELECT timestamptz '{instant.isoformat()}' $$"
    )
