"""N-grams that a text shares with a reference, counted fast: a run has thousands of texts, and few references."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Shared(NamedTuple):
    """How many n-grams of one order two texts have and share."""

    in_text: int
    in_reference: int
    both: int
    """each as often as in the text that has fewer of it"""


class WordGrams:
    """The n-grams of the words of a reference."""

    def __init__(self, words: Sequence[str], order: int) -> None:
        self._orders = [Counter(_grams(words, n)) for n in range(1, order + 1)]

    def shared(self, words: Sequence[str]) -> list[Shared]:
        """What a text shares with it, by order from 1."""
        return [_shared(_grams(words, n), there) for n, there in enumerate(self._orders, 1)]


def _grams(words: Sequence[str], n: int) -> list[Hashable]:
    return list(zip(*(words[i:] for i in range(n)), strict=False))


def _shared(here: Sequence[Hashable], there: Counter[Hashable]) -> Shared:
    common = Counter(filter(there.__contains__, here))
    return Shared(len(here), there.total(), sum(map(min, common.values(), map(there.__getitem__, common))))


class CharGrams:
    """The n-grams of the characters of a reference, white space left out.

    An n-gram is a number: the place of its first n - 1 characters among those of the order below, times the size of
    the alphabet, plus its last character. Only what is shared is followed to the next order.
    """

    def __init__(self, text: str, order: int) -> None:
        chars = _chars(text)
        self.length = len(chars)
        self._alphabet, last, counts = np.unique(chars, return_inverse=True, return_counts=True)
        self._orders = [(np.arange(len(self._alphabet)), counts)]
        place = last
        for n in range(2, order + 1):
            pairs = place[:-1] * len(self._alphabet) + last[n - 1 :]
            known, place, counts = np.unique(pairs, return_inverse=True, return_counts=True)
            self._orders.append((known, counts))

    def shared(self, text: str) -> list[Shared]:
        """What a text shares with it, by order from 1."""
        chars = _chars(text)
        start, place = _find(self._alphabet, np.arange(len(chars)), chars)
        last = np.full(len(chars), -1)
        last[start] = place
        found = []
        for n, (known, counts) in enumerate(self._orders, 1):
            if n > 1:
                start, place = start[start + n <= len(chars)], place[start + n <= len(chars)]
                end = last[start + n - 1]
                start, place = start[end >= 0], place[end >= 0]
                start, place = _find(known, start, place * len(self._alphabet) + end[end >= 0])
            both = int(np.minimum(np.bincount(place, minlength=len(counts)), counts).sum())
            found.append(Shared(max(len(chars) - n + 1, 0), int(counts.sum()), both))
        return found


def _chars(text: str) -> Ints:
    """The characters of a text but white space, as numbers."""
    return np.frombuffer("".join(text.split()).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)


def _find(known: Ints, start: Ints, values: Ints) -> tuple[Ints, Ints]:
    """Of the values that are known, where they start and their places."""
    if not len(known):
        return start[:0], values[:0]
    place = np.searchsorted(known, values).clip(max=len(known) - 1)
    there = known[place] == values
    return start[there], place[there]
