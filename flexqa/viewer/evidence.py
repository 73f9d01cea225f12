"""What a model was shown, as a page can show it: frames as JPEG inside the page, sensor traces as plots.

Evidence is made again by the code that made it for the model, under the same presentation and control, and its hash
is held against the one of the run: a page says so when they differ.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flexqa.adapters.base import Part, Text
from flexqa.controls import removed, swapped
from flexqa.errors import FlexqaError
from flexqa.graph.model import Graph
from flexqa.media import Clip
from flexqa.presentation import Prepared, Presenter
from flexqa.question import FILMED, Media, Question
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
        self._drawn = spec.presentation.sensors == "plot"
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
            return [Piece("", "", note=f"cannot be shown: {self._presenter.public(str(e))}")]
        found = self._pieces(prepared, seen)
        return found[: sum(not removed(self._control, m) for m in item.question.media)]

    def options(self, question: Question) -> dict[str, Piece]:
        """Letter -> what stands for it, of the options that are traces."""
        traces = {
            letter: option.media
            for letter, option in zip(question.letters, question.options, strict=True)
            if option.media is not None and option.media.modality not in FILMED
        }
        shown = {letter: m for letter, m in traces.items() if not removed(self._control, m)}
        if not shown:
            return {}
        try:
            if self._drawn:
                pieces = self._pieces(self._presenter.prepare(question), ())
                return dict(zip(shown, pieces[-len(shown) :], strict=True))
            return {letter: self._written(question, media) for letter, media in shown.items()}
        except FlexqaError:
            return {}

    def _written(self, question: Question, media: Media) -> Piece:
        text = self._presenter.sensor_text(swapped(self._control, question, media, self._recordings))
        return Piece("", "", plots=plots(text), text=text)

    def _pieces(self, prepared: Prepared, seen: Sequence[MediaUse]) -> list[Piece]:
        """Every piece: its label, then a clip, a text, or a text and the picture that it is about."""
        parts = iter(prepared.request.parts[:-1])
        found = []
        for i, use in enumerate(prepared.media):
            label = next(parts, None)
            if not isinstance(label, Text):
                break
            body = list(islice(parts, 2 if self._drawn and use.modality not in FILMED else 1))
            found.append(self._piece(label.text, body, use, seen[i] if i < len(seen) else None))
        return found

    def _piece(self, label: str, body: Sequence[Part], use: MediaUse, seen: MediaUse | None) -> Piece:
        differs = seen is not None and seen.sha256 != use.sha256
        text = "\n".join(part.text for part in body if isinstance(part, Text))
        return Piece(
            label=label,
            about=use.recording + (f", view {use.view}" if use.view else f", {use.modality}"),
            note="not what the model saw: the files, or the code that samples them, have changed" if differs else "",
            pictures=[picture for part in body if isinstance(part, Clip) for picture in self._pictures(part)],
            plots=plots(text),
            text=text,
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
