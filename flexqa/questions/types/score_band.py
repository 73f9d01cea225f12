"""In which of four bands the technique score lies.

The bands are the quarters of the scores of the same action and split, and questions come in sets of four recordings,
one of each band: who knows which scores are usual is at chance. A score is at least 1.5 points from an edge. The
oracle adds up the penalties that it sees.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from flexqa.question import LETTERS, AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import matched_sets, set_id
from flexqa.vocabulary import Control

GUARD = 1.5
"""points from the edges of the band"""
NARROWEST = 4
"""points that a band is wide at least"""

Band = tuple[int, int]
"""lower and upper edge, points"""


class ScoreBand(QuestionType):
    """Choice of four bands, in rising order."""

    name = "score_band"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which band is the technique score? From the annotation; bands are the quarters of the usual scores."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """Four questions per four recordings with a clip, one of each band, where scores are spread enough."""
        for split, group in context.by_split.items():
            edges = _edges([a.truth.score for a in group])
            filmed = [a for a in group if view_of_action(context.graph, context.action, a)]
            for bands, members in matched_sets(
                self.draw(context, split), filmed, [tuple(pairwise(edges))] if edges else [], len, _places
            ):
                for place, a in enumerate(members):
                    yield self._ask(context, a, bands, place, set_id(self.name, members))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The band that holds every score that fits what is seen."""
        seen = eye.score(question.media[0])
        if seen is None:
            return None
        for letter, option in zip(question.letters, question.options, strict=True):
            low, high = (float(x) for x in option.text.split(" to "))
            if low <= seen[0] and seen[1] <= high:
                return letter
        return None

    def _ask(self, context: Context, a: Annotated, bands: Sequence[Band], place: int, group: str) -> Question:
        view = view_of_action(context.graph, context.action, a)
        assert view is not None
        options = tuple(
            Option(text=f"{low} to {high}", kind="answer" if i == place else "other_band")
            for i, (low, high) in enumerate(bands)
        )
        return self.build(
            self.draw(context, a.id),
            a,
            media=(clip(a, view),),
            options=options,
            answer=LETTERS[place],
            chance=1 / len(options),
            graph_path=((a.id, "shows", context.action), *a.observed),
            groups={"chain": a.id, "matched_set": group},
        )


def _edges(scores: Sequence[float]) -> tuple[int, ...]:
    """0, the quartiles, and 100, whole points; none where a band between them would be too narrow."""
    edges = (0, *(round(float(q)) for q in np.quantile(scores, (0.25, 0.5, 0.75))), 100)
    return edges if all(high - low >= NARROWEST for low, high in pairwise(edges)) else ()


def _places(a: Annotated, bands: Sequence[Band]) -> tuple[int, ...]:
    """The place of the band that a score is in and clear of the inner edges of; empty when there is none."""
    return tuple(
        i
        for i, (low, high) in enumerate(bands)
        if (low == 0 or low + GUARD <= a.truth.score) and (high == 100 or a.truth.score <= high - GUARD)
    )
