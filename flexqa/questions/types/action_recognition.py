"""Which exercise is shown.

The answer is the annotated action. Distractors are other actions, confusable ones twelve times as often as the rest,
those with the same equipment or movement pattern three times; recorded actions come before those that nobody shows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from flexqa.graph.model import Graph
from flexqa.graph.walk import confusable_actions
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import ALIKE, NEAR, Candidate, choose
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
        recorded = Counter(a.truth.action for a in context.annotated)
        for a in context.annotated:
            if question := self._ask(context, a, recorded):
                yield question

    def _ask(self, context: Context, a: Annotated, recorded: Mapping[str, int]) -> Question | None:
        graph, action = context.graph, a.truth.action
        view, draw = view_of_action(graph, action, a), self.draw(context, a.id)
        choice = choose(draw, graph.actions[action].name, _others(graph, action, recorded))
        if view is None or choice is None:
            return None
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action),),
            groups={"chain": a.id},
        )


def _others(graph: Graph, action: str, recorded: Mapping[str, int]) -> Iterator[Candidate]:
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
        yield Candidate(other, node.name, kind, nearness * recorded.get(other, 0))
