"""What a virtual keyboard has typed so far, sealed by whoever keeps it here. It expires soon; losing it loses no more
than some typing."""

from dega.store.cache import Cache


async def keep(cache: Cache, key: str, sealed: bytes, seconds: int) -> None:
    """Keep it under `key` for so many seconds, in the place of what was there."""
    await cache.command("SET", _name(cache, key), sealed, "EX", seconds)


async def find(cache: Cache, key: str) -> bytes:
    """What is kept under `key`, or nothing."""
    return await cache.command("GET", _name(cache, key)) or b""


async def take(cache: Cache, key: str) -> bytes:
    """What was kept under `key`, or nothing; from now on nothing is."""
    return await cache.command("GETDEL", _name(cache, key)) or b""


def _name(cache: Cache, key: str) -> str:
    return f"{cache.prefix}keyboard:{key}"
