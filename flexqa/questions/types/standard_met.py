"""Whether the repetition meets one standard of its exercise.

It does not when an error was observed in that keystep, and does when the keystep is known to be free of errors. Of
each standard, yes and no are right equally often. The oracle looks whether the detectors find an error in the
keystep.
"""

from collections.abc import Iterator

from flexqa.graph.walk import errors_of, path_to_error
from flexqa.question import AnswerFormat, Level, Modality, Question, Triple
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import shows_error
from flexqa.vocabulary import Control


class StandardMet(QuestionType):
    """Yes or no."""

    name = "standard_met"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.YES_NO
    summary = "Does the repetition meet this standard? From the annotated pairs; balanced per standard."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question per recording about a keystep with an error, and one about a clean keystep."""
        graph, action = context.graph, context.action
        for a in context.annotated:
            view = view_of_action(graph, action, a)
            steps = self.draw(context, a.id).shuffled(graph.actions[action].keysteps)
            wrong = next((k for k in steps if view and _violated(context, a, k, view)), None)
            clean = next((k for k in steps if all(context.lacks(a, e) for e in errors_of(graph, action, k))), None)
            for keystep in (wrong, clean):
                if view is not None and keystep is not None:
                    yield self._ask(context, a, keystep, view, met=keystep is clean)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether the detectors find an error in the keystep, or find all of its errors absent."""
        steps = {k for k, node in eye.graph.keysteps.items() if node.standard == question.prompt["standard"]}
        there = [found for (k, _), found in eye.pairs(question.media[0]).items() if k in steps]
        if True in there:
            return "no"
        return None if None in there or not there else "yes"

    def _ask(self, context: Context, a: Annotated, keystep: str, view: str, *, met: bool) -> Question:
        graph, action = context.graph, context.action
        found: tuple[Triple, ...] = ((a.id, "meets", keystep),)
        if not met:
            error = next(e for k, e in a.truth.pairs if k == keystep)
            found = path_to_error(graph, action, keystep, error)
        return self.build(
            self.draw(context, a.id, keystep),
            a,
            media=(clip(a, view),),
            prompt={"standard": graph.keysteps[keystep].standard},
            answer="yes" if met else "no",
            chance=0.5,
            graph_path=((a.id, "shows", action), *found),
            groups={"chain": a.id},
        )


def _violated(context: Context, a: Annotated, keystep: str, view: str) -> bool:
    return any(k == keystep and shows_error(context.graph, view, e) for k, e in a.truth.pairs)
