"""Which muscle the shown exercise works most.

The answer is a primary muscle of the annotated action. The options belong to four exercises, one muscle each, that
are drawn as a set in which every member is right equally often. Each is a primary muscle of its own exercise and
neither a primary nor a secondary one of the others, so whichever exercise is shown, one option is right and no other
is half right. The oracle recognises the exercise by the movement of the joints.
"""

from collections.abc import Mapping
from functools import partial

from flexqa.graph.model import Graph
from flexqa.question import Option, Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import kind_of_action, nearness_of_actions
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import only_true
from flexqa.questions.eye import Eye
from flexqa.questions.of_exercise import OfExercise, Offer, sentence_case
from flexqa.questions.option_sets import OptionSets


class PrimaryMuscle(OfExercise):
    """Choice of four muscles."""

    name = "primary_muscle"
    summary = "Which muscle does the shown exercise work most? From the primary muscles of the annotated action."

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one option that is a primary muscle of the recognised exercise, if no other helps in it."""
        action = eye.action(question.media[0])
        if action is None:
            return None
        node = eye.graph.actions[action]
        helps = {_text(eye.graph, m): None for m in node.secondary_muscles}
        works = {_text(eye.graph, m): True for m in node.primary_muscles}
        return only_true(question, ({**helps, **works}.get(o.text, False) for o in question.options))

    def offer(self, context: Context, a: Annotated, draw: Draw) -> Offer | None:
        """A muscle of the exercise, beside those of exercises that have none of the others in common with it."""
        graph, action = context.graph, context.action

        def sets(counts: Mapping[str, int]) -> OptionSets:
            near = partial(nearness_of_actions, graph)
            return OptionSets(counts, near, fits=lambda members: all(_own(graph, members).values()))

        others = context.outline.option_sets(self.name, a.truth.split, sets).beside(action, draw)
        if not others:
            return None
        own = _own(graph, (action, *others))
        muscle = {member: draw.child("muscle", member).shuffled(own[member])[0] for member in own}
        wrong = (Option(text=_text(graph, muscle[o]), kind=kind_of_action(graph, action, o)) for o in others)
        right = Option(text=_text(graph, muscle[action]), kind="answer")
        return Offer(right, tuple(wrong), ((action, "targets", muscle[action]),))


def _text(graph: Graph, muscle: str) -> str:
    return sentence_case(graph.muscles[muscle].name)


def _own(graph: Graph, members: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Action -> its primary muscles that no other of the actions works."""
    nodes = {m: graph.actions[m] for m in members}
    works = {m: {*node.primary_muscles, *node.secondary_muscles} for m, node in nodes.items()}
    return {
        m: tuple(muscle for muscle in node.primary_muscles if not any(muscle in works[o] for o in members if o != m))
        for m, node in nodes.items()
    }
