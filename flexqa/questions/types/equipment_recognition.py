"""With what the shown exercise is done.

The answer is the graph's equipment of the annotated action. The oracle recognises the exercise by the movement.
"""

from flexqa.graph.model import Graph
from flexqa.questions.of_exercise import OfExercise


class EquipmentRecognition(OfExercise):
    """Choice of the kinds of equipment."""

    name = "equipment_recognition"
    summary = "With what is the exercise done? From the graph's equipment of the annotated action."

    def value(self, graph: Graph, action: str) -> str:
        """Kind of equipment."""
        return graph.actions[action].equipment

    def text(self, graph: Graph, value: str) -> str:  # noqa: ARG002
        """In the plural, whatever it is."""
        return f"With {value}s"
