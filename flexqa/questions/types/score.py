"""The technique score of a repetition, from 0 to 100.

The answer is the annotated score; a reply within 10 points is right. Chance is that of a number drawn evenly from 0
to 100. It is no floor for a model that knows what scores are usual, so no control is claimed to bring it there:
compare with the constant-answer baseline.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import clip, view_of_action

TOLERANCE = 10.0


class Score(QuestionType):
    """A number."""

    name = "score"
    level = Level.SCORING
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.NUMBER
    summary = "What is the technique score? From the annotation; right within 10 points."

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip."""
        for a in context.annotated:
            view = view_of_action(context.graph, a.truth.action, a)
            if view is not None:
                yield self._ask(context, a, view)

    def _ask(self, context: Context, a: Annotated, view: str) -> Question:
        answer = round(a.truth.score, 2)
        reach = min(100.0, answer + TOLERANCE) - max(0.0, answer - TOLERANCE)
        observed = tuple((a.id, "observed", e) for _, e in a.truth.pairs)
        return self.build(
            self.draw(context, a.id),
            a,
            media=(clip(a, view),),
            answer=answer,
            tolerance=TOLERANCE,
            chance=round(reach / 100, 6),
            graph_path=((a.id, "shows", a.truth.action), *dict.fromkeys(observed)),
            groups={"chain": a.id},
        )
