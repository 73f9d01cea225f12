"""Which standard belongs to a moving phase of the shown exercise.

The exercise is shown and not named. The options are standards of that phase, one each of four exercises, which are
drawn as a set in which every member is right equally often; a standard that another member of the set shares is no
option for any of them. So the exercise has to be seen. The oracle recognises it by the movement of the joints.
"""

from flexqa.graph.model import Graph
from flexqa.question import Level, Option, Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import kind_of_action
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import only_true
from flexqa.questions.eye import Eye
from flexqa.questions.of_exercise import OfExercise, Offer
from flexqa.vocabulary import Control, Phase

_MOVING: tuple[Phase, Phase] = ("concentric", "eccentric")


class KeystepOfPhase(OfExercise):
    """Choice of four standards."""

    name = "keystep_of_phase"
    level = Level.STANDARDS
    summary = "Which standard belongs to this phase of the shown exercise? From the graph."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "unchanged",
    }

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one standard that is of the phase of the recognised exercise."""
        action = eye.action(question.media[0])
        if action is None:
            return None
        steps = (eye.graph.keysteps[k] for k in eye.graph.actions[action].keysteps)
        right = {s.standard for s in steps if s.phase == question.prompt["phase"]}
        return only_true(question, (o.text in right for o in question.options))

    def offer(self, context: Context, a: Annotated, draw: Draw) -> Offer | None:
        """A standard of the concentric or of the eccentric phase, beside one each of other exercises."""
        graph, action, phase = context.graph, context.action, draw.child("phase").shuffled(_MOVING)[0]
        members = (action, *context.outline.action_sets(a.truth.split).beside(action, draw))
        own = {member: _own_keysteps(graph, member, phase, members) for member in members}
        if len(members) < 2 or not all(own.values()):
            return None
        step = {member: draw.child("keystep", member).shuffled(own[member])[0] for member in members}
        right, *wrong = (
            Option(
                text=graph.keysteps[step[member]].standard,
                kind="answer" if member == action else kind_of_action(graph, action, member),
            )
            for member in members
        )
        edges = ((action, "contains", step[action]), (step[action], "in_phase", phase))
        return Offer(right, tuple(wrong), edges, {"phase": phase})


def _own_keysteps(graph: Graph, action: str, phase: Phase, members: tuple[str, ...]) -> tuple[str, ...]:
    """Keysteps of a phase of an action whose standard no other member has in any phase."""
    others = {graph.keysteps[k].standard for m in members if m != action for k in graph.actions[m].keysteps}
    return tuple(
        k
        for k in graph.actions[action].keysteps
        if graph.keysteps[k].phase == phase and graph.keysteps[k].standard not in others
    )
