"""In which of two sets of one action the mean heart rate is higher.

The means differ by at least 5 beats per minute. The repetitions of a set share its rates and are shown once; each set
is compared with another one of the same split, of the same subject where possible. It is a rate that is compared, and
not called effort.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.eye import Eye
from flexqa.questions.rates import PHYSIO_CONTROLS, distinct_sets

APART_BPM = 5.0
SETS = ("Set 1", "Set 2")

Measured = tuple[Annotated, float]
"""a recording with the mean heart rate of its set"""


class HigherHeartRate(QuestionType):
    """Choice of two sets."""

    name = "higher_heart_rate"
    level = Level.CROSSMODAL
    modalities = (Modality.PHYSIO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which of two sets is the mean heart rate higher? From rates that differ by 5 per minute or more."
    controls = PHYSIO_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question per set."""
        for group in context.by_split.values():
            means = [(a, float(physio.heart_bpm.mean())) for a, physio in distinct_sets(context, group)]
            asked: set[frozenset[str]] = set()
            for one in means:
                others = [m for m in means if abs(m[1] - one[1]) >= APART_BPM]
                others = [m for m in others if frozenset((m[0].id, one[0].id)) not in asked]
                order = self.draw(context, one[0].id).shuffled(others, lambda m: m[0].id)
                other = min(order, key=lambda m: m[0].truth.subject != one[0].truth.subject, default=None)  # noqa: B023
                if other is not None:
                    asked.add(frozenset((other[0].id, one[0].id)))
                    yield self._ask(context, one, other)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The set of the higher mean."""
        one, other = (eye.physio(m).heart_bpm.mean() for m in question.media)
        return None if abs(one - other) < APART_BPM / 2 else "A" if one > other else "B"

    def _ask(self, context: Context, one: Measured, other: Measured) -> Question:
        draw = self.draw(context, one[0].id, other[0].id)
        shown = draw.child("shown").shuffled((one, other), lambda m: m[0].id)
        first = shown[0][1] > shown[1][1]
        return self.build(
            draw,
            shown[0][0],
            media=tuple(
                Media(recording=a.id, modality=Modality.PHYSIO, label=label)
                for (a, _), label in zip(shown, SETS, strict=True)
            ),
            options=tuple(
                Option(text=label, kind="answer" if (label == SETS[0]) == first else "other_set") for label in SETS
            ),
            answer="A" if first else "B",
            chance=0.5,
            graph_path=((shown[0 if first else 1][0].id, "higher_heart_rate_than", shown[1 if first else 0][0].id),),
        )
