"""What a model was shown, as a page can show it: frames as JPEG inside the page, sensor traces as plots.

Evidence is made again by the code that made it for the model, under the same presentation and control, and its hash
is held against the one of the run: a page says so when they differ.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flexqa.adapters.base import Text
from flexqa.controls import removed, swapped
from flexqa.errors import FlexqaError
from flexqa.graph.model import Graph
from flexqa.media import Clip
from flexqa.presentation import Presenter
from flexqa.question import FILMED, Question
from flexqa.record import MediaUse, RunSpec
from flexqa.recordings.model import RecordingSet
from flexqa.viewer.items import Item
from flexqa.viewer.plots import Plot, plots

_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame."""

    source: str
    """a data URL"""
    time_s: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence."""

    label: str
    """the line that announced it to the model"""
    about: str
    """recording and view"""
    pictures: Sequence[Picture] = ()
    plots: Sequence[Plot] = ()
    text: str = ""
    """of a sensor trace, as the model read it"""
    note: str = ""
    """what is wrong with it"""


class Evidence:
    """Makes the evidence of questions again, and keeps none of it."""

    def __init__(
        self, recordings: RecordingSet, graph: Graph, spec: RunSpec, picture_size: int | None = None
    ) -> None:
        """Prepare to show.

        Args:
            recordings: hold the evidence.
            graph: names muscles.
            spec: of the run: its presentation and control.
            picture_size: longest side of a picture in pixels; null is as the model saw it.
        """
        self._recordings = recordings
        self._control = spec.control
        self._presenter = Presenter(recordings, graph, spec.presentation, spec.sampling, spec.decode, spec.control)
        self._size = picture_size

    def close(self) -> None:
        """Decode nothing more."""
        self._presenter.close()

    def of(self, item: Item) -> list[Piece]:
        """The evidence of a question, in the order in which the model got it."""
        seen = item.here.prediction.media if item.here.prediction else ()
        try:
            prepared = self._presenter.prepare(item.question)
        except FlexqaError as e:
            message = self._presenter.public(str(e)).replace(str(self._recordings.root), "the recordings at hand")
            return [Piece("", "", note=f"cannot be shown: {message}")]
        shown = prepared.request.parts[:-1]
        return [
            self._piece(label, part, use, seen[i] if i < len(seen) else None)
            for i, (label, part, use) in enumerate(zip(shown[::2], shown[1::2], prepared.media, strict=False))
        ]

    def options(self, question: Question) -> dict[str, Sequence[Plot]]:
        """Letter -> plot, of the options that are traces."""
        found: dict[str, Sequence[Plot]] = {}
        for letter, option in zip(question.letters, question.options, strict=True):
            media = option.media
            if media is None or media.modality in FILMED or removed(self._control, media):
                continue
            try:
                text = self._presenter.sensor_text(swapped(self._control, question, media, self._recordings))
            except FlexqaError:
                continue
            found[letter] = plots(text)
        return found

    def _piece(self, label: object, part: object, use: MediaUse, seen: MediaUse | None) -> Piece:
        about = use.recording + (f", view {use.view}" if use.view else f", {use.modality}")
        differs = seen is not None and seen.sha256 != use.sha256
        return Piece(
            label=label.text if isinstance(label, Text) else "",
            about=about,
            note="not what the model saw: the files, or the code that samples them, have changed" if differs else "",
            pictures=self._pictures(part) if isinstance(part, Clip) else (),
            plots=plots(part.text) if isinstance(part, Text) else (),
            text=part.text if isinstance(part, Text) else "",
        )

    def _pictures(self, clip: Clip) -> list[Picture]:
        return [_picture(frame, time, self._size) for frame, time in zip(clip.frames, clip.times_s, strict=True)]


def _picture(frame: NDArray[np.uint8], time_s: float, size: int | None) -> Picture:
    image = Image.fromarray(frame)
    if size is not None:
        image.thumbnail((size, size))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    source = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
    return Picture(source, time_s, image.width, image.height)
