"""Which of two repetitions of an exercise has the better technique.

The answer follows from the annotated scores, which differ by at least 5 points. Each recording is the first of at
most one pair; the partner is another repetition of the same subject if one differs enough, else of another subject.
Within an action the better clip is first and second equally often. The oracle adds up the penalties that it sees.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import clip, named_media, view_of_action
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control

GUARD = 5.0
"""points; scores that are closer are not compared"""

_CLIPS = ("Clip 1", "Clip 2")


class BetterRepetition(QuestionType):
    """Choice of two clips."""

    name = "better_repetition"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which of two repetitions is better? From annotated scores that differ by 5 points or more."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question per recording."""
        action = context.action
        for split, group in context.by_split.items():
            draw = self.draw(context, split, action)
            start = draw.index(2)
            for i, (better, worse) in enumerate(_pairs(draw, group)):
                view = view_of_action(context.graph, action, better, worse)
                if view is not None:
                    yield self._ask(context, better, worse, view, first=(start + i) % 2 == 0)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip whose every possible score is above those of the other."""
        one, other = (eye.score(m) for m in named_media(question))
        if one is None or other is None:
            return None
        return "A" if one[0] > other[1] else "B" if other[0] > one[1] else None

    def _ask(self, context: Context, better: Annotated, worse: Annotated, view: str, first: bool) -> Question:
        shown = (better, worse) if first else (worse, better)
        return self.build(
            self.draw(context, better.id, worse.id),
            better,
            media=tuple(clip(a, view, label) for a, label in zip(shown, _CLIPS, strict=True)),
            options=tuple(
                Option(text=label, kind="answer" if a is better else "other_clip")
                for a, label in zip(shown, _CLIPS, strict=True)
            ),
            answer="A" if first else "B",
            chance=0.5,
            graph_path=(
                (better.id, "shows", better.truth.action),
                (worse.id, "shows", worse.truth.action),
                (better.id, "scores_higher_than", worse.id),
            ),
        )


def _pairs(draw: Draw, group: tuple[Annotated, ...]) -> Iterator[tuple[Annotated, Annotated]]:
    """(better, worse), each pair once, nearly as many as there are recordings."""
    seen: set[frozenset[str]] = set()
    for a in draw.shuffled(group, lambda a: a.id):
        others = [
            b
            for b in draw.child(a.id).shuffled(group, lambda b: b.id)
            if abs(a.truth.score - b.truth.score) >= GUARD and frozenset((a.id, b.id)) not in seen
        ]
        others.sort(key=lambda b: b.truth.subject != a.truth.subject)
        if others:
            b = others[0]
            seen.add(frozenset((a.id, b.id)))
            yield (a, b) if a.truth.score > b.truth.score else (b, a)
