"""N-grams that a text shares with a reference, counted fast: a run has thousands of texts, and few references."""

from collections.abc import Hashable, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_Ints = NDArray[np.intp]

_MOST_CELLS = 1 << 18
"""of a table; beyond, the pairs that are known are searched for"""


class Shared(NamedTuple):
    """How many n-grams of one order two texts have and share."""

    in_text: int
    in_reference: int
    both: int
    """each as often as in the text that has fewer of it"""


class _Order:
    """The n-grams of one order, by number: that of the first n - 1 symbols, and the last symbol, lead to it."""

    def __init__(self, first: _Ints, last: _Ints, n_first: int, n_symbols: int) -> None:
        """Number the n-grams of a reference.

        Args:
            first: of each, the number of its first n - 1 symbols.
            last: of each, its last symbol.
            n_first: numbers of first symbols; one more is what the reference does not have.
            n_symbols: likewise.
        """
        self._symbols = n_symbols + 1
        self._known, self.numbers, self.counts = np.unique(
            first * self._symbols + last, return_inverse=True, return_counts=True
        )
        self._table: _Ints | None = None
        if (n_first + 1) * self._symbols <= _MOST_CELLS:
            self._table = np.full((n_first + 1) * self._symbols, len(self.counts))
            self._table[self._known] = np.arange(len(self.counts))

    def of(self, first: _Ints, last: _Ints) -> _Ints:
        """The numbers of n-grams; of one that the reference does not have, the number behind the last."""
        pairs = first * self._symbols + last
        if self._table is not None:
            found: _Ints = self._table[pairs]
            return found
        if not len(self._known):
            return np.zeros_like(pairs)
        place = np.searchsorted(self._known, pairs).clip(max=len(self._known) - 1)
        return np.where(self._known[place] == pairs, place, len(self._known))


class Grams:
    """The n-grams of a reference, of 1 to `order` symbols: words, or characters."""

    def __init__(self, symbols: Sequence[Hashable], order: int) -> None:
        self._codes = {symbol: code for code, symbol in enumerate(dict.fromkeys(symbols))}
        self.length = len(symbols)
        last = self._coded(symbols)
        first, n_first = np.zeros_like(last), 1
        self._orders = list[_Order]()
        for n in range(order):
            self._orders.append(found := _Order(first[: len(last[n:])], last[n:], n_first, len(self._codes)))
            first, n_first = found.numbers, len(found.counts)

    def shared(self, symbols: Sequence[Hashable]) -> list[Shared]:
        """What a text shares with it, by order from 1."""
        last = self._coded(symbols)
        numbers, found = np.zeros_like(last), []
        for n, order in enumerate(self._orders):
            numbers = order.of(numbers[: len(last[n:])], last[n:])
            here = np.bincount(numbers, minlength=len(order.counts) + 1)[:-1]
            both = int(np.minimum(here, order.counts).sum())
            found.append(Shared(len(numbers), max(self.length - n, 0), both))
        return found

    def _coded(self, symbols: Sequence[Hashable]) -> _Ints:
        """Each symbol's number; of one that the reference does not have, the number behind the last."""
        codes = map(self._codes.get, symbols, repeat(len(self._codes)))
        return np.fromiter(codes, dtype=np.intp, count=len(symbols))
