"""In which of two clips the load is lowered more slowly.

The lowering phases differ by at least 0.4 s. Both clips are of the same action; each recording is in at most one
question, and the partner is of the same subject where possible. The oracle measures the phases that it sees.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control

APART_S = 0.4
CLIPS = ("Clip 1", "Clip 2")


class SlowerLowering(QuestionType):
    """Choice of two clips."""

    name = "slower_lowering"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which of two clips is the lowering slower? From annotated phases that differ by 0.4 s or more."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "chance",
        Control.SHUFFLED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question for every two recordings."""
        for split, group in context.by_split.items():
            left = list(self.draw(context, split).shuffled((a for a in group if _lowering(a)), lambda a: a.id))
            while left:
                one = left.pop()
                partners = [b for b in left if abs(_lowering(b) - _lowering(one)) >= APART_S]
                partners.sort(key=lambda b: b.truth.subject != one.truth.subject)
                view = view_of_action(context.graph, context.action, one, partners[0]) if partners else None
                if view is not None:
                    left.remove(partners[0])
                    yield self._ask(context, one, partners[0], view)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip of the longer seen lowering phase."""
        one, other = (_seen(eye.repetition(m)) for m in question.media)
        if one is None or other is None or abs(one - other) < APART_S / 2:
            return None
        return "A" if one > other else "B"

    def _ask(self, context: Context, one: Annotated, other: Annotated, view: str) -> Question:
        draw = self.draw(context, one.id, other.id)
        shown = draw.child("shown").shuffled((one, other), lambda a: a.id)
        first = _lowering(shown[0]) > _lowering(shown[1])
        return self.build(
            draw,
            shown[0],
            media=tuple(clip(a, view, label) for a, label in zip(shown, CLIPS, strict=True)),
            options=tuple(
                Option(text=label, kind="answer" if (label == CLIPS[0]) == first else "other_clip") for label in CLIPS
            ),
            answer="A" if first else "B",
            chance=0.5,
            graph_path=((shown[0 if first else 1].id, "lowers_more_slowly_than", shown[1 if first else 0].id),),
        )


def _lowering(a: Annotated) -> float:
    """Seconds; zero without such a phase."""
    span = a.truth.span("eccentric")
    return span.end_s - span.start_s if span else 0.0


def _seen(repetition: Repetition | None) -> float | None:
    span = repetition.span("eccentric") if repetition else None
    return span.end_s - span.start_s if span else None
