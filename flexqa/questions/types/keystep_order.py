"""In which order three moments of a repetition come.

Three windows of 0.4 s, one inside each annotated phase, are shown in random order; the options are four of the six
orders. What happens first differs between exercises: a press from the chest begins with the lifting, one from
straight arms with the lowering. The oracle finds the phase of each window in the pose and takes their order from the
exercise that it recognises.
"""

from collections.abc import Iterator
from itertools import permutations

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.moments import MOMENT_CONTROLS, seen_phase, windows

_LABELS = ("Moment 1", "Moment 2", "Moment 3")
_OPTIONS = 4


class KeystepOrder(QuestionType):
    """Choice of four orders."""

    name = "keystep_order"
    level = Level.STANDARDS
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    balanced = "drawn"
    summary = "In which order do three moments of a repetition come? From the annotated phases, one moment in each."
    controls = MOMENT_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip and three phases that are long enough."""
        for a in context.annotated:
            view = view_of_action(context.graph, context.action, a)
            if view is not None and len(windows(context, a)) == len(_LABELS):
                yield self._ask(context, a, view)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The windows in the order that the phases have in the recognised exercise."""
        repetition = eye.repetition(question.media[0])
        if repetition is None:
            return None
        seen = [seen_phase(repetition, m.window_s) for m in question.media]
        order = eye.graph.actions[repetition.action].phases
        if sorted(map(str, seen)) != sorted(order):
            return None
        return letter_of(question, _text(seen.index(phase) for phase in order))

    def _ask(self, context: Context, a: Annotated, view: str) -> Question:
        draw, found = self.draw(context, a.id), windows(context, a)
        in_time = tuple(found[span.phase] for span in a.truth.phases)
        shown = draw.child("shown").shuffled(in_time)
        right = _text(shown.index(window) for window in in_time)
        others = (text for order in permutations(range(len(in_time))) if (text := _text(order)) != right)
        wrong = [Option(text=text, kind="other_order") for text in draw.child("wrong").shuffled(others)]
        choice = place(draw, Option(text=right, kind="answer"), wrong[: _OPTIONS - 1])
        return self.build(
            draw,
            a,
            media=tuple(clip(a, view, label, window) for label, window in zip(_LABELS, shown, strict=True)),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (a.id, "shows", context.action),
                *((a.id, f"phase_{n}_is", span.phase) for n, span in enumerate(a.truth.phases, start=1)),
            ),
            groups={"chain": a.id},
        )


def _text(order: Iterator[int] | tuple[int, ...]) -> str:
    """`2, 1, 3`: the numbers of the moments from first to last."""
    return ", ".join(str(place_shown + 1) for place_shown in order)
