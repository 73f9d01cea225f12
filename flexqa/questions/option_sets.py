"""Sets of options in which each member is right equally often, so that the set says nothing of the answer.

For what a whole action answers (its name, a standard of it, a muscle) the questions of one action all have the same
answer, so balance must come from the draw itself. A set of options is drawn as a set: given the answer a, the set S
comes with probability w(S) / n(a), where n(a) is how often a is the answer. Whatever member of S is right, S is then
equally likely, and a reader who sees only the options is at chance. The weights prefer sets of near neighbours and
are scaled (iterative proportional fitting, Deming and Stephan 1940) until the sets of each a sum to n(a). Where they
cannot, because one answer is more frequent than all sets together can bear, it is asked less often, and the sets
still say nothing.
"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from flexqa.questions.draw import Draw

_ROUNDS = 300
_LEAST, _MOST, _TINY = 1e-9, 1e9, 1e-300
"""bounds of the scaling, for what cannot be balanced"""


class OptionSets:
    """Draws the options that stand beside an answer."""

    def __init__(
        self,
        answers: Mapping[str, float],
        nearness: Callable[[str, str], float],
        size: int = 4,
        fits: Callable[[tuple[str, ...]], bool] | None = None,
    ) -> None:
        """Prepare the sets.

        Args:
            answers: what may be the answer -> how often it is.
            nearness: of two of them, symmetric and positive; the nearer, the more often they are options together.
            size: options per set; fewer when not as many may be together.
            fits: whether answers, sorted, may be options together; null is always.
        """
        self._names = tuple(sorted(name for name, n in answers.items() if n > 0))
        wanted = np.array([answers[name] for name in self._names], dtype=np.float64)
        self._members = self._possible(min(size, len(wanted)), fits)
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
        chosen = holds[np.searchsorted(reach, draw.unit("set") * reach[-1])]
        return tuple(name for i in self._members[chosen] if (name := self._names[i]) != answer)

    def _possible(self, size: int, fits: Callable[[tuple[str, ...]], bool] | None) -> np.ndarray:
        """The sets of the greatest size that any have, as indices into the names, shape (sets, size)."""
        for k in range(size, 1, -1):
            sets = [
                chosen
                for chosen in combinations(range(len(self._names)), k)
                if fits is None or fits(tuple(self._names[i] for i in chosen))
            ]
            if sets:
                return np.array(sets, dtype=np.intp)
        return np.arange(len(self._names), dtype=np.intp).reshape(-1, 1)

    def _preference(self, nearness: Callable[[str, str], float]) -> np.ndarray:
        """Weight of each set before it is scaled."""
        if self._members.shape[1] < 2:
            return np.ones(len(self._members))
        near = np.array([[nearness(a, b) if a != b else 0.0 for b in self._names] for a in self._names])
        return np.asarray(near[self._members[:, :, None], self._members[:, None, :]].sum(axis=(1, 2)))

    def _scaled(self, base: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        factor = np.ones(len(wanted))
        weights = base
        for _ in range(_ROUNDS):
            weights = base * factor[self._members].prod(axis=1)
            short = wanted / np.maximum(self._sums(weights), _TINY)
            factor = np.clip(factor * short ** (1 / self._members.shape[1]), _LEAST, _MOST)
        return np.asarray(weights)

    def _sums(self, weights: np.ndarray) -> np.ndarray:
        """How often each answer comes when each set comes as often as it weighs for each of its members."""
        return np.bincount(
            self._members.ravel(), np.repeat(weights, self._members.shape[1]), minlength=len(self._names)
        )
