"""Which exercise is shown.

The answer is the annotated action. Distractors are other recorded actions, drawn as a set in which every member is
right equally often; confusable ones come twelve times as often as the rest, those with the same equipment or movement
pattern three times. The oracle recognises the exercise by the movement of the joints.
"""

from collections.abc import Iterator

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import kind_of_action, place
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control


class ActionRecognition(QuestionType):
    """Choice of four exercises."""

    name = "action_recognition"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    balanced = "drawn"
    summary = "Which exercise is shown? From the annotated action."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "unchanged",
        Control.REVERSED_FRAMES: "unchanged",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, where other actions are recorded in its split."""
        for a in context.annotated:
            if question := self._ask(context, a):
                yield question

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The option that names the recognised exercise."""
        action = eye.action(question.media[0])
        return letter_of(question, eye.graph.actions[action].name) if action else None

    def _ask(self, context: Context, a: Annotated) -> Question | None:
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        others = [
            o for o in context.corpus.action_sets(a.truth.split).beside(action, draw) if _differ(graph, action, o)
        ]
        if view is None or not others:
            return None
        distractors = [Option(text=graph.actions[o].name, kind=kind_of_action(graph, action, o)) for o in others]
        choice = place(draw, Option(text=graph.actions[action].name, kind="answer"), distractors)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action),),
            groups={"chain": a.id},
        )


def _differ(graph: Graph, shown: str, other: str) -> bool:
    """Whether no name of one action is a name of the other."""
    one, two = (
        {n.casefold() for n in (node.name, *node.aliases)} for node in (graph.actions[shown], graph.actions[other])
    )
    return not one & two
