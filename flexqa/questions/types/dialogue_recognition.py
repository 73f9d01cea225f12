"""First turn of FLEX-VideoQA's conversation: which exercise is it.

The answer is the annotated action, by its name or an alias. The oracle recognises it by the movement of the joints.
"""

from collections.abc import Iterable

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair
from flexqa.question import Point, Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.dialogue import DialogueTurn, exercise_points, exercise_text
from flexqa.questions.eye import Eye


class DialogueRecognition(DialogueTurn):
    """Free text."""

    name = "dialogue_recognition"
    summary = "Turn 1 of 4: which exercise is it? In free text; from the annotated action."

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The recognised exercise."""
        action = eye.action(question.media[0])
        return exercise_text(eye.graph, action) if action else None

    def answer(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> str:  # noqa: ARG002
        """The name of the exercise."""
        return exercise_text(graph, action)

    def points(self, context: Context, a: Annotated) -> tuple[Point, ...]:  # noqa: ARG002
        """The name and the aliases; all other exercises would be false."""
        return exercise_points(context.graph, context.action)
