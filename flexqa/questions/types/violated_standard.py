"""Which of several standards of the shown exercise is violated.

The answer is the standard of a keystep in which an error was observed; the others are of keysteps of the same
exercise that are known to be free of errors. Of each exercise, every standard is right as often as it is offered. The
oracle looks in which keysteps the detectors find something.
"""

from collections.abc import Iterator, Mapping

from flexqa.graph.walk import Pair, errors_of, path_to_error
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, only_true, view_of_error
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control

LEAST, MOST = 3, 4


class ViolatedStandard(QuestionType):
    """Choice of three or four standards."""

    name = "violated_standard"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which standard of the exercise is violated? From the annotated pairs; the other keysteps are clean."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question for each keystep of a recording that has an error, where enough others have none."""
        graph, action = context.graph, context.action
        steps = graph.actions[action].keysteps
        for a in context.annotated:
            clean = [k for k in steps if all(context.lacks(a, e) for e in errors_of(graph, action, k))]
            if len(clean) + 1 >= LEAST:
                for keystep, error in dict(reversed(a.truth.pairs)).items():
                    view = view_of_error(graph, action, error, a)
                    if view is not None:
                        yield self._ask(context, a, (keystep, error), clean, view)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one standard whose keystep has an error."""
        found = eye.pairs(question.media[0])
        return only_true(question, (_violated(eye, found, o.text) for o in question.options))

    def _ask(self, context: Context, a: Annotated, pair: tuple[str, str], clean: list[str], view: str) -> Question:
        graph, action, (keystep, error) = context.graph, context.action, pair
        draw = self.draw(context, a.id, keystep)
        others = draw.child("others").shuffled(clean)[: MOST - 1]
        wrong = [Option(text=graph.keysteps[k].standard, kind="same_action") for k in others]
        choice = place(draw, Option(text=graph.keysteps[keystep].standard, kind="answer"), wrong)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), *path_to_error(graph, action, keystep, error)),
            groups={"chain": a.id},
        )


def _violated(eye: Eye, found: Mapping[Pair, bool | None], standard: str) -> bool | None:
    steps = {k for k, node in eye.graph.keysteps.items() if node.standard == standard}
    there = [value for (k, _), value in found.items() if k in steps]
    return True if True in there else None if None in there or not there else False
