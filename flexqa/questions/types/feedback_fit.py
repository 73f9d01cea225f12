"""Which of four pieces of coaching feedback fits the repetition.

The answer corrects an error that was observed; the others correct errors of the same exercise that it is known to be
free of, and no error that was observed. The oracle looks which of the errors that a piece of feedback corrects the
detectors find.
"""

from collections.abc import Iterator, Mapping

from flexqa.graph.walk import path_to_error, possible_errors
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import ALIKE, Candidate, Case, Choice, with_choices
from flexqa.questions.evidence import clip, only_true, view_of_error
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import shows_error
from flexqa.vocabulary import Control


class FeedbackFit(QuestionType):
    """Choice of four pieces of feedback."""

    name = "feedback_fit"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = (
        "Which feedback fits? That which corrects an observed error; the others correct errors that are not made."
    )
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording, about one of its errors."""
        graph, action = context.graph, context.action
        seen: list[tuple[Annotated, str, str]] = []
        for a in context.annotated:
            for error in self.draw(context, a.id).shuffled(a.errors):
                view = view_of_error(graph, action, error, a)
                if view is not None and graph.errors[error].feedback:
                    seen.append((a, error, view))
                    break
        for (a, error, view), case, choice in with_choices(seen, lambda s: self._case(context, *s)):
            yield self._ask(context, a, error, view, case, choice)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one piece of feedback that corrects an error which is made."""
        errors = eye.errors(question.media[0])
        return only_true(question, (_fits(eye, errors, o.text) for o in question.options))

    def _case(self, context: Context, a: Annotated, error: str, view: str) -> Case:
        graph = context.graph
        possible = possible_errors(graph, context.action)
        needed = {f for e in possible if not context.lacks(a, e) for f in graph.errors[e].feedback}
        candidates = tuple(
            Candidate(f, graph.feedback[f], "same_action", ALIKE if e in context.made else 0.0)
            for e in possible
            for f in graph.errors[e].feedback[:1]
            if f not in needed and shows_error(graph, view, e)
        )
        answer = graph.errors[error].feedback[0]
        return Case(self.draw(context, a.id), answer, graph.feedback[answer], candidates, a.truth.split)

    def _ask(self, context: Context, a: Annotated, error: str, view: str, case: Case, choice: Choice) -> Question:
        return self.build(
            case.draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (a.id, "shows", context.action),
                (a.id, "observed", error),
                *path_to_error(context.graph, context.action, a.keystep_of(error), error),
            ),
            groups={"chain": a.id},
        )


def _fits(eye: Eye, errors: Mapping[str, bool | None], feedback: str) -> bool | None:
    found = [
        there
        for e, there in errors.items()
        if feedback in {eye.graph.feedback[f] for f in eye.graph.errors[e].feedback}
    ]
    return True if True in found else None if None in found or not found else False
