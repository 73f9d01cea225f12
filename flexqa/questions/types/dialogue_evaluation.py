"""Third turn of FLEX-VideoQA's conversation: which faults are made, where, and what corrects them.

The answer are the annotated errors with keystep, phase and feedback from the graph. The oracle lists what the
detectors find; where one of them cannot tell, the conversation is not held.
"""

from collections.abc import Iterable

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair
from flexqa.question import Point, Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.dialogue import DialogueTurn, evaluation_points, evaluation_text
from flexqa.questions.eye import Eye
from flexqa.questions.types.dialogue_standards import DialogueStandards


class DialogueEvaluation(DialogueTurn):
    """Free text."""

    name = "dialogue_evaluation"
    summary = "Turn 3 of 4: which faults are made, and what corrects them? In free text; from the annotated errors."
    previous = DialogueStandards()
    turn_after = "dialogue_standards"

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The errors that the detectors find."""
        action, pairs = eye.action(question.media[0]), eye.pairs(question.media[0])
        if action is None or None in pairs.values():
            return None
        return evaluation_text(eye.graph, action, (p for p, there in pairs.items() if there))

    def answer(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> str:
        """The faults, one per line."""
        return evaluation_text(graph, action, pairs)

    def points(self, context: Context, a: Annotated) -> tuple[Point, ...]:
        """The faults; others that the exercise knows would be false."""
        return evaluation_points(context, a)
