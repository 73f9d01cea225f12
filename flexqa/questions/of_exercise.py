"""Questions whose answer belongs to the exercise and not to the repetition: equipment, posture, muscles.

All questions of one exercise have the same answer, so their options are drawn as sets in which every member is right
equally often over all exercises (`flexqa.questions.option_sets`).
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question, Split, Triple
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.option_sets import OptionSets
from flexqa.vocabulary import Control


class OfExercise(QuestionType):
    """Which value of a feature the shown exercise has."""

    modalities = (Modality.VIDEO,)
    level = Level.RECOGNITION
    answer_format = AnswerFormat.CHOICE
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "unchanged",
    }
    size = 4
    """options, as far as there are as many values"""

    @abstractmethod
    def value(self, graph: Graph, action: str) -> str:
        """The feature of an exercise; empty where the graph does not say."""

    @abstractmethod
    def text(self, graph: Graph, value: str) -> str:
        """A value in words."""

    def near(self, graph: Graph, one: str, other: str) -> float:  # noqa: ARG002
        """How often two values stand together; zero where one might be right as well as the other."""
        return 1.0

    def edge(self, value: str) -> tuple[str, str]:
        """Relation and object that the graph has for a value."""
        return f"has_{self.name.removesuffix('_recognition')}", value

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, where its split has other values."""
        value = self.value(context.graph, context.action)
        sets: dict[Split, OptionSets] = {split: self._sets(context, split) for split in context.by_split}
        for a in context.annotated if value else ():
            draw, view = self.draw(context, a.id), view_of_action(context.graph, context.action, a)
            others = sets[a.truth.split].beside(value, draw)
            if view is not None and others:
                yield self._ask(context, a, value, others, view)

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ARG002
        """Nothing within an action, whose questions have one answer: the sets of options are balanced."""
        return (), ()

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The option of the recognised exercise."""
        action = eye.action(question.media[0])
        value = self.value(eye.graph, action) if action else ""
        return letter_of(question, self.text(eye.graph, value)) if value else None

    def _sets(self, context: Context, split: Split) -> OptionSets:
        graph, answers = context.graph, Counter[str]()
        for (s, action), n in context.corpus.counts.items():
            if s == split and (value := self.value(graph, action)):
                answers[value] += n
        return OptionSets(_floats(answers), lambda one, other: self.near(graph, one, other), self.size)

    def _ask(self, context: Context, a: Annotated, value: str, others: tuple[str, ...], view: str) -> Question:
        graph, draw = context.graph, self.draw(context, a.id)
        wrong = [Option(text=self.text(graph, v), kind="other_exercise") for v in others]
        choice = place(draw, Option(text=self.text(graph, value), kind="answer"), wrong)
        path: tuple[Triple, ...] = ((a.id, "shows", context.action), (context.action, *self.edge(value)))
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=path,
            groups={"chain": a.id},
        )


def _floats(counts: Counter[str]) -> Mapping[str, float]:
    return {name: float(n) for name, n in counts.items()}
