"""How a question and its evidence become a request: the one place where modalities turn into model input.

Media come first and the question last, so that all questions about a clip share their beginning and an engine
can reuse what it computed for it. A clip is decoded once for as long as its questions keep coming; sensor traces
are measured once per recording.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flexqa.adapters.base import Part, Request, Text
from flexqa.errors import QuestionError, RecordingError
from flexqa.graph.model import Graph
from flexqa.media import Clip
from flexqa.prompts import media_label, render_question
from flexqa.question import Media, Modality, Question
from flexqa.record import MediaUse, Presentation, Sampling
from flexqa.recordings.flex_layout import read_emg
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.signals import side_envelopes
from flexqa.recordings.video import read_clip

_CLIPS_KEPT = 8
"""Clips kept at hand: questions come grouped by clip, so few are needed, and memory stays bounded."""

_TRACES_KEPT = 256


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request, and what run records say of it."""

    request: Request
    media: tuple[MediaUse, ...]
    prompt_sha256: str
    """of all text of the request and the hashes of its media, in order"""
    decode_s: float
    """seconds spent on making the evidence; near zero when it was at hand"""


class Presenter:
    """Makes requests from questions. Keeps the last pieces of evidence that it made."""

    def __init__(
        self,
        recordings: RecordingSet,
        graph: Graph,
        presentation: Presentation,
        sampling: Sampling,
        decode: Literal["free", "choice"] = "free",
    ) -> None:
        self._recordings = recordings
        self._graph = graph
        self._presentation = presentation
        self._sampling = sampling
        self._decode = decode
        self._clip = lru_cache(_CLIPS_KEPT)(self._read_clip)
        self._emg_text = lru_cache(_TRACES_KEPT)(self._write_emg_text)

    @property
    def decoded_clips(self) -> int:
        """How many times a clip was decoded."""
        return self._clip.cache_info().misses

    def public(self, message: str) -> str:
        """A message as it may be published: files are named from the folder of recordings on."""
        return message.replace(f"{self._recordings.root}/", "")

    def prepare(self, question: Question) -> Prepared:
        """Gather the evidence of a question and render its prompt.

        Raises:
            RecordingError: evidence is missing or cannot be decoded.
            QuestionError: the prompt cannot be rendered, or asks for evidence that cannot be shown.
        """
        started = time.perf_counter()
        parts: list[Part] = []
        uses: list[MediaUse] = []
        for media in question.media:
            parts.append(Text(media_label(media)))
            part, use = self._evidence(media)
            parts.append(part)
            uses.append(use)
        shown = {}
        for letter, option in zip(question.letters, question.options, strict=True):
            if option.media is not None:
                part, use = self._evidence(option.media)
                if not isinstance(part, Text):
                    raise QuestionError(
                        f"question {question.id}: option {letter} is a clip; only sensor traces can be options"
                    )
                shown[letter] = part.text
                uses.append(use)
        decode_s = time.perf_counter() - started
        parts.append(Text(render_question(question, shown)))
        request = Request(
            question_id=question.id,
            question_type=question.type,
            answer_format=question.answer_format,
            parts=tuple(parts),
            letters=question.letters,
            option_texts=tuple(o.text for o in question.options),
            sampling=self._sampling,
            decode=self._decode,
        )
        return Prepared(request, tuple(uses), _prompt_hash(request), decode_s)

    def _evidence(self, media: Media) -> tuple[Part, MediaUse]:
        if media.recording not in self._recordings.recordings:
            raise RecordingError(f"recording {media.recording} is not in {self._recordings.root}")
        match media.modality:
            case Modality.VIDEO:
                clip = self._clip(media.recording, media.view or "", media.window_s)
                return clip, _clip_use(media, clip)
            case Modality.EMG:
                trace = self._emg_text(media.recording)
                digest = sha256(trace.encode()).hexdigest()
                return Text(trace), MediaUse(recording=media.recording, modality=media.modality, sha256=digest)
            case _:
                raise QuestionError(
                    f"evidence of modality {media.modality!r} cannot be shown yet; leave its types out"
                )

    def _read_clip(self, recording_id: str, view: str, window_s: tuple[float, float] | None) -> Clip:
        views = self._recordings[recording_id].views
        if view not in views:
            raise RecordingError(f"{recording_id} has no clip of view {view!r}; it has {', '.join(views) or 'none'}")
        return read_clip(
            views[view],
            frames=self._presentation.frames,
            size=self._presentation.size,
            window_s=window_s,
            frames_fps=self._recordings.info.frames_fps,
        )

    def _write_emg_text(self, recording_id: str) -> str:
        """The RMS envelope of both sides of the dominant muscle, evenly in time, as numbers."""
        action = self._graph.actions.get(recording_id.split("/")[0])
        if action is None or action.emg is None:
            raise RecordingError(f"{recording_id}: the graph does not say which EMG columns are left and right")
        emg = read_emg(self._recordings[recording_id], self._recordings.info)
        muscle = self._graph.muscles[action.emg.dominant_muscle].name
        duration = len(emg.samples) / emg.rate_hz
        left, right = (
            " ".join(f"{x:.0f}" for x in _resample(side, self._presentation.sensor_points))
            for side in side_envelopes(emg, action.emg)
        )
        return (
            f"sEMG of the {muscle}, RMS envelope in {emg.unit}, {self._presentation.sensor_points} values evenly "
            f"over {duration:.1f} s; left: {left}; right: {right}"
        )


def _resample(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Means of `count` equal segments; shape (count,)."""
    edges = np.linspace(0, len(values), count + 1).astype(int)
    return np.array([values[a : max(b, a + 1)].mean() for a, b in pairwise(edges)])


def _clip_use(media: Media, clip: Clip) -> MediaUse:
    _, height, width, _ = clip.frames.shape
    return MediaUse(
        recording=media.recording,
        modality=media.modality,
        view=media.view,
        sha256=clip.sha256,
        frame_indices=clip.indices,
        frame_times_s=clip.times_s,
        width=width,
        height=height,
    )


def _prompt_hash(request: Request) -> str:
    pieces = (p.text if isinstance(p, Text) else f"<clip {p.sha256}>" for p in request.parts)
    return sha256("\n".join(pieces).encode()).hexdigest()
