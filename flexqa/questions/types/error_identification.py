"""Which one of four errors is made.

One question per recording, about one of its errors. The other options are errors that the same action can show and
that were not observed in this recording, drawn by how easily they are confused with the answer. Left out are those
that nobody can deny: that the chosen view does not show, or that `flexqa.questions.absence` suspects. The oracle puts
the detectors of all four to the pose.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flexqa.graph.model import Graph
from flexqa.graph.walk import confusable_errors, path_to_error, possible_pairs
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import ALIKE, NEAR, Candidate, Case, Choice, with_choices
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import clip, only_true, view_of_error
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text, shows_error
from flexqa.vocabulary import Control


@dataclass(frozen=True, slots=True)
class _Seen:
    """An observed error, and where it is seen."""

    a: Annotated
    keystep: str
    error: str
    view: str


class ErrorIdentification(QuestionType):
    """Choice of four errors."""

    name = "error_identification"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which one of these errors is made? From the annotated errors; the others are not made."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with an error that a view shows."""
        seen = [
            s
            for a in context.annotated
            for s in self.draw(context, a.id).shuffled(_seen(context.graph, a), lambda s: s.error)[:1]
        ]
        for s, case, choice in with_choices(seen, lambda s: self._case(context, s)):
            yield self._ask(context, s, case.draw, choice)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one option whose error is made."""
        return only_true(question, (eye.made(question.media[0], o.text) for o in question.options))

    def _case(self, context: Context, s: _Seen) -> Case:
        text, truth = error_text(context.graph, s.error), s.a.truth
        others = tuple(_others(context, s))
        return Case(self.draw(context, s.a.id, s.error), s.error, text, others, truth.split)

    def _ask(self, context: Context, s: _Seen, draw: Draw, choice: Choice) -> Question:
        action = s.a.truth.action
        return self.build(
            draw,
            s.a,
            media=(clip(s.a, s.view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (s.a.id, "shows", action),
                (s.a.id, "observed", s.error),
                *path_to_error(context.graph, action, s.keystep, s.error),
            ),
            groups={"chain": s.a.id},
        )


def _seen(graph: Graph, a: Annotated) -> Iterator[_Seen]:
    """Each observed error that a view shows, with the first keystep in which it was observed."""
    for error in sorted(a.errors):
        view = view_of_error(graph, a.truth.action, error, a)
        if view is not None:
            yield _Seen(a, a.keystep_of(error), error, view)


def _others(context: Context, s: _Seen) -> Iterator[Candidate]:
    """Errors of the same action that can be seen not to be made; those that nobody makes weigh nothing."""
    graph, a = context.graph, s.a
    confusable, phase = confusable_errors(graph, s.error), graph.keysteps[s.keystep].phase
    phases: dict[str, set[str]] = {}
    for k, e in possible_pairs(graph, a.truth.action):
        phases.setdefault(e, set()).add(graph.keysteps[k].phase)
    for other, its_phases in phases.items():
        if not shows_error(graph, s.view, other) or not context.lacks(a, other):
            continue
        kind, nearness = "same_action", 1.0
        if other in confusable:
            kind, nearness = "confusable", NEAR
        elif phase in its_phases:
            kind, nearness = "same_phase", ALIKE
        yield Candidate(other, error_text(graph, other), kind, nearness if other in context.made else 0.0)
