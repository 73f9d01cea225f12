"""Heart and breath rate over a set: how they change, and how they compare.

What is compared are means of the first and the last third: single values are noisy. The repetitions of a set share
its rates, so one recording stands for all that show the same.
"""

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import matched_sets, set_id
from flexqa.vocabulary import Control, Expectation

PHYSIO_CONTROLS: dict[Control, Expectation] = {
    Control.BLIND: "chance",
    Control.SWAPPED_PHYSIO: "chance",
    Control.NO_PHYSIO: "chance",
}

LEAST_BOUND = 2
"""per minute; that a rate changes by more than 0 or 1 is hardly to be seen"""


class TrendType(QuestionType):
    """Whether a rate rises, or falls, by more than a bound over a set.

    Rates mostly rise over a set, and how far is much alike. So each bound is asked about twice, once with a set whose
    change goes beyond it and once with one whose change does not.
    """

    level = Level.CROSSMODAL
    modalities = (Modality.PHYSIO,)
    answer_format = AnswerFormat.YES_NO
    controls = PHYSIO_CONTROLS
    guard: ClassVar[float]
    """by how much per minute, at least, a change is above or below the bound"""

    @abstractmethod
    def rate(self, physio: Physio) -> NDArray[np.float64]:
        """The rate that is asked for, shape (values,)."""

    def generate(self, context: Context) -> Iterator[Question]:
        """Two questions for every two sets of a split whose changes differ by twice the guard."""
        for split, group in context.by_split.items():
            changes = {
                a.id: change
                for a in group
                if (physio := context.physio(a))
                and stands_for_set(context, a)
                and (change := self._change(physio)) is not None
            }
            sets = [a for a in group if a.id in changes]
            for bound, pair in matched_sets(
                self.draw(context, split),
                sets,
                self._bounds(list(changes.values())),
                lambda _: 2,
                lambda a, bound: self._beyond(changes[a.id], bound),  # noqa: B023  # used at once
            ):
                yield from self._ask(context, bound, pair, changes)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether the change that is shown goes beyond the bound."""
        change, bound = self._change(eye.physio(question.media[0])), float(question.prompt["by"])
        if change is None:
            return None
        over = (change if question.prompt["change"] == "rise" else -change) - bound
        return None if abs(over) < self.guard / 2 else "yes" if over > 0 else "no"

    def _bounds(self, changes: Sequence[float]) -> list[int]:
        """Bounds with changes on both sides, those first that part them into halves; falls are negative."""
        if not changes:
            return []
        least, most = math.ceil(min(changes) + self.guard), math.floor(max(changes) - self.guard)
        middle = float(np.median(changes))
        return sorted(
            (b for b in range(least, most + 1) if abs(b) >= LEAST_BOUND), key=lambda b: (abs(b - middle), b)
        )

    def _beyond(self, change: float, bound: int) -> tuple[int, ...]:
        """1 for a change beyond the bound, 0 for one within it, nothing in the guard band."""
        over = change - bound if bound > 0 else bound - change
        return () if abs(over) < self.guard else (int(over > 0),)

    def _ask(
        self, context: Context, bound: int, pair: tuple[Annotated, ...], changes: Mapping[str, float]
    ) -> Iterator[Question]:
        for beyond, a in enumerate(pair):
            yield self.build(
                self.draw(context, *(b.id for b in pair)),
                a,
                media=(Media(recording=a.id, modality=Modality.PHYSIO),),
                prompt={"change": "rise" if bound > 0 else "fall", "by": str(abs(bound))},
                answer="yes" if beyond else "no",
                chance=0.5,
                graph_path=((a.id, self.name, f"{changes[a.id]:+.1f} per minute"),),
                groups={"chain": a.id, "matched_pair": set_id(self.name, pair)},
            )

    def _change(self, physio: Physio) -> float | None:
        """Mean of the last third less that of the first; null where there are not three values."""
        rate = self.rate(physio)
        third = len(rate) // 3
        return float(rate[-third:].mean() - rate[:third].mean()) if third else None


def stands_for_set(context: Context, a: Annotated) -> bool:
    """Whether a recording is the first of those that show the same rates; false where it shows none."""
    shown = context.physio(a)
    first = next((b for b in context.by_split[a.truth.split] if _same_rates(context.physio(b), shown)), None)
    return shown is not None and first is a


def _same_rates(one: Physio | None, other: Physio | None) -> bool:
    return (
        one is not None
        and other is not None
        and np.array_equal(one.heart_bpm, other.heart_bpm)
        and np.array_equal(one.breath_per_min, other.breath_per_min)
    )
