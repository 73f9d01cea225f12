"""Second turn of FLEX-VideoQA's conversation: what must be right in each phase of the exercise.

The answer are the standards of the graph. The oracle gives those of the exercise that it recognises.
"""

from collections.abc import Iterable

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair
from flexqa.question import Point, Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.dialogue import DialogueTurn, standards_points, standards_text
from flexqa.questions.eye import Eye
from flexqa.questions.types.dialogue_recognition import DialogueRecognition


class DialogueStandards(DialogueTurn):
    """Free text."""

    name = "dialogue_standards"
    summary = "Turn 2 of 4: what is the standard of this exercise? In free text; from the graph."
    previous = DialogueRecognition()
    turn_after = "dialogue_recognition"

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The standards of the recognised exercise."""
        action = eye.action(question.media[0])
        return standards_text(eye.graph, action) if action else None

    def answer(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> str:  # noqa: ARG002
        """The standards, phase by phase."""
        return standards_text(graph, action)

    def points(self, context: Context, a: Annotated) -> tuple[Point, ...]:  # noqa: ARG002
        """The standards; those of the nearest exercises would be false."""
        return standards_points(context.graph, context.action)
