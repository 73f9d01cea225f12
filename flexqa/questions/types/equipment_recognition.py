"""What kind of weight the exercise is done with.

The answer is the equipment of the annotated action in the graph, the options are those of all recorded actions. The
oracle recognises the exercise by the movement of the joints: hands on a bar keep their distance.
"""

from flexqa.graph.model import Graph
from flexqa.questions.of_exercise import Feature, sentence_case


class EquipmentRecognition(Feature):
    """Choice of the kinds of equipment."""

    name = "equipment_recognition"
    summary = "With what is the exercise done? From the equipment of the annotated action in the graph."

    def text(self, graph: Graph, action: str) -> str:
        """The equipment of the action."""
        return sentence_case(graph.actions[action].equipment)
