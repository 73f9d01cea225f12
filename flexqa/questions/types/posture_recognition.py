"""How the lifter's body is held or supported during the exercise.

The answer is the posture of the annotated action in the graph. Exercises in which the trunk travels far, such as the
deadlift, are in no one posture and are not asked about. The oracle recognises the exercise by the movement of the
joints.
"""

from flexqa.graph.model import Graph
from flexqa.questions.of_exercise import Feature, sentence_case

MOST_TRUNK_TRAVEL_DEG = 20.0

_WORDS = {
    "standing": "On the feet, body upright",
    "bent-over": "On the feet, trunk bent forward",
    "seated": "Seated, trunk upright",
    "lying flat": "On the back, on a flat bench",
    "lying incline": "On the back, on an incline bench",
    "lying decline": "On the back, on a decline bench",
}
"""posture in the graph -> in words; others are told as the graph has them"""


class PostureRecognition(Feature):
    """Choice of four postures."""

    name = "posture_recognition"
    summary = "In which posture is the exercise done? From the posture of the annotated action in the graph."

    def text(self, graph: Graph, action: str) -> str:
        """The posture of the action."""
        node = graph.actions[action]
        start, turn = node.rom.get("trunk_incl", (0.0, 0.0))
        if abs(turn - start) > MOST_TRUNK_TRAVEL_DEG:
            return ""
        return _WORDS.get(node.posture, sentence_case(node.posture))
