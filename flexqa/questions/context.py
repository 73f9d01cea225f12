"""The recordings that questions are made from, with their signals: read when asked for, measured once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.media import Emg, Physio
from flexqa.question import Split
from flexqa.questions.absence import undeniable
from flexqa.questions.corpus import Annotated, Outline
from flexqa.questions.draw import Draw
from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.repetition import Repetition
from flexqa.recordings.signals import Sides, shown_sides

V = TypeVar("V")


@dataclass(frozen=True)
class Context:
    """The recordings of a portion, and their signals as far as they were asked for: what questions are made from."""

    outline: Outline
    action: str
    recordings: RecordingSet
    """all of the action, and annotated"""
    left_out: dict[str, str] = field(default_factory=dict)
    """recording -> why its signals could not be used; filled while questions are made"""
    _measured: dict[tuple[str, str], object] = field(default_factory=dict, repr=False)
    """(what, recording) -> it; null where it cannot be had"""

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.outline.graph

    @cached_property
    def annotated(self) -> tuple[Annotated, ...]:
        """The recordings, by id."""
        return tuple(Annotated(r, r.annotation) for r in self.recordings if r.annotation)

    @cached_property
    def by_split(self) -> Mapping[Split, tuple[Annotated, ...]]:
        """Split -> its recordings, by id: those that one question may combine."""
        return {
            split: group
            for split in self.outline.splits
            if (group := tuple(a for a in self.annotated if a.truth.split == split))
        }

    @property
    def made(self) -> frozenset[str]:
        """The errors that are made in some recording of the action, of this portion or not."""
        return self.outline.made[self.action]

    def draw(self, *key: str) -> Draw:
        """A source of chance for one purpose."""
        return Draw((str(self.outline.seed), *key))

    def emg(self, a: Annotated) -> Emg | None:
        """The EMG of a recording; null where there is none or it cannot be read."""
        if a.recording.emg is None:
            return None
        return self.measured("emg", a, lambda: read_emg(a.recording, self.recordings.info))

    def sides(self, a: Annotated) -> Sides | None:
        """The EMG of a recording as it is shown; null where there is none or it cannot be shown."""
        emg = self.emg(a)
        return self.measured("sides", a, lambda: shown_sides(self.graph, a.id, emg)) if emg else None

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
        pose = read_pose(a.recording, self.recordings.info)
        return Repetition(self.graph, a.truth.action, pose, a.truth.phases)
