"""Which one of four errors is made.

One question per observed error. The other options are errors that the same action can show and that were not
observed in this recording, drawn by how often they are observed elsewhere and how easily they are confused with the
answer. Left out are those that are measured by the same thing as an observed error, and those that the chosen
view does not show, since nobody could deny them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from flexqa.graph.model import Graph
from flexqa.graph.walk import confusable_errors, path_to_error, possible_pairs
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import ALIKE, NEAR, Candidate, ambiguous, choose
from flexqa.questions.evidence import clip, error_text, view_of_error


class ErrorIdentification(QuestionType):
    """Choice of four errors."""

    name = "error_identification"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which one of these errors is made? From the annotated errors; the others are not made."
    controls = ("blind", "swapped_clip")

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording and error that a view shows."""
        for group in context.by_action.values():
            frequency = Counter(e for a in group for e in a.errors)
            for a in group:
                for keystep, error in _once(a.truth.pairs):
                    if question := self._ask(context, a, keystep, error, frequency):
                        yield question

    def _ask(
        self, context: Context, a: Annotated, keystep: str, error: str, frequency: Mapping[str, int]
    ) -> Question | None:
        graph, action = context.graph, a.truth.action
        view, draw = view_of_error(graph, action, error, a), self.draw(context, a.id, error)
        if view is None:
            return None
        choice = choose(draw, error_text(graph, error), _others(graph, a, keystep, error, view, frequency))
        if choice is None:
            return None
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (a.id, "shows", action),
                (a.id, "observed", error),
                *path_to_error(graph, action, keystep, error),
            ),
            groups={"chain": a.id},
        )


def _others(
    graph: Graph, a: Annotated, keystep: str, error: str, view: str, frequency: Mapping[str, int]
) -> Iterator[Candidate]:
    """Errors of the same action that were not observed and can be seen not to be made."""
    confusable, phase = confusable_errors(graph, error), graph.keysteps[keystep].phase
    phases: dict[str, set[str]] = {}
    for k, e in possible_pairs(graph, a.truth.action):
        phases.setdefault(e, set()).add(graph.keysteps[k].phase)
    for other, its_phases in phases.items():
        views = graph.errors[other].observable.video_views
        hidden = view_of_error(graph, a.truth.action, other, a) is None or (views and view not in views)
        if hidden or other in a.errors or any(ambiguous(graph, other, e) for e in a.errors):
            continue
        kind, nearness = "same_action", 1.0
        if other in confusable:
            kind, nearness = "confusable", NEAR
        elif phase in its_phases:
            kind, nearness = "same_phase", ALIKE
        yield Candidate(other, error_text(graph, other), kind, nearness * frequency.get(other, 0))


def _once(pairs: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """Each error with the first keystep in which it was observed."""
    seen: set[str] = set()
    for keystep, error in pairs:
        if error not in seen:
            seen.add(error)
            yield keystep, error
