"""The technique score of a repetition, from 0 to 100.

The answer is the annotated score; a reply within 5 points is right. Chance is what the best constant gets over the
recordings of the same action and split: what one reaches who knows the exercise and which scores are usual; where
that is more than half, nothing is asked. The oracle adds up the penalties of the errors that the detectors find.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.chance import HIGHEST_CHANCE, SCORE_TOLERANCE, chance_of_score
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control


class Score(QuestionType):
    """A number."""

    name = "score"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.NUMBER
    summary = "What is the technique score? From the annotation; right within 5 points."

    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip."""
        for split, group in context.by_split.items():
            chance = chance_of_score(context, split)
            for a in group if chance <= HIGHEST_CHANCE else ():
                view = view_of_action(context.graph, a.truth.action, a)
                if view is not None:
                    yield self._ask(context, a, view, chance)

    def solve(self, question: Question, eye: Eye) -> float | None:
        """The middle of the scores that fit what is seen, if they lie close together."""
        return eye.score_within(question.media[0], SCORE_TOLERANCE)

    def _ask(self, context: Context, a: Annotated, view: str, chance: float) -> Question:
        return self.build(
            self.draw(context, a.id),
            a,
            media=(clip(a, view),),
            answer=round(a.truth.score, 2),
            tolerance=SCORE_TOLERANCE,
            chance=chance,
            graph_path=((a.id, "shows", a.truth.action), *a.observed),
            groups={"chain": a.id},
        )
