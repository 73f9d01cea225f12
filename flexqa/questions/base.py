"""What a question type is, and what it makes questions from.

A type is a pure function of the graph, the annotations and signals of the recordings of one action, and a seed. Every
draw is keyed by seed, type and recording, so a question stays what it is when other types are left out, and actions
can be worked on in different processes. A question never mixes recordings of two splits.

Beside each way to make a question stands another one to answer it: `solve` looks at the sensor files alone, as
`flexqa.questions.eye` shows them, and never at an annotation. What it cannot answer is not asked.
"""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from flexqa.errors import QuestionError, RecordingError
from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.media import Emg, Physio
from flexqa.prompts import wordings
from flexqa.question import Answer, AnswerFormat, Level, Media, Modality, Option, Point, Question, Split, Triple
from flexqa.questions.absence import undeniable
from flexqa.questions.distractors import nearness_of_actions
from flexqa.questions.draw import Draw
from flexqa.questions.option_sets import OptionSets
from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose
from flexqa.recordings.model import Annotation, Recording, RecordingSet
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control, Expectation

if TYPE_CHECKING:
    from flexqa.questions.eye import Eye

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Annotated:
    """A recording with what is true of it."""

    recording: Recording
    truth: Annotation

    @property
    def id(self) -> str:
        """Id of the recording."""
        return self.recording.id

    @property
    def errors(self) -> frozenset[str]:
        """Ids of the errors that were observed, in whatever keystep."""
        return frozenset(e for _, e in self.truth.pairs)


@dataclass(frozen=True)
class Corpus:
    """All annotated recordings of the wanted splits: what is known without opening a sensor file."""

    graph: Graph
    recordings: RecordingSet
    seed: int
    splits: tuple[Split, ...] = ("train", "val", "test")
    _option_sets: dict[tuple[str, Split], OptionSets] = field(default_factory=dict, repr=False)

    @cached_property
    def by_action(self) -> Mapping[str, tuple[Annotated, ...]]:
        """Action -> its recordings, by id.

        Raises:
            QuestionError: an annotation names an action or a pair that the graph does not have.
        """
        groups: defaultdict[str, list[Annotated]] = defaultdict(list)
        for recording in self.recordings:
            truth = recording.annotation
            if truth is not None and truth.split in self.splits:
                _check_against_graph(self.graph, truth)
                groups[truth.action].append(Annotated(recording, truth))
        return {action: tuple(sorted(groups[action], key=lambda a: a.id)) for action in sorted(groups)}

    @cached_property
    def counts(self) -> Mapping[tuple[Split, str], int]:
        """(split, action) -> how many recordings show it."""
        return Counter((a.truth.split, action) for action, group in self.by_action.items() for a in group)

    def action_sets(self, split: Split) -> OptionSets:
        """Sets of four actions that are recorded in a split, confusable ones together more often than others."""
        return self.option_sets(
            "action", split, lambda counts: OptionSets(counts, partial(nearness_of_actions, self.graph))
        )

    def option_sets(self, what: str, split: Split, make: Callable[[Mapping[str, int]], OptionSets]) -> OptionSets:
        """Sets of options for what an action answers, made once for each split.

        Args:
            what: names them.
            split: the split.
            make: makes them from how often each action is recorded in the split.
        """
        if (what, split) not in self._option_sets:
            self._option_sets[what, split] = make({a: n for (s, a), n in self.counts.items() if s == split})
        return self._option_sets[what, split]

    def context(self, action: str) -> "Context":
        """The recordings of one action with their signals."""
        return Context(self, action)


@dataclass(frozen=True)
class Context:
    """The recordings of one action, and their signals as far as they were asked for: what questions are made from."""

    corpus: Corpus
    action: str
    left_out: dict[str, str] = field(default_factory=dict)
    """recording -> why its signals could not be used; filled while questions are made"""
    _measured: dict[tuple[str, str], object] = field(default_factory=dict, repr=False)
    """(what, recording) -> it; null where it cannot be had"""

    @property
    def graph(self) -> Graph:
        """The graph of the corpus."""
        return self.corpus.graph

    @property
    def annotated(self) -> tuple[Annotated, ...]:
        """The recordings of the action, by id."""
        return self.corpus.by_action.get(self.action, ())

    @cached_property
    def by_split(self) -> Mapping[Split, tuple[Annotated, ...]]:
        """Split -> its recordings, by id: those that one question may combine."""
        return {
            split: group
            for split in self.corpus.splits
            if (group := tuple(a for a in self.annotated if a.truth.split == split))
        }

    def draw(self, *key: str) -> Draw:
        """A source of chance for one purpose."""
        return Draw((str(self.corpus.seed), *key))

    def emg(self, a: Annotated) -> Emg | None:
        """The EMG of a recording; null where there is none or it cannot be read."""
        if a.recording.emg is None:
            return None
        return self.measured("emg", a, lambda: read_emg(a.recording, self.corpus.recordings.info))

    def physio(self, a: Annotated) -> Physio | None:
        """Heart and breath rate of a recording; null where there are none or they cannot be read."""
        if a.recording.physio is None:
            return None
        return self.measured("physio", a, lambda: read_physio(a.recording))

    def repetition(self, a: Annotated) -> Repetition | None:
        """The pose of a recording with its annotated phases; null where there is none or it cannot be read."""
        if a.recording.skeleton is None:
            return None
        return self.measured("pose", a, lambda: self._repetition(a))

    def lacks(self, a: Annotated, error: str) -> bool:
        """Whether a recording can be said to be free of an error: not observed, and not to be suspected either."""
        suspected = self.measured("undeniable", a, lambda: undeniable(self.graph, a.truth, self.repetition(a)))
        return error not in a.errors and error not in (suspected or ())

    def measured(self, what: str, a: Annotated, measure: Callable[[], V]) -> V | None:
        """What `measure` gives, computed once for each recording; null when the recording cannot be used for it.

        Args:
            what: names the measure.
            a: the recording that is measured.
            measure: may raise RecordingError, which becomes a line in `left_out`.
        """
        key = (what, a.id)
        if key not in self._measured:
            try:
                self._measured[key] = measure()
            except RecordingError as e:
                self.left_out[a.id] = str(e)
                self._measured[key] = None
        return self._measured[key]  # type: ignore[return-value]  # the key stands for the type

    def _repetition(self, a: Annotated) -> Repetition:
        pose = read_pose(a.recording, self.corpus.recordings.info)
        return Repetition(self.graph, a.truth.action, pose, a.truth.phases)


class QuestionType(ABC):
    """A type of question. One subclass per module of `flexqa.questions.types`."""

    name: ClassVar[str]
    """also the name of the module and of the prompt template"""
    level: ClassVar[Level]
    modalities: ClassVar[tuple[Modality, ...]]
    """the modalities that answering needs, sorted"""
    answer_format: ClassVar[AnswerFormat]
    summary: ClassVar[str]
    """what is asked, and where the right answer comes from; one sentence"""
    turn_after: ClassVar[str] = ""
    """the type of the turn before, in a conversation"""
    controls: ClassVar[Mapping[Control, Expectation]] = {}
    """which evidence can be removed or spoiled, and what a sound model scores then"""

    @abstractmethod
    def generate(self, context: Context) -> Iterator[Question]:
        """All questions of this type that the recordings of an action allow, in a fixed order."""

    @abstractmethod
    def solve(self, question: Question, eye: "Eye") -> Answer | None:
        """The answer as the evidence alone gives it; null when it is too close to tell.

        Raises:
            RecordingError: what it would have to look at is not there.
        """

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Within what, and over what, right answers are balanced in each split and action.

        Returns:
            The stratum, by default the fields of the prompt, and a name for each option: within a stratum each name
            is to be right equally often whenever it is offered. No names: nothing is balanced.
        """
        names = {
            AnswerFormat.YES_NO: ("yes", "no"),
            AnswerFormat.CHOICE: tuple(o.text for o in question.options),
            AnswerFormat.CHOICES: tuple(o.text for o in question.options),
        }
        return tuple(question.prompt.values()), names.get(question.answer_format, ())

    def draw(self, context: Context, *key: str) -> Draw:
        """A source of chance for one question of this type."""
        return context.draw(self.name, *key)

    def build(
        self,
        draw: Draw,
        a: Annotated,
        *,
        media: tuple[Media, ...],
        answer: Answer,
        chance: float,
        graph_path: tuple[Triple, ...],
        prompt: Mapping[str, str] | None = None,
        options: tuple[Option, ...] = (),
        tolerance: float | None = None,
        reference: str = "",
        points: tuple[Point, ...] = (),
        groups: Mapping[str, str] | None = None,
        follows: str | None = None,
    ) -> Question:
        """A question about a recording, with all that follows from type and recording filled in."""
        return Question(
            type=self.name,
            level=self.level,
            modalities=self.modalities,
            media=media,
            prompt=dict(prompt or {}),
            wording=draw.child("wording").index(wordings(self.name)),
            options=options,
            answer=answer,
            answer_format=self.answer_format,
            chance=chance,
            tolerance=tolerance,
            reference=reference,
            points=points,
            graph_path=graph_path,
            groups=dict(groups or {}),
            follows=follows,
            action=a.truth.action,
            subject=a.truth.subject,
            split=a.truth.split,
        )


def _check_against_graph(graph: Graph, truth: Annotation) -> None:
    remedy = "use the graph that the annotations were made with (--graph), or correct the annotation"
    if truth.action not in graph.actions:
        raise QuestionError(
            f"recording {truth.recording}: its action {truth.action!r} is not in the graph; it has "
            f"{', '.join(graph.actions)}; {remedy}"
        )
    strange = sorted(set(truth.pairs) - set(possible_pairs(graph, truth.action)))
    if strange:
        keystep, error = strange[0]
        raise QuestionError(
            f"recording {truth.recording}: error {error} cannot occur in keystep {keystep} of {truth.action} "
            f"by this graph; {remedy}"
        )
