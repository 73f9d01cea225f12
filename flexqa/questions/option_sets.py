"""Sets of options in which each member is right equally often, so that the set says nothing of the answer.

For what a whole action answers (its name, a standard of it, a muscle) the questions of one action all have the same
answer, so balance must come from the draw itself. A set of options is drawn as a set: given the answer a, the set S
comes with probability w(S) / n(a), where n(a) is how often a is the answer. Whatever member of S is right, S is then
equally likely, and a reader who sees only the options is at chance. The weights prefer sets of near neighbours and
are scaled (iterative proportional fitting, Deming and Stephan 1940) until the sets of each a sum to n(a).
"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from flexqa.questions.draw import Draw

_ROUNDS = 300


class OptionSets:
    """Draws the options that stand beside an answer."""

    def __init__(self, answers: Mapping[str, float], nearness: Callable[[str, str], float], size: int = 4) -> None:
        """Prepare the sets.

        Args:
            answers: what may be the answer -> how often it is.
            nearness: of two of them, symmetric and positive; the nearer, the more often they are options together.
            size: options per set; fewer when there are not as many answers.
        """
        self._names = sorted(name for name, n in answers.items() if n > 0)
        wanted = np.array([answers[name] for name in self._names], dtype=np.float64)
        size = min(size, len(self._names))
        self._members = np.array(list(combinations(range(len(self._names)), size)), dtype=np.intp).reshape(-1, size)
        near = np.array([[nearness(a, b) if a != b else 0.0 for b in self._names] for a in self._names])
        base = near[self._members[:, :, None], self._members[:, None, :]].sum(axis=(1, 2)) if size > 1 else np.ones(1)
        self._weights = self._scaled(base, wanted)

    def beside(self, answer: str, draw: Draw) -> tuple[str, ...]:
        """The other members of a set that holds the answer, sorted; none when there is no other answer."""
        if answer not in self._names or self._members.shape[1] < 2:
            return ()
        holds = np.flatnonzero((self._members == self._names.index(answer)).any(axis=1))
        reach = np.cumsum(self._weights[holds])
        chosen = holds[np.searchsorted(reach, draw.unit("set") * reach[-1])]
        return tuple(name for i in self._members[chosen] if (name := self._names[i]) != answer)

    def _scaled(self, base: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        factor = np.ones(len(wanted))
        weights = base
        for _ in range(_ROUNDS):
            weights = base * factor[self._members].prod(axis=1)
            sums = np.bincount(self._members.ravel(), np.repeat(weights, self._members.shape[1]), len(wanted))
            factor *= (wanted / np.maximum(sums, 1e-300)) ** (1 / self._members.shape[1])
        return np.asarray(weights)
