"""Which muscle the shown exercise works most.

The answer is a primary muscle of the annotated action. The options belong to four exercises, one muscle each, that
are drawn as a set in which every member is right equally often. Each is a primary muscle of its own exercise and
neither a primary nor a secondary one of the other three, so whichever exercise is shown, one option is right and no
other is half right. The oracle recognises the exercise by the movement of the joints.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import kind_of_action, nearness_of_actions, place
from flexqa.questions.evidence import clip, only_true, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.option_sets import OptionSets
from flexqa.vocabulary import Control


class PrimaryMuscle(QuestionType):
    """Choice of four muscles."""

    name = "primary_muscle"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which muscle does the shown exercise work most? From the primary muscles of the annotated action."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "unchanged",
        Control.REVERSED_FRAMES: "unchanged",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, where exercises for other muscles are recorded in its split."""
        for a in context.annotated:
            if question := self._ask(context, a):
                yield question

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ARG002
        """Nothing within an action, whose questions have few answers: the sets of exercises are balanced."""
        return (), ()

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one option that is a primary muscle of the recognised exercise, if no other helps in it."""
        action = eye.action(question.media[0])
        if action is None:
            return None
        node = eye.graph.actions[action]
        works = {eye.graph.muscles[m].name: None for m in node.secondary_muscles} | {
            eye.graph.muscles[m].name: True for m in node.primary_muscles
        }
        return only_true(question, (works.get(o.text, False) for o in question.options))

    def _ask(self, context: Context, a: Annotated) -> Question | None:
        graph, action, draw = context.graph, context.action, self.draw(context, a.id)

        def sets(counts: Mapping[str, int]) -> OptionSets:
            return OptionSets(
                counts, partial(nearness_of_actions, graph), fits=lambda members: all(_own(graph, members).values())
            )

        view = view_of_action(graph, action, a)
        others = context.corpus.option_sets(self.name, a.truth.split, sets).beside(action, draw)
        if view is None or not others:
            return None
        own = _own(graph, (action, *others))
        muscle = {member: draw.child("muscle", member).shuffled(own[member])[0] for member in own}
        wrong = [Option(text=graph.muscles[muscle[o]].name, kind=kind_of_action(graph, action, o)) for o in others]
        choice = place(draw, Option(text=graph.muscles[muscle[action]].name, kind="answer"), wrong)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), (action, "targets", muscle[action])),
            groups={"chain": a.id},
        )


def _own(graph: Graph, members: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Action -> its primary muscles that no other of the actions works."""
    nodes = {m: graph.actions[m] for m in members}
    works = {m: {*node.primary_muscles, *node.secondary_muscles} for m, node in nodes.items()}
    return {
        m: tuple(muscle for muscle in node.primary_muscles if not any(muscle in works[o] for o in members if o != m))
        for m, node in nodes.items()
    }
