"""Questions whose answer belongs to the exercise and not to the repetition: equipment, posture, muscles.

All questions of one exercise have the same answer, or one of few, so their options are drawn as sets in which every
member is right equally often over all exercises (`flexqa.questions.option_sets`).
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question, Triple
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import place
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.option_sets import OptionSets
from flexqa.vocabulary import Control


@dataclass(frozen=True, slots=True)
class Offer:
    """The options of a question, and the edges of the graph that make the first one right."""

    right: Option
    wrong: tuple[Option, ...]
    edges: tuple[Triple, ...] = ()
    """beside that from the recording to the exercise"""
    prompt: Mapping[str, str] = field(default_factory=dict)


class OfExercise(QuestionType):
    """Choice of what the shown exercise has, among what other recorded exercises have."""

    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    balanced = "drawn"
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "unchanged",
        Control.REVERSED_FRAMES: "unchanged",
    }

    @abstractmethod
    def offer(self, context: Context, a: Annotated, draw: Draw) -> Offer | None:
        """What is asked about a recording; null where there is nothing, or the options could not be balanced."""

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, where exercises with other answers are recorded in its split."""
        for a in context.annotated:
            draw, view = self.draw(context, a.id), view_of_action(context.graph, context.action, a)
            offer = self.offer(context, a, draw)
            if view is None or offer is None:
                continue
            choice = place(draw, offer.right, offer.wrong)
            yield self.build(
                draw,
                a,
                media=(clip(a, view),),
                prompt=offer.prompt,
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=((a.id, "shows", context.action), *offer.edges),
                groups={"chain": a.id},
            )


class Feature(OfExercise):
    """Something that the graph says of each exercise in a word."""

    @abstractmethod
    def text(self, graph: Graph, action: str) -> str:
        """What an exercise has, in words; empty where the graph does not say, or it has no one answer."""

    def solve(self, question: Question, eye: Eye) -> str | None:
        """What the recognised exercise has."""
        action = eye.action(question.media[0])
        return letter_of(question, self.text(eye.graph, action)) if action else None

    def offer(self, context: Context, a: Annotated, draw: Draw) -> Offer | None:
        """The feature of the action, beside those of others."""
        graph, feature = context.graph, self.name.removesuffix("_recognition")

        def sets(counts: Mapping[str, int]) -> OptionSets:
            answers = Counter[str]()
            for action, n in counts.items():
                answers[self.text(graph, action)] += n
            del answers[""]
            return OptionSets(answers, _alike)

        text = self.text(graph, context.action)
        others = context.outline.option_sets(self.name, a.truth.split, sets).beside(text, draw)
        if not others:
            return None
        wrong = tuple(Option(text=other, kind=f"other_{feature}") for other in others)
        return Offer(Option(text=text, kind="answer"), wrong, ((context.action, f"has_{feature}", text),))


def sentence_case(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def _alike(_a: str, _b: str) -> float:
    return 1.0
