"""Which exercise is shown.

The answer is the annotated action. Distractors are other actions, confusable ones twelve times as often as the rest,
those with the same equipment or movement pattern three times; recorded actions come before those that nobody shows.
"""

from collections.abc import Collection, Iterator

from flexqa.graph.model import Graph
from flexqa.graph.walk import confusable_actions
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import ALIKE, NEAR, Candidate, Case, choose
from flexqa.questions.evidence import clip, view_of_action


class ActionRecognition(QuestionType):
    """Choice of four exercises."""

    name = "action_recognition"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which exercise is shown? From the annotated action."
    controls = ("blind", "swapped_clip")

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip."""
        graph = context.graph
        recorded = {a.truth.action for a in context.annotated}
        seen = [(a, v) for a in context.annotated if (v := view_of_action(graph, a.truth.action, a))]
        cases = [self._case(context, a, recorded) for a, _ in seen]
        for (a, view), case, choice in zip(seen, cases, choose(cases), strict=True):
            if choice:
                yield self.build(
                    case.draw,
                    a,
                    media=(clip(a, view),),
                    options=choice.options,
                    answer=choice.answer,
                    chance=choice.chance,
                    graph_path=((a.id, "shows", a.truth.action),),
                    groups={"chain": a.id},
                )

    def _case(self, context: Context, a: Annotated, recorded: Collection[str]) -> Case:
        graph, action = context.graph, a.truth.action
        others = tuple(_others(graph, action, recorded))
        return Case(self.draw(context, a.id), action, graph.actions[action].name, others, a.truth.split)


def _others(graph: Graph, action: str, recorded: Collection[str]) -> Iterator[Candidate]:
    """Actions that may stand as distractors; those that go by a name of the shown one are left out."""
    shown, confusable = graph.actions[action], confusable_actions(graph, action)
    names = {n.casefold() for n in (shown.name, *shown.aliases)}
    for other, node in graph.actions.items():
        if names & {n.casefold() for n in (node.name, *node.aliases)}:
            continue
        kind, nearness = "other_action", 1.0
        if other in confusable:
            kind, nearness = "confusable", NEAR
        elif node.equipment == shown.equipment or node.pattern == shown.pattern:
            kind, nearness = "alike", ALIKE
        yield Candidate(other, node.name, kind, nearness if other in recorded else 0.0)
