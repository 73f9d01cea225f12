"""Which side's muscle works harder in the concentric phase, judged from the clip alone.

The answer comes from the EMG of the action's dominant muscle, left against right: an asymmetry of 0.12 or more is a
side, of 0.04 or less is "about the same", and what lies between is not asked. Nor is a recording that is known to be
uneven in the muscles alone, which no clip shows. The three answers are equally frequent in each split, as far as the
recordings allow.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, dominant_muscle, targets, view_of_action
from flexqa.recordings.signals import side_asymmetry

SIDE_FROM = 0.12
SAME_UP_TO = 0.04

ANSWERS = {
    "left": "The lifter's left side",
    "right": "The lifter's right side",
    "same": "Both sides about the same",
}


class HarderSide(QuestionType):
    """Choice of left, right, and about the same."""

    name = "harder_side"
    level = Level.CROSSMODAL
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which side works harder in the concentric phase? Seen in the clip, answered by the EMG."
    controls = ("blind", "swapped_clip")

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording that is kept for balance."""
        sides: dict[str, dict[str, list[Annotated]]] = {}
        for a in context.annotated:
            side = _harder_side(context, a)
            if side and view_of_action(context.graph, a.truth.action, a):
                sides.setdefault(a.truth.split, {name: [] for name in ANSWERS})[side].append(a)
        for split, by_side in sorted(sides.items()):
            n = max(1, min(map(len, by_side.values())))
            draw = self.draw(context, split)
            kept = ((a, side) for side, items in by_side.items() for a in draw.shuffled(items, lambda a: a.id)[:n])
            for a, side in sorted(kept, key=lambda pair: pair[0].id):
                yield self._ask(context, a, side)

    def _ask(self, context: Context, a: Annotated, side: str) -> Question:
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        view, muscle = view_of_action(graph, action, a), dominant_muscle(graph, action)
        assert view is not None
        distractors = [Option(text=text, kind="side") for s, text in ANSWERS.items() if s != side]
        choice = place(draw, Option(text=ANSWERS[side], kind="answer"), distractors)
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            prompt={"muscle": graph.muscles[muscle].name, "phase": "concentric"},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), *targets(graph, action), (a.id, f"{muscle}_harder_on", side)),
            groups={"chain": a.id},
        )


def _harder_side(context: Context, a: Annotated) -> str | None:
    """left, right or same; null inside the guard band, without EMG or concentric phase, or where no clip shows it."""
    prior, span = context.graph.actions[a.truth.action].emg, a.truth.span("concentric")
    emg = context.emg(a)
    if prior is None or span is None or emg is None:
        return None
    if any(not context.graph.errors[e].observable.video_views for e in a.truth.set_errors):
        return None
    asymmetry = context.measured(a, lambda: side_asymmetry(emg, prior, span))
    if asymmetry is None or SAME_UP_TO < abs(asymmetry) < SIDE_FROM:
        return None
    if abs(asymmetry) <= SAME_UP_TO:
        return "same"
    return "left" if asymmetry > 0 else "right"
