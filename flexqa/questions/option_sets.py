"""Sets of options in which each member is right equally often, so that the set says nothing of the answer.

For what a whole action answers (its name, a standard of it, a muscle) the questions of one action all have the same
answer, so balance must come from the draw itself. A set of options is drawn as a set: given the answer a, the set S
comes with probability w(S) / n(a), where n(a) is how often a is the answer. Whatever member of S is right, S is then
equally likely, and a reader who sees only the options is at chance. The weights prefer sets of near neighbours and
are scaled (iterative proportional fitting, Deming and Stephan 1940; generalised to sets of several sizes by Darroch
and Ratcliff 1972) until the sets of each a sum to n(a). Where that cannot be, because one answer is more frequent
than all sets can bear, the questions that have it are asked less often, and the sets still say nothing.
"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from flexqa.questions.draw import Draw

_ROUNDS = 300
_LARGER = 10.0
"""how much rather a set is taken than one with an option less"""
_LEAST, _MOST, _TINY = 1e-9, 1e9, 1e-300
"""bounds of the scaling, for what cannot be balanced"""


class OptionSets:
    """Draws the options that stand beside an answer."""

    def __init__(
        self,
        answers: Mapping[str, float],
        nearness: Callable[[str, str], float],
        size: int = 4,
        smallest: int | None = None,
        fits: Callable[[tuple[str, ...]], bool] | None = None,
    ) -> None:
        """Prepare the sets.

        Args:
            answers: what may be the answer -> how often it is.
            nearness: of two of them, symmetric and positive; the nearer, the more often they are options together.
            size: options per set; fewer when there are not as many answers.
            smallest: options of the smallest set, where few answers are so frequent that sets of full size could not
                be balanced; null is `size`.
            fits: whether answers, sorted, may be options together; null is always.
        """
        self._names = tuple(sorted(name for name, n in answers.items() if n > 0))
        wanted = np.array([answers[name] for name in self._names], dtype=np.float64)
        size = max(min(size, len(wanted)), 1)
        smallest = min(smallest or size, size)
        sets = [
            chosen
            for k in range(smallest, size + 1)
            for chosen in combinations(range(len(wanted)), k)
            if fits is None or fits(tuple(self._names[i] for i in chosen))
        ]
        # Small sets are filled up with a member past the last, which is no answer.
        filled = [(*chosen, *[len(wanted)] * (size - len(chosen))) for chosen in sets]
        self._members = np.array(filled, dtype=np.intp).reshape(-1, size)
        self._weights = self._scaled(self._preference(nearness), wanted)
        served = self._sums(self._weights) / wanted
        self._asked = served / max(served.max(initial=0.0), _TINY)

    def beside(self, answer: str, draw: Draw) -> tuple[str, ...]:
        """The other members of a set that holds the answer, sorted.

        Returns:
            None when there is no other answer, or when this one is to be asked less often.
        """
        if answer not in self._names or draw.unit("asked") >= self._asked[self._names.index(answer)]:
            return ()
        holds = np.flatnonzero((self._members == self._names.index(answer)).any(axis=1))
        reach = np.cumsum(self._weights[holds])
        chosen = self._members[holds[np.searchsorted(reach, draw.unit("set") * reach[-1])]]
        return tuple(name for i in chosen if i < len(self._names) and (name := self._names[i]) != answer)

    def _preference(self, nearness: Callable[[str, str], float]) -> np.ndarray:
        """Weight of each set before it is scaled: mean nearness of its pairs, and more for larger sets."""
        n, size = len(self._names), self._members.shape[1]
        near = np.zeros((n + 1, n + 1))
        near[:n, :n] = [[nearness(a, b) if a != b else 0.0 for b in self._names] for a in self._names]
        total = near[self._members[:, :, None], self._members[:, None, :]].sum(axis=(1, 2))
        sizes = (self._members < n).sum(axis=1)
        mean = np.where(sizes > 1, total / np.maximum(sizes * (sizes - 1), 1), 1.0)
        return np.asarray(mean * _LARGER ** (sizes - size))

    def _scaled(self, base: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        factor = np.ones(len(wanted) + 1)
        weights = base
        for _ in range(_ROUNDS):
            weights = base * factor[self._members].prod(axis=1)
            short = wanted / np.maximum(self._sums(weights), _TINY)
            factor[:-1] = np.clip(factor[:-1] * short ** (1 / self._members.shape[1]), _LEAST, _MOST)
        return np.asarray(weights)

    def _sums(self, weights: np.ndarray) -> np.ndarray:
        """How often each answer comes when each set comes as often as it weighs for each of its members."""
        n = len(self._names)
        return np.bincount(self._members.ravel(), np.repeat(weights, self._members.shape[1]), n + 1)[:n]
