"""In which posture the shown exercise is done.

The answer is the graph's posture of the annotated action. The oracle recognises the exercise by the movement.
"""

from flexqa.graph.model import Graph
from flexqa.questions.of_exercise import OfExercise


class PostureRecognition(OfExercise):
    """Choice of postures."""

    name = "posture_recognition"
    summary = "In which posture is the exercise done? From the graph's posture of the annotated action."

    def value(self, graph: Graph, action: str) -> str:
        """Posture."""
        return graph.actions[action].posture

    def text(self, graph: Graph, value: str) -> str:  # noqa: ARG002
        """With a capital letter; a bench is named where the lifter lies on one."""
        bench = value.removeprefix("lying ")
        return f"Lying on a bench that is set {bench}" if bench != value else value.capitalize()
