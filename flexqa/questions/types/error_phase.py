"""In which phase an error is made that the lifter makes in one phase only.

Asked of errors that the exercise can show in more than one phase, so that the name of the error does not tell the
answer; of each, every phase is right equally often. The oracle looks in which keystep the detectors find it.
"""

from collections.abc import Iterator

from flexqa.graph.model import Graph
from flexqa.graph.walk import path_to_error, possible_pairs
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import clip, letter_of, view_of_error
from flexqa.questions.eye import Eye
from flexqa.questions.phases import PHASE_TEXTS
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import Control, Phase


class ErrorPhase(QuestionType):
    """Choice of the phases in which the exercise can show the error."""

    name = "error_phase"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which phase is this error made? From the annotated pairs; for errors that several phases can show."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording and error that was made in one of several possible phases."""
        possible = _possible_phases(context.graph, context.action)
        for a in context.annotated:
            for error in sorted(a.errors):
                made = {context.graph.keysteps[k].phase for k, e in a.truth.pairs if e == error}
                view = view_of_error(context.graph, context.action, error, a)
                if len(possible[error]) > 1 and len(made) == 1 and view is not None:
                    yield self._ask(context, a, error, view, made.pop(), possible[error])

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The only phase in which the detectors find the error, and find nothing in the others."""
        error = eye.error_named(question.prompt["error"])
        found = {k: there for (k, e), there in eye.pairs(question.media[0]).items() if e == error}
        phases = {eye.graph.keysteps[k].phase for k, there in found.items() if there}
        if None in found.values() or len(phases) != 1:
            return None
        return letter_of(question, PHASE_TEXTS[phases.pop()])

    def _ask(
        self, context: Context, a: Annotated, error: str, view: str, phase: Phase, possible: tuple[Phase, ...]
    ) -> Question:
        graph, action, draw = context.graph, context.action, self.draw(context, a.id, error)
        keystep = a.keystep_of(error)
        choice = choice_of(draw, {p: PHASE_TEXTS[p] for p in possible}, phase, "phase")
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            prompt={"error": error_text(graph, error)},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (a.id, "shows", action),
                *path_to_error(graph, action, keystep, error),
                (keystep, "in_phase", phase),
            ),
            groups={"chain": a.id},
        )


def _possible_phases(graph: Graph, action: str) -> dict[str, tuple[Phase, ...]]:
    pairs = possible_pairs(graph, action)
    return {
        error: tuple(dict.fromkeys(graph.keysteps[k].phase for k, e in pairs if e == error)) for _, error in pairs
    }
