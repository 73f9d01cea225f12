"""Which standard belongs to a moving phase of the shown exercise.

The exercise is shown and not named. The options are the standards of two exercises, the shown one and a confusable
one, in two phases each. So the phase has to be known *and* the exercise to be seen: neither the exercise nor the
phase that most options share gives the answer away. The words of a standard do betray its phase, however: without
the clip a reader can be right half of the time, and no control is claimed to bring a model down to 1/4.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from flexqa.graph.model import Graph
from flexqa.graph.walk import confusable_actions
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import ALIKE, NEAR, place
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import clip, view_of_action
from flexqa.vocabulary import Phase

_MOVING: tuple[Phase, Phase] = ("concentric", "eccentric")


class KeystepOfPhase(QuestionType):
    """Choice of four standards."""

    name = "keystep_of_phase"
    level = Level.STANDARDS
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which standard belongs to this phase of the shown exercise? From the graph; 1/2 is possible blind."

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, about its concentric or its eccentric phase."""
        recorded = Counter(a.truth.action for a in context.annotated)
        for a in context.annotated:
            if question := self._ask(context, a, recorded):
                yield question

    def _ask(self, context: Context, a: Annotated, recorded: Mapping[str, int]) -> Question | None:
        graph, action = context.graph, a.truth.action
        view, draw = view_of_action(graph, action, a), self.draw(context, a.id)
        asked, other = draw.child("phase").shuffled(_MOVING)
        distractors = _distractors(graph, draw, action, asked, other, recorded)
        if view is None or not distractors:
            return None
        keystep = draw.child("keystep").shuffled(_keysteps(graph, action, asked))[0]
        choice = place(draw, Option(text=graph.keysteps[keystep].standard, kind="answer"), distractors)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            prompt={"phase": asked},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), (action, "contains", keystep), (keystep, "in_phase", asked)),
            groups={"chain": a.id},
        )


def _keysteps(graph: Graph, action: str, phase: Phase) -> tuple[str, ...]:
    return tuple(k for k in graph.actions[action].keysteps if graph.keysteps[k].phase == phase)


def _distractors(
    graph: Graph, draw: Draw, action: str, asked: Phase, other: Phase, recorded: Mapping[str, int]
) -> list[Option]:
    """The shown action in the other phase, and a second action in both; empty when no action serves as the second."""
    if not _keysteps(graph, action, asked):
        return []
    taken = {graph.keysteps[k].standard.casefold() for k in graph.actions[action].keysteps}
    confusable = confusable_actions(graph, action)
    weights = {
        a: (NEAR if a in confusable else ALIKE if node.pattern == graph.actions[action].pattern else 1.0)
        * recorded.get(a, 0)
        for a, node in graph.actions.items()
        if a != action
    }
    own = _first_standard(graph, draw, action, other, set())
    for second in draw.child("second").weighted(weights):
        same = _first_standard(graph, draw, second, asked, taken)
        crossed = _first_standard(graph, draw, second, other, taken)
        if own and same and crossed:
            near = "confusable" if second in confusable else "other_action"
            return [
                Option(text=own, kind="same_action"),
                Option(text=same, kind=near),
                Option(text=crossed, kind=f"{near}_other_phase"),
            ]
    return []


def _first_standard(graph: Graph, draw: Draw, action: str, phase: Phase, taken: set[str]) -> str | None:
    """A standard of a phase of an action that is not also one of `taken`."""
    for k in draw.child("standard", action).shuffled(_keysteps(graph, action, phase)):
        if graph.keysteps[k].standard.casefold() not in taken:
            return graph.keysteps[k].standard
    return None
