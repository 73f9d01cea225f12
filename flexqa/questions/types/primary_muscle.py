"""Which of four muscles the shown exercise works most.

The answer is the muscle that the action is judged by; no other option is a muscle of the action, nor is the answer
one of an action that another option stands for. The oracle recognises the exercise by the movement.
"""

from flexqa.graph.model import Graph
from flexqa.questions.of_exercise import OfExercise


class PrimaryMuscle(OfExercise):
    """Choice of four muscles."""

    name = "primary_muscle"
    summary = "Which muscle does the exercise work most? From the graph's muscles of the annotated action."

    def value(self, graph: Graph, action: str) -> str:
        """Id of the muscle."""
        node = graph.actions[action]
        return node.primary_muscles[0] if node.primary_muscles else ""

    def text(self, graph: Graph, value: str) -> str:
        """Its name, with a capital letter."""
        name = graph.muscles[value].name
        return name[0].upper() + name[1:]

    def near(self, graph: Graph, one: str, other: str) -> float:
        """Zero where an action of one works the other, too; neighbours in the body more often."""
        for a, b in ((one, other), (other, one)):
            for action, node in graph.actions.items():
                if self.value(graph, action) == a and b in (*node.primary_muscles, *node.secondary_muscles):
                    return 0.0
        return 3.0 if graph.muscles[one].group == graph.muscles[other].group else 1.0

    def edge(self, value: str) -> tuple[str, str]:
        """The graph's own relation."""
        return "targets", value
