"""Questions of what an exercise is done with or in: something that the graph says of each action.

Several actions have the same answer, so the options are drawn as sets of answers, in which every member is right
equally often. An answer that is too frequent for that is asked less often.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.option_sets import OptionSets
from flexqa.vocabulary import Control, Expectation


class ActionProperty(QuestionType):
    """Choice of up to four answers that other recorded exercises have."""

    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    controls: ClassVar[Mapping[Control, Expectation]] = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.SINGLE_FRAME: "unchanged",
        Control.SHUFFLED_FRAMES: "unchanged",
        Control.REVERSED_FRAMES: "unchanged",
    }
    property: ClassVar[str]
    """what the graph calls it"""

    @abstractmethod
    def text(self, graph: Graph, action: str) -> str:
        """What an action has, in words; empty where the graph does not say, or it has no one answer."""

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, where exercises with other answers are recorded in its split."""
        for a in context.annotated:
            if question := self._ask(context, a):
                yield question

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ARG002
        """Nothing within an action, whose questions have one answer: the sets of options are balanced."""
        return (), ()

    def solve(self, question: Question, eye: Eye) -> str | None:
        """What the recognised exercise has."""
        action = eye.action(question.media[0])
        return letter_of(question, self.text(eye.graph, action)) if action else None

    def _ask(self, context: Context, a: Annotated) -> Question | None:
        graph, action, draw = context.graph, context.action, self.draw(context, a.id)

        def sets(counts: Mapping[str, int]) -> OptionSets:
            answers: Counter[str] = Counter()
            for other, n in counts.items():
                answers[self.text(graph, other)] += n
            del answers[""]
            return OptionSets(answers, _alike)

        text, view = self.text(graph, action), view_of_action(graph, action, a)
        others = context.corpus.option_sets(self.name, a.truth.split, sets).beside(text, draw)
        if view is None or not others:
            return None
        choice = place(
            draw, Option(text=text, kind="answer"), [Option(text=o, kind=f"other_{self.property}") for o in others]
        )
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), (action, self.property, text)),
            groups={"chain": a.id},
        )


def sentence_case(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def _alike(_a: str, _b: str) -> float:
    return 1.0
