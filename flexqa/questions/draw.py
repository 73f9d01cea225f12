"""Chance that is a function of its key: equal key, equal draw, on every machine and in every version of Python.

A draw ranks items by the hash of key and item. So no draw depends on an earlier one, an item that is added or left
out does not reorder the others, and no state of a random generator is passed around.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draw:
    """A source of chance for one purpose, for example one question."""

    key: tuple[str, ...]

    def child(self, *parts: str) -> "Draw":
        """An independent source for a part of the purpose."""
        return Draw((*self.key, *parts))

    def unit(self, item: str = "") -> float:
        """A number that is uniform in the open interval (0, 1)."""
        digest = hashlib.sha256("\0".join((*self.key, item)).encode()).digest()
        return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48

    def index(self, n: int) -> int:
        """A number that is uniform in 0 ... n - 1."""
        return int(self.unit("index") * n)

    def shuffled(self, items: Iterable[T], name: Callable[[T], str] = str) -> tuple[T, ...]:
        """The items in random order; `name` tells them apart."""
        return tuple(sorted(items, key=lambda item: (self.unit(name(item)), name(item))))

    def arrival(self, item: str) -> float:
        """A time of arrival: divided by weights, the order of times is a weighted draw without replacement.

        The exponential race of Efraimidis and Spirakis (2006), "Weighted random sampling with a reservoir".
        """
        return -math.log(self.unit(item))

    def weighted(self, weights: Mapping[str, float]) -> tuple[str, ...]:
        """The keys as if drawn one by one without replacement, each with a probability in proportion to its weight.

        Keys of weight zero come last.
        """
        return tuple(sorted(weights, key=lambda k: (self.arrival(k) / weights[k] if weights[k] else math.inf, k)))
