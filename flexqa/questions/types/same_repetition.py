"""Which of two or three clips from another camera shows the same repetition.

The others are of the same action and the same lifter, whom else the first clip would tell. Any two of them begin or
turn at moments more than 0.3 s apart, and all are cut to the length of the shortest. The oracle compares when each is
seen to begin and to turn.
"""

from collections.abc import Iterator, Sequence

from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import only_true
from flexqa.questions.eye import Eye
from flexqa.questions.timing import Window, common_window, moments, others_apart, same_moments
from flexqa.vocabulary import Control

CLIPS = ("Clip 2", "Clip 3", "Clip 4")


class SameRepetition(QuestionType):
    """Choice of two or three clips."""

    name = "same_repetition"
    level = Level.CROSSMODAL
    modalities = (Modality.MULTIVIEW,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which clip of another camera shows the same repetition? The others have another timing."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with two views, and others of the same lifter to tell it from."""
        for group in context.by_split.values():
            for a in group:
                if question := self._ask(context, a, [b for b in group if b.truth.subject == a.truth.subject]):
                    yield question

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the places of the clips, for each number of them."""
        return (str(len(question.options)),), question.letters

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip that begins and turns as the first does."""
        first, *others = (eye.repetition(m) for m in question.media)
        return only_true(question, (same_moments(first, o) if first and o else None for o in others))

    def _ask(self, context: Context, a: Annotated, same_lifter: Sequence[Annotated]) -> Question | None:
        draw = self.draw(context, a.id)
        views = draw.child("views").shuffled(a.recording.views)
        if len(views) < 2 or moments(a) is None:
            return None
        one, other = views[:2]
        others = None
        for n in (len(CLIPS) - 1, 1):
            others = others or others_apart(draw, a, same_lifter, lambda b: other in b.recording.views, n)
        window = common_window([a, *others]) if others else None
        if others is None or window is None:
            return None
        shown = draw.child("order").shuffled([a, *others], lambda b: b.id)
        return self.build(
            draw,
            a,
            media=(
                _clip(a, one, "Clip 1", window),
                *(_clip(b, other, label, window) for b, label in zip(shown, CLIPS, strict=False)),
            ),
            options=tuple(
                Option(text=label, kind="answer" if b is a else "same_subject")
                for b, label in zip(shown, CLIPS, strict=False)
            ),
            answer="ABC"[shown.index(a)],
            chance=1 / len(shown),
            graph_path=((a.id, "filmed_from", one), (a.id, "filmed_from", other)),
        )


def _clip(a: Annotated, view: str, label: str, window: Window) -> Media:
    return Media(recording=a.id, modality=Modality.MULTIVIEW, view=view, label=label, window_s=window)
