"""An event loop without a clock and without chance: time passes when everybody waits, and a seed says who is next."""

import asyncio
import random


class EverybodyWaits(Exception):
    """Nothing will ever happen again."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs what is ready in an order of the seed's, and jumps to the next timer where nothing is. Has no sockets."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._seconds = 0.0
        self._selector = self  # what the base asks for events, and how long to wait for them
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        return self._seconds

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise EverybodyWaits
        self._seconds += timeout
        self._chance.shuffle(self._ready)
        return []

    def _process_events(self, event_list: list[object]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who could be woken."""
