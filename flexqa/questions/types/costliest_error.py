"""Which of the errors that are made costs most points, among errors that are made and errors that are not.

All four weigh differently. By weight the right one is the first, second, third or last equally often: whatever weighs
more is known to be absent, so who knows the weights but does not look is at chance. The oracle puts the detectors to
the pose.
"""

from itertools import combinations

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import OfRecording
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, made_and_absent, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import Control

LEAST_MADE = 3
"""errors of a recording: with fewer, what is made is too often the answer"""


class CostliestError(OfRecording):
    """Choice of four errors."""

    name = "costliest_error"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which of these errors costs the repetition most? The heaviest that is made; others are not made."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "lower", Control.SINGLE_FRAME: "lower"}

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The heaviest of the errors that the detectors find."""
        made = {o.text: eye.made(question.media[0], o.text) for o in question.options}
        if None in made.values() or True not in made.values():
            return None
        heaviest = max(
            (t for t, there in made.items() if there), key=lambda t: _weight(eye.graph, eye.error_named(t))
        )
        return letter_of(question, heaviest)

    def ask(self, context: Context, a: Annotated) -> Question | None:
        """One question where there are errors of fitting weights."""
        graph, action, draw = context.graph, context.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        if view is None:
            return None
        made, absent = made_and_absent(context, a, view)
        if len(made) < LEAST_MADE:
            return None
        rank = draw.child("rank").index(4)
        chosen = _of_rank(graph, draw.child("made").shuffled(made), draw.child("absent").shuffled(absent), rank)
        if chosen is None:
            return None
        answer, others = chosen
        wrong = [Option(text=error_text(graph, e), kind="made" if e in made else "not_made") for e in others]
        choice = place(draw, Option(text=error_text(graph, answer), kind="answer"), wrong)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), (a.id, "observed", answer)),
            groups={"chain": a.id},
        )


def _of_rank(
    graph: Graph, made: tuple[str, ...], absent: tuple[str, ...], rank: int
) -> tuple[str, tuple[str, ...]] | None:
    """An error that is made and three others: `rank` of them weigh more and are not made, the rest weigh less."""
    for answer in made:
        weight = _weight(graph, answer)
        heavier = [e for e in absent if _weight(graph, e) > weight]
        lighter = [e for e in (*made, *absent) if _weight(graph, e) < weight]
        for up in combinations(heavier, rank):
            for down in combinations(lighter, 3 - rank):
                weights = [_weight(graph, e) for e in (answer, *up, *down)]
                if len(set(weights)) == len(weights) and (rank == 3 or set(down) & set(made)):
                    return answer, (*up, *down)
    return None


def _weight(graph: Graph, error: str) -> float:
    return graph.errors[error].weight
