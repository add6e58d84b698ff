"""Waiting for what a loop in the background is about to do."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(happened: Callable[[], bool | Awaitable[bool]], seconds: float = 10) -> None:
    """Return as soon as it happened; TimeoutError if it doesn't in that many seconds."""
    async with asyncio.timeout(seconds):
        while True:
            answer = happened()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)
