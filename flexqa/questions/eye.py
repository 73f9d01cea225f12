"""What the evidence of a question shows to one who sees everything and was told nothing.

The eye looks at sensor files: for clips, too, at the pose, for the pose is what the cameras filmed. It knows the
graph and no annotation: which exercise it is, when its phases begin and which errors it has are read off the joints.
So it answers questions by another path than the one on which they were made.

A trace of the EMG is seen as it is shown: the left and the right side of the muscle that is named beside it.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair, possible_pairs, score
from flexqa.media import Physio
from flexqa.question import Media
from flexqa.questions.visibility import error_text, pose_shows
from flexqa.recordings.detect import shows
from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose
from flexqa.recordings.model import Recording, RecordingSet
from flexqa.recordings.recognise import recognise
from flexqa.recordings.repetition import Repetition
from flexqa.recordings.segment import segment
from flexqa.recordings.signals import Sides, shown_sides

_REMEMBERED = 512
"""recordings, the last that were looked at"""


class Eye:
    """Sees the files of a set of recordings. Remembers what it saw last."""

    def __init__(self, graph: Graph, recordings: RecordingSet) -> None:
        self.graph = graph
        self._recordings = recordings
        self._errors = {error_text(graph, error): error for error in graph.errors}
        self._repetition = lru_cache(_REMEMBERED)(self._see_repetition)
        self._pairs = lru_cache(_REMEMBERED)(self._see_pairs)
        self._sides = lru_cache(_REMEMBERED)(self._see_sides)

    def repetition(self, media: Media) -> Repetition | None:
        """The movement, with the exercise and the phases as they are seen; null when they cannot be told.

        Raises:
            RecordingError: there is no pose file, or it cannot be read.
        """
        return self._repetition(media.recording)

    def _see_repetition(self, recording: str) -> Repetition | None:
        pose = read_pose(self._recording(recording), self._recordings.info)
        action = recognise(self.graph, pose)
        phases = segment(self.graph, action, pose) if action else None
        return Repetition(self.graph, action, pose, phases) if action and phases else None

    def error_named(self, text: str) -> str:
        """Id of the error that is told so (`evidence.error_text`).

        Raises:
            RecordingError: the graph has no such error.
        """
        if text not in self._errors:
            raise RecordingError(f"the graph has no error that is told as {text!r}")
        return self._errors[text]

    def made(self, media: Media, text: str) -> bool | None:
        """Whether the error that is told so is made; null for too close to tell, or when the exercise lacks it.

        Raises:
            RecordingError: see `repetition`; or the graph has no criteria for the error.
        """
        error = self.error_named(text)
        if not pose_shows(self.graph, error):
            raise RecordingError(f"the graph has no criteria by which a pose tells {error}")
        return self.errors(media).get(error)

    def action(self, media: Media) -> str | None:
        """Id of the exercise; null when it cannot be told.

        Raises:
            RecordingError: see `repetition`.
        """
        repetition = self.repetition(media)
        return repetition.action if repetition else None

    def pairs(self, media: Media) -> Mapping[Pair, bool | None]:
        """What a pose tells of the (keystep, error) pairs of the exercise: there, not there, or null for too close.

        Raises:
            RecordingError: see `repetition`.
        """
        return self._pairs(media.recording)

    def _see_pairs(self, recording: str) -> Mapping[Pair, bool | None]:
        repetition = self._repetition(recording)
        if repetition is None:
            return {}
        possible = possible_pairs(self.graph, repetition.action)
        return {(k, e): shows(repetition, k, e) for k, e in possible if pose_shows(self.graph, e)}

    def errors(self, media: Media) -> Mapping[str, bool | None]:
        """Each error that the exercise can show: made in some keystep, in none, or null for too close to tell.

        Raises:
            RecordingError: see `repetition`.
        """
        found: defaultdict[str, list[bool | None]] = defaultdict(list)
        for (_, error), there in self.pairs(media).items():
            found[error].append(there)
        return {e: True if True in all_ else None if None in all_ else False for e, all_ in found.items()}

    def score(self, media: Media) -> tuple[float, float] | None:
        """The least and the greatest score that fits what is seen; null when the exercise cannot be told.

        An error that no pose tells is taken as not made.

        Raises:
            RecordingError: see `repetition`.
        """
        action, pairs = self.action(media), self.pairs(media)
        if action is None:
            return None
        sure, possible = ([p for p, there in pairs.items() if there in kinds] for kinds in ((True,), (True, None)))
        return score(self.graph, action, possible).value, score(self.graph, action, sure).value

    def sides(self, media: Media) -> Sides:
        """The EMG as it is shown: envelopes of the left and the right side, within the window of the media.

        Raises:
            RecordingError: there is no EMG file, or it cannot be read or shown.
        """
        return self._sides(media.recording).within(media.window_s)

    def _see_sides(self, recording: str) -> Sides:
        return shown_sides(self.graph, recording, read_emg(self._recording(recording), self._recordings.info))

    def physio(self, media: Media) -> Physio:
        """Heart and breath rate of the set.

        Raises:
            RecordingError: there is no such file, or it cannot be read.
        """
        return read_physio(self._recording(media.recording))

    def _recording(self, recording: str) -> Recording:
        if recording not in self._recordings.recordings:
            raise RecordingError(f"recording {recording} is not in {self._recordings.root}")
        return self._recordings[recording]
