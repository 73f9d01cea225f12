"""What the score would be if two named errors were corrected, of which neither, one, or both are made.

Exact by the graph: the score rises by the share of all penalties that the named errors cost, as far as they are made.
The options are the score with neither, with one, with the other, and with both corrected, and each of them is right
equally often. The score as it is now is given. The oracle looks which of the two the detectors find.
"""

from itertools import pairwise

from flexqa.graph.walk import possible_pairs, score
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import OfRecording
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, made_and_absent, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import Control

APART = 2.0
"""points between any two options"""


class CorrectedScore(OfRecording):
    """Choice of four scores."""

    name = "corrected_score"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "What would the score be without these faults? Exact by the graph's weights; some may not be made."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "lower", Control.SINGLE_FRAME: "lower"}

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the rank of the right score among the four."""
        ranks = sorted(range(4), key=lambda i: float(question.options[i].text))
        return (), tuple(str(ranks.index(i)) for i in range(4))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The score now and what the named errors cost that the detectors find."""
        action, found = eye.action(question.media[0]), eye.pairs(question.media[0])
        named = {eye.error_named(question.prompt[k]) for k in ("error", "other")}
        there = {p: made for p, made in found.items() if p[1] in named}
        if action is None or None in there.values():
            return None
        lost = score(eye.graph, action, [p for p, made in there.items() if made])
        corrected = float(question.prompt["score"]) + 100 - lost.value
        near = (o.text for o in question.options if abs(float(o.text) - corrected) < APART / 2)
        return letter_of(question, next(near, ""))

    def ask(self, context: Context, a: Annotated) -> Question | None:
        """One question where the four scores are apart."""
        graph, action, draw = context.graph, context.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        if view is None:
            return None
        made, absent = made_and_absent(context, a, view)
        wanted = draw.child("made").index(4)
        pools = [draw.child(str(i)).shuffled(made if wanted >> i & 1 else absent) for i in (0, 1)]
        named = next(((x, y) for x in pools[0] for y in pools[1] if x != y), None)
        if named is None:
            return None
        gains = [_cost(context, a, e) for e in named]
        values = [a.truth.score + sum(g for i, g in enumerate(gains) if k >> i & 1) for k in range(4)]
        ordered = sorted(values)
        if ordered[-1] > 100 or any(y - x < APART for x, y in pairwise(ordered)):
            return None
        texts = [f"{v:.1f}" for v in values]
        wrong = [Option(text=t, kind="other_correction") for k, t in enumerate(texts) if k != wanted]
        choice = place(draw, Option(text=texts[wanted], kind="answer"), wrong)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            prompt={
                "error": error_text(graph, named[0]),
                "other": error_text(graph, named[1]),
                "score": f"{a.truth.score:.1f}",
            },
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), *((a.id, "observed", e) for e in named if e in a.errors)),
            groups={"chain": a.id},
        )


def _cost(context: Context, a: Annotated, error: str) -> float:
    """Points that an error costs in the keysteps in which it is made, or would cost in one."""
    pairs = possible_pairs(context.graph, context.action)
    made = [p for p in a.truth.pairs if p[1] == error] or [next(p for p in pairs if p[1] == error)]
    return 100 - score(context.graph, context.action, made).value
