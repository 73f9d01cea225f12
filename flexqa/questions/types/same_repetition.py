"""Which of two or three clips from another camera shows the same repetition.

The others are of the same lifter, whom else the first clip would tell, and timing tells them apart
(`flexqa.questions.matching`). The oracle compares when each is seen to begin and to turn.
"""

from collections.abc import Iterator, Sequence

from flexqa.question import LETTERS, AnswerFormat, Media, Modality, Question, Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import named_media, only_true
from flexqa.questions.eye import Eye
from flexqa.questions.matching import Matched, labelled
from flexqa.questions.timing import same_moments
from flexqa.vocabulary import Control

CLIPS = ("Clip 2", "Clip 3", "Clip 4")


class SameRepetition(Matched):
    """Choice of two or three clips."""

    name = "same_repetition"
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
    same_lifter = True
    others = (len(CLIPS) - 1, 1)

    def usable(self, context: Context, a: Annotated, b: Annotated) -> bool:
        """Whether the recording has two views, and the other the second of them."""
        views = self._views(context, a)
        return len(views) == 2 and views[1] in b.recording.views

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the places of the clips, for each number of them."""
        return (str(len(question.options)),), question.letters

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip that begins and turns as the first does."""
        first = eye.repetition(question.media[0])
        others = [eye.repetition(m) for m in named_media(question)]
        return only_true(question, (same_moments(first, o) if first and o else None for o in others))

    def ask(self, context: Context, a: Annotated, others: Sequence[Annotated], window: Window) -> Iterator[Question]:
        """One question."""
        draw, (one, other) = self.draw(context, a.id), self._views(context, a)
        shown = draw.child("order").shuffled([a, *others], lambda b: b.id)
        yield self.build(
            draw,
            a,
            media=(
                _clip(a, one, "Clip 1", window),
                *(_clip(b, other, label, window) for b, label in zip(shown, CLIPS, strict=False)),
            ),
            options=labelled(a, shown, CLIPS[: len(shown)]),
            answer=LETTERS[shown.index(a)],
            chance=1 / len(shown),
            graph_path=((a.id, "filmed_from", one), (a.id, "filmed_from", other)),
        )

    def _views(self, context: Context, a: Annotated) -> tuple[str, ...]:
        """That of the first clip, and that of the others."""
        return self.draw(context, a.id, "views").shuffled(a.recording.views)[:2]


def _clip(a: Annotated, view: str, label: str, window: Window) -> Media:
    return Media(recording=a.id, modality=Modality.MULTIVIEW, view=view, label=label, window_s=window)
