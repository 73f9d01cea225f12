"""In which order three EMG traces rank by their highest activity.

The traces are of one subject's repetitions of one action, recorded with the same electrodes. Their peaks, of the mean
of both sides, lie at least 10 % apart. The oracle measures the traces as they are shown.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise, permutations

from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import place
from flexqa.questions.evidence import letter_of, muscle_name, targets
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control

APART = 1.1
TRACES = ("Trace 1", "Trace 2", "Trace 3")

Peaked = tuple[Annotated, float]
"""a recording with its highest activity"""


class PeakOrder(QuestionType):
    """Choice of four orders."""

    name = "peak_order"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG,)
    answer_format = AnswerFormat.CHOICE
    balanced = "all_prompts"
    summary = "How do three EMG traces of one lifter rank by their peak? From the EMG; peaks 10 % or more apart."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_EMG: "chance",
        Control.NO_EMG: "chance",
        Control.FLAT_EMG: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question for every three recordings of a subject."""
        for group in context.by_split.values():
            for subject in sorted({a.truth.subject for a in group}):
                of_subject = [(a, p) for a in group if a.truth.subject == subject and (p := _peak(context, a))]
                for three in _triples(of_subject):
                    yield self._ask(context, three)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The order of the highest values."""
        peaks = {i: float(eye.sides(m).mean.max()) for i, m in enumerate(question.media, 1)}
        ranked = sorted(peaks, key=lambda i: -peaks[i])
        if any(peaks[i] < 1.04 * peaks[j] for i, j in pairwise(ranked)):
            return None
        return letter_of(question, _order(ranked))

    def _ask(self, context: Context, three: tuple[Peaked, ...]) -> Question:
        graph, draw = context.graph, self.draw(context, *sorted(a.id for a, _ in three))
        shown = draw.child("shown").shuffled(three, lambda pair: pair[0].id)
        ranked = sorted(range(1, 4), key=lambda i: -shown[i - 1][1])
        others = [p for p in permutations(range(1, 4)) if list(p) != ranked]
        wrong = [Option(text=_order(p), kind="order") for p in draw.child("wrong").shuffled(others)[:3]]
        choice = place(draw, Option(text=_order(ranked), kind="answer"), wrong)
        return self.build(
            draw,
            shown[0][0],
            media=tuple(
                Media(recording=a.id, modality=Modality.EMG, label=label)
                for (a, _), label in zip(shown, TRACES, strict=True)
            ),
            prompt={"muscle": muscle_name(context)},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                *targets(graph, context.action),
                *((shown[i - 1][0].id, "peaks_higher_than", shown[j - 1][0].id) for i, j in pairwise(ranked)),
            ),
        )


def _peak(context: Context, a: Annotated) -> float | None:
    sides = context.sides(a)
    return float(sides.mean.max()) if sides else None


def _triples(left: list[Peaked]) -> Iterator[tuple[Peaked, ...]]:
    """Threes whose peaks are apart, each recording in one of them."""
    while found := next((t for t in combinations(left, 3) if _all_apart([p for _, p in t])), None):
        yield found
        left = [pair for pair in left if pair not in found]


def _all_apart(peaks: list[float]) -> bool:
    return all(high >= APART * low for low, high in pairwise(sorted(peaks)))


def _order(ranked: list[int] | tuple[int, ...]) -> str:
    return ", ".join(f"Trace {i}" for i in ranked)
