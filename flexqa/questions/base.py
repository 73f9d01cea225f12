"""What a question type is, and what it makes questions from.

A type is a pure function of the graph, the annotations and signals of the recordings, and a seed. Every draw is
keyed by seed, type and recording, so a question stays what it is when other types or recordings are left out, as
long as the recordings that it refers to are there.

A question never mixes recordings of two splits.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, TypeVar

from flexqa.errors import QuestionError, RecordingError
from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.media import Emg, Pose
from flexqa.prompts import wordings
from flexqa.question import Answer, AnswerFormat, Level, Media, Modality, Option, Question, Split, Triple
from flexqa.questions.absence import undeniable
from flexqa.questions.draw import Draw
from flexqa.recordings.flex_layout import read_emg, read_pose
from flexqa.recordings.model import Annotation, Recording, RecordingSet

Control = Literal["blind", "single_frame", "shuffled_frames", "swapped_clip", "swapped_emg"]
"""A removal of evidence, as a run can make it."""

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
class Context:
    """What all types make their questions from."""

    graph: Graph
    recordings: RecordingSet
    seed: int
    splits: tuple[Split, ...] = ("train", "val", "test")
    left_out: dict[str, str] = field(default_factory=dict)
    """recording -> why its signals could not be used; filled while questions are made"""
    _undeniable: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    @cached_property
    def annotated(self) -> tuple[Annotated, ...]:
        """The annotated recordings of the wanted splits, by id.

        Raises:
            QuestionError: an annotation names an action or a pair that the graph does not have.
        """
        found = (Annotated(r, r.annotation) for r in self.recordings if r.annotation is not None)
        wanted = tuple(sorted((a for a in found if a.truth.split in self.splits), key=lambda a: a.id))
        for a in wanted:
            _check_against_graph(self.graph, a.truth)
        return wanted

    @cached_property
    def by_action(self) -> Mapping[tuple[Split, str], tuple[Annotated, ...]]:
        """(split, action) -> its annotated recordings, by id: those that one question may combine."""
        groups: defaultdict[tuple[Split, str], list[Annotated]] = defaultdict(list)
        for a in self.annotated:
            groups[a.truth.split, a.truth.action].append(a)
        return {key: tuple(groups[key]) for key in sorted(groups)}

    def draw(self, *key: str) -> Draw:
        """A source of chance for one purpose."""
        return Draw((str(self.seed), *key))

    def emg(self, a: Annotated) -> Emg | None:
        """The EMG of a recording; null where there is none or it cannot be read."""
        if a.recording.emg is None:
            return None
        return self.measured(a, lambda: read_emg(a.recording, self.recordings.info))

    def pose(self, a: Annotated) -> Pose | None:
        """The pose of a recording; null where there is none or it cannot be read."""
        if a.recording.skeleton is None:
            return None
        return self.measured(a, lambda: read_pose(a.recording, self.recordings.info))

    def lacks(self, a: Annotated, error: str) -> bool:
        """Whether a recording can be said to be free of an error: not observed, and not to be suspected either."""
        if a.id not in self._undeniable:
            self._undeniable[a.id] = undeniable(self.graph, a.truth, self.pose(a))
        return error not in a.errors and error not in self._undeniable[a.id]

    def measured(self, a: Annotated, measure: Callable[[], V]) -> V | None:
        """What `measure` gives; null, and a line in `left_out`, when the recording cannot be used for it."""
        try:
            return measure()
        except RecordingError as e:
            self.left_out[a.id] = str(e)
            return None


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
    controls: ClassVar[tuple[Control, ...]] = ()
    """removals of evidence after which a sound model is at chance"""

    @abstractmethod
    def generate(self, context: Context) -> Iterator[Question]:
        """All questions of this type that the recordings allow, in a fixed order."""

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
        groups: Mapping[str, str] | None = None,
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
            graph_path=graph_path,
            groups=dict(groups or {}),
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
