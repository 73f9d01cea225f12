"""From which camera a named error can be judged.

Three or four clips show one repetition, in which the error is made, from different cameras, and it is not told which.
The graph says which views show an error; exactly one of them is among the clips. The oracle reads the same graph, and
checks that the error is there to be seen.
"""

from collections.abc import Iterator

from flexqa.question import LETTERS, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import VIEWS, Control

LEAST, MOST = 3, 4


class ViewOfError(QuestionType):
    """Choice of three or four clips."""

    name = "view_of_error"
    level = Level.CROSSMODAL
    modalities = (Modality.MULTIVIEW,)
    answer_format = AnswerFormat.CHOICE
    summary = "From which camera can this error be judged? From the graph's views; cameras are not told."
    controls = {
        Control.BLIND: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_CLIP: "unchanged",
        Control.SINGLE_FRAME: "unchanged",
        Control.SHUFFLED_FRAMES: "unchanged",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with an error, a view that shows it, and enough that do not."""
        for a in context.annotated:
            for error in self.draw(context, a.id).shuffled(a.errors):
                if question := self._ask(context, a, error):
                    yield question
                    break

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the places of the clips, whatever the error."""
        return (), tuple(o.text for o in question.options)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip whose view the graph names, if the error is there."""
        error = eye.error_named(question.prompt["error"])
        if not eye.made(question.media[0], question.prompt["error"]):
            return None
        views = eye.graph.errors[error].observable.video_views
        right = [letter for letter, m in zip(question.letters, question.media, strict=True) if m.view in views]
        return right[0] if len(right) == 1 else None

    def _ask(self, context: Context, a: Annotated, error: str) -> Question | None:
        draw, shows = self.draw(context, a.id, error), context.graph.errors[error].observable.video_views
        there = [v for v in VIEWS if v in a.recording.views]
        # The portrait phone stands beside camera 1 and tells itself by its shape.
        usable = [v for v in there if v != "P"]
        good = draw.child("good").shuffled(v for v in usable if v in shows)
        bad = draw.child("bad").shuffled(v for v in usable if v not in shows)
        if not good or len(bad) + 1 < LEAST:
            return None
        shown = draw.child("order").shuffled([good[0], *bad[: MOST - 1]])
        labels = [f"Clip {i}" for i in range(1, len(shown) + 1)]
        return self.build(
            draw,
            a,
            media=tuple(
                Media(recording=a.id, modality=Modality.MULTIVIEW, view=v, label=label, tells_view=False)
                for v, label in zip(shown, labels, strict=True)
            ),
            prompt={"error": error_text(context.graph, error)},
            options=tuple(
                Option(text=label, kind="answer" if v == good[0] else "other_view")
                for v, label in zip(shown, labels, strict=True)
            ),
            answer=LETTERS[shown.index(good[0])],
            chance=1 / len(shown),
            graph_path=((a.id, "observed", error), (error, "seen_from", good[0])),
            groups={"chain": a.id},
        )
