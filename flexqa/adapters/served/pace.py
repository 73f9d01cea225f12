"""How many requests a server is sent at once: more while it copes, half as many when it says that it does not.

Additive increase, multiplicative decrease (Chiu and Jain 1989), as TCP does: it begins with all that is allowed,
takes half of it at each sign of trouble, and one more after every round that went well. Signs of trouble are a server
that says it is busy, a time-out, a connection that breaks, and replies that take several times as long as they did at
best, or half of the time-out.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median

_SLOWER = 4.0
"""A round whose median latency is more than this times the best round's is trouble."""

_NOTICEABLE_S = 1.0
"""Latencies below this are never trouble: they vary by themselves."""

_GENTLE, _HARD = 0.75, 0.5
"""What is left of the limit after a slow round, and after the server complained."""


class Aimd:
    """The limit, and what changes it."""

    def __init__(self, most: int, slow_s: float) -> None:
        """Begin with all that is allowed.

        Args:
            most: requests at once, at least 1.
            slow_s: a round of this median latency in seconds is slow, whatever the best one was.
        """
        self._most = most
        self._slow_s = slow_s
        self._exact = float(most)
        self._round: list[float] = []
        self._best_s = float("inf")
        self._reduced = float("-inf")

    @property
    def limit(self) -> int:
        """Requests at once, from 1 to the most."""
        return int(self._exact)

    def fine(self, seconds: float, now: float) -> None:
        """Take the latency of a reply; a round is as many of them as are at work at once."""
        self._round.append(seconds)
        if len(self._round) < self.limit:
            return
        typical, self._round = median(self._round), []
        self._best_s = min(self._best_s, typical)
        if typical > max(_NOTICEABLE_S, min(_SLOWER * self._best_s, self._slow_s)):
            self._reduce(_GENTLE, now)
        else:
            self._exact = min(float(self._most), self._exact + 1)

    def trouble(self, started: float, now: float) -> None:
        """Take a complaint about a request sent at `started`: those sent before the last reduction count as one."""
        if started > self._reduced:
            self._reduce(_HARD, now)

    def _reduce(self, factor: float, now: float) -> None:
        self._exact = max(1.0, self._exact * factor)
        self._round = []
        self._reduced = now


class Pace:
    """Lets requests through, as many at once as the limit says. For one event loop."""

    def __init__(self, most: int, slow_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._aimd = Aimd(most, slow_s)
        self._clock = clock
        self._active = 0
        self._closed_until = float("-inf")
        self._changed = asyncio.Condition()

    @property
    def limit(self) -> int:
        """Requests at once; may be read from any thread."""
        return self._aimd.limit

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait for a place, hold it, and say when it was taken."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._active < self.limit)
                if (wait_s := self._closed_until - self._clock()) <= 0:
                    self._active += 1
                    break
            await asyncio.sleep(wait_s)
        try:
            yield self._clock()
        finally:
            self._active -= 1
            async with self._changed:
                self._changed.notify_all()

    def fine(self, started: float) -> None:
        """A request that was sent at `started` has its reply."""
        now = self._clock()
        self._aimd.fine(now - started, now)

    def trouble(self, started: float, wait_s: float | None = None) -> None:
        """The server complained of a request that was sent at `started`, and asks for a pause."""
        now = self._clock()
        self._aimd.trouble(started, now)
        if wait_s is not None:
            self._closed_until = max(self._closed_until, now + wait_s)
