"""Which exercise is shown.

The answer is the annotated action. Distractors are other recorded actions, drawn as a set in which every member is
right equally often; confusable ones come twelve times as often as the rest, those with the same equipment or movement
pattern three times. The oracle recognises the exercise by the movement of the joints.
"""

from flexqa.graph.model import Graph
from flexqa.question import Option, Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import kind_of_action
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import letter_of
from flexqa.questions.eye import Eye
from flexqa.questions.of_exercise import OfExercise, Offer
from flexqa.vocabulary import Control


class ActionRecognition(OfExercise):
    """Choice of four exercises."""

    name = "action_recognition"
    summary = "Which exercise is shown? From the annotated action."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "unchanged",
        Control.REVERSED_FRAMES: "unchanged",
    }

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The option that names the recognised exercise."""
        action = eye.action(question.media[0])
        return letter_of(question, eye.graph.actions[action].name) if action else None

    def offer(self, context: Context, a: Annotated, draw: Draw) -> Offer | None:
        """The action, beside others that no name of it belongs to."""
        graph, action = context.graph, context.action
        others = context.outline.action_sets(a.truth.split).beside(action, draw)
        wrong = tuple(
            Option(text=graph.actions[o].name, kind=kind_of_action(graph, action, o))
            for o in others
            if _differ(graph, action, o)
        )
        return Offer(Option(text=graph.actions[action].name, kind="answer"), wrong) if wrong else None


def _differ(graph: Graph, shown: str, other: str) -> bool:
    """Whether no name of one action is a name of the other."""
    one, two = (
        {n.casefold() for n in (node.name, *node.aliases)} for node in (graph.actions[shown], graph.actions[other])
    )
    return not one & two
