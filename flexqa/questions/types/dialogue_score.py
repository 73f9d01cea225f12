"""Fourth turn of FLEX-VideoQA's conversation: the score.

The answer is the annotated score; a reply within 5 points is right. The reference says where the points were lost.
"""

from collections.abc import Iterable

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair, score
from flexqa.question import AnswerFormat, Question
from flexqa.questions.chance import SCORE_TOLERANCE, chance_of_score
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.dialogue import DialogueTurn, score_text
from flexqa.questions.eye import Eye
from flexqa.questions.types.dialogue_evaluation import DialogueEvaluation


class DialogueScore(DialogueTurn):
    """A number."""

    name = "dialogue_score"
    answer_format = AnswerFormat.NUMBER
    summary = "Turn 4 of 4: what is the technique score? From the annotation; right within 5 points."
    previous = DialogueEvaluation()
    turn_after = "dialogue_evaluation"
    tolerance = SCORE_TOLERANCE

    def solve(self, question: Question, eye: Eye) -> float | None:
        """The middle of the scores that fit what is seen, if they lie close together."""
        return eye.score_within(question.media[0], SCORE_TOLERANCE)

    def answer(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> float:
        """The score by the graph's weights."""
        return round(score(graph, action, pairs).value, 2)

    def reference(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> str:
        """The score and what it lost."""
        return score_text(graph, action, pairs)

    def chance(self, context: Context, a: Annotated) -> float:
        """What the best constant gets among the recordings of the action and split."""
        return chance_of_score(context, a.truth.split)
