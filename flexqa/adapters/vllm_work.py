"""Requests at work in an engine, and who is to blame when it crashes.

What was at work at a crash goes in again one by one. The request that makes the engine crash alone is the culprit and
fails; the others are answered.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from flexqa.adapters.base import Request

_MOST_CRASHES = 3
"""in a row, with no reply in between, after which the engine is given up"""


@dataclass(slots=True)
class Flight:
    """A request at work."""

    request: Request
    token_ids: Sequence[int]
    """of its prompt"""
    submitted: float
    letters: dict[str, int] | None
    first_token_s: float | None = None
    attempt: int = 1
    suspect: bool = False
    """it was at work when the engine crashed"""


@dataclass(slots=True)
class Work:
    """What is at work, by the id that the engine knows it by, and what waits to be tried alone."""

    flights: dict[str, Flight] = field(default_factory=dict)
    suspects: deque[Flight] = field(default_factory=deque)
    crashes: int = 0
    """since the last reply"""

    @property
    def unfinished(self) -> bool:
        """Whether replies are owed."""
        return bool(self.flights or self.suspects)

    def has_room(self, most: int) -> bool:
        """Whether one more request may join; none may join a suspect, which must stay alone."""
        on_trial = any(flight.suspect for flight in self.flights.values())
        return len(self.flights) < most and not self.suspects and not on_trial

    @property
    def lost(self) -> bool:
        """Whether the engine has crashed once too often."""
        return self.crashes >= _MOST_CRASHES

    def crashed(self) -> Flight | None:
        """Put aside what was at work when the engine crashed; the culprit, if it was alone."""
        self.crashes += 1
        under_way = list(self.flights.values())
        self.flights.clear()
        if len(under_way) == 1 and under_way[0].suspect:
            return under_way[0]
        for flight in under_way:
            flight.suspect = True
        self.suspects.extend(under_way)
        return None
