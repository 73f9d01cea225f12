"""In which of four bands the technique score lies.

The bands are neighbours of 8 points, and the right one is the lowest, the second, the third or the highest of them
equally often: where the bands lie is drawn around the score, and says nothing more of it. The score is at least 1.5
points from an edge, and no band reaches beyond 100. The oracle adds up the penalties that it sees.
"""

from collections.abc import Iterator

from flexqa.question import LETTERS, AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control

WIDTH = 8
BANDS = 4
GUARD = 1.5
"""points from the edges of the band"""


class ScoreBand(QuestionType):
    """Choice of four bands, in rising order."""

    name = "score_band"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which band of 8 points is the technique score? From the annotation; bands drawn around it."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "lower", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip whose score leaves room for bands on both sides."""
        for a in context.annotated:
            view = view_of_action(context.graph, context.action, a)
            top = BANDS * WIDTH
            # Only scores that any place of the right band suits: else the highest bands could not be wrong.
            if view is not None and top - WIDTH <= a.truth.score <= 100 - top + WIDTH:
                yield self._ask(context, a, view)

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the place of the right band."""
        return (), question.letters

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The band that holds every score that fits what is seen."""
        seen = eye.score(question.media[0])
        if seen is None:
            return None
        for letter, option in zip(question.letters, question.options, strict=True):
            low, high = (float(x) for x in option.text.split(" to "))
            if low <= seen[0] and seen[1] <= high:
                return letter
        return None

    def _ask(self, context: Context, a: Annotated, view: str) -> Question:
        draw = self.draw(context, a.id)
        place = draw.child("place").index(BANDS)
        inside = GUARD + (WIDTH - 2 * GUARD) * draw.child("inside").unit()
        lowest = round(a.truth.score - inside) - place * WIDTH
        options = tuple(
            Option(
                text=f"{lowest + i * WIDTH} to {lowest + (i + 1) * WIDTH}",
                kind="answer" if i == place else "other_band",
            )
            for i in range(BANDS)
        )
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=options,
            answer=LETTERS[place],
            chance=1 / BANDS,
            graph_path=(
                (a.id, "shows", context.action),
                *dict.fromkeys((a.id, "observed", e) for _, e in a.truth.pairs),
            ),
            groups={"chain": a.id},
        )
