"""How a question and its evidence become a request: the one place where modalities turn into model input.

Media come first and the question last, so that all questions about a clip share their beginning and an engine
can reuse what it computed for it. A clip is decoded once for as long as its questions keep coming, in the background
before the first of them is asked, unless the model itself needs the processors; sensor traces are measured once per
recording. Under a control, evidence is taken away or spoiled on its way to the request.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from flexqa.adapters.base import Part, Request, Text, Turn
from flexqa.controls import removed, shown_under, spoiled_clip, spoiled_pose, spoiled_sides, swapped
from flexqa.errors import QuestionError, RecordingError
from flexqa.folders import without_folders
from flexqa.graph.model import Graph
from flexqa.media import Clip
from flexqa.prompts import media_label, render_question
from flexqa.question import FILMED, Media, Modality, Question, Window
from flexqa.read_ahead import ReadAhead
from flexqa.record import MediaUse, Presentation, Sampling
from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.signals import shown_sides
from flexqa.recordings.video import read_clip
from flexqa.sensors.plot import caption, plot
from flexqa.sensors.text import written
from flexqa.sensors.traces import Traces, emg_traces, physio_traces, pose_traces
from flexqa.vocabulary import Control

_CLIPS_KEPT, _CLIPS_AHEAD = 8, 4
"""Clips kept at hand and decoded beforehand: questions come grouped by clip, so few are needed."""

_TRACES_KEPT = 256

_ClipKey = tuple[str, str, Window | None]
"""recording, view, part"""


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
        control: Control | None = None,
        *,
        open_book: bool = False,
        ahead: bool = True,
    ) -> None:
        """Prepare to present.

        Args:
            recordings: hold the evidence.
            graph: names muscles, and says which columns of an EMG file are left and right.
            presentation: how much of each piece of evidence is shown.
            sampling: goes into every request.
            decode: likewise.
            control: what is taken away or spoiled.
            open_book: whether requests carry the question itself, for `flexqa.adapters.base.OpenBook`.
            ahead: whether clips are decoded before they are asked for.
        """
        self._recordings = recordings
        self._graph = graph
        self._presentation = presentation
        self._sampling = sampling
        self._decode = decode
        self._control = control
        self._open_book = open_book
        self._clip = ReadAhead(self._read_clip, kept=_CLIPS_KEPT, ahead=_CLIPS_AHEAD if ahead else 0)
        self._trace = lru_cache(_TRACES_KEPT)(self._write_trace)
        self._plot = lru_cache(_TRACES_KEPT)(self._draw_trace)

    @property
    def decoded_clips(self) -> int:
        """How many times a clip was decoded."""
        return self._clip.reads

    def expect(self, questions: Iterable[Question]) -> None:
        """Say which questions will be prepared, in this order: their clips are decoded ahead."""
        self._clip.expect(self._clips_of(questions))

    def close(self) -> None:
        """Decode nothing more."""
        self._clip.close()

    def public(self, message: str) -> str:
        """A message as it may be published: no folders of this machine."""
        return without_folders(message, {self._recordings.root: "the recordings"})

    def sensor_text(self, media: Media) -> str:
        """A sensor trace as requests carry it.

        Args:
            media: a trace of one of the recordings.

        Raises:
            RecordingError: the recording lacks the trace, or it cannot be read.
            QuestionError: it is a clip.
        """
        return self._trace(media.recording, media.modality, media.window_s)

    def prepare(self, question: Question, before: Sequence[tuple[Question, str]] = ()) -> Prepared:
        """Gather the evidence of a question and render its prompt.

        Args:
            question: what is asked.
            before: the earlier turns of the same conversation with the replies that they got. They show the same
                evidence, which stands once, in front of the first.

        Raises:
            RecordingError: evidence is missing or cannot be decoded.
            QuestionError: the prompt cannot be rendered, or asks for evidence that cannot be shown.
        """
        started = time.perf_counter()
        parts, uses = self._shown_before(question)
        texts, option_parts, option_uses = self._options(question)
        parts += option_parts
        decode_s = time.perf_counter() - started
        asked = [render_question(q) for q, _ in before] + [render_question(question, texts)]
        parts.append(Text(asked[0]))
        request = Request(
            question_id=question.id,
            question_type=question.type,
            answer_format=question.answer_format,
            parts=tuple(parts),
            then=tuple(Turn(reply, text) for (_, reply), text in zip(before, asked[1:], strict=True)),
            letters=question.letters,
            option_texts=tuple(o.text for o in question.options),
            sampling=self._sampling,
            decode=self._decode,
            question=shown_under(self._control, question, self._recordings) if self._open_book else None,
        )
        return Prepared(request, (*uses, *option_uses), prompt_hash(request), decode_s)

    def _shown_before(self, question: Question) -> tuple[list[Part], list[MediaUse]]:
        """The evidence that stands in front of a question, each piece with the line that announces it."""
        parts: list[Part] = []
        uses: list[MediaUse] = []
        for media in question.media:
            if not removed(self._control, media):
                shown, use = self._evidence(question, media)
                parts += [Text(media_label(media)), *shown]
                uses.append(use)
        return parts, uses

    def _options(self, question: Question) -> tuple[dict[str, str], list[Part], list[MediaUse]]:
        """Letter -> text of the options that are evidence; and plots of them, which stand before the question."""
        texts: dict[str, str] = {}
        parts: list[Part] = []
        uses: list[MediaUse] = []
        for letter, option in zip(question.letters, question.options, strict=True):
            if option.media is not None and not removed(self._control, option.media):
                if option.media.modality in FILMED:
                    raise QuestionError(
                        f"question {question.id}: option {letter} is a clip; only sensor traces can be options"
                    )
                shown, use = self._evidence(question, option.media)
                match shown:
                    case [Text(text)]:
                        texts[letter] = text
                    case _:
                        texts[letter] = f"the trace in plot {letter}"
                        parts += [Text(f"Plot {letter}:"), *shown]
                uses.append(use)
        return texts, parts, uses

    def _evidence(self, question: Question, media: Media) -> tuple[list[Part], MediaUse]:
        """The parts in which a piece of evidence is shown, and the record of it."""
        media = swapped(self._control, question, media, self._recordings)
        if media.recording not in self._recordings.recordings:
            raise RecordingError(f"recording {media.recording} is not in {self._recordings.root}")
        if media.modality in FILMED:
            clip = self._clip(_clip_key(media))
            return [clip], _clip_use(media, clip)
        if self._presentation.sensors == "plot":
            told, picture = self._plot(media.recording, media.modality, media.window_s)
            return [Text(told), picture], _clip_use(media, picture)
        trace = self._trace(media.recording, media.modality, media.window_s)
        digest = sha256(trace.encode()).hexdigest()
        return [Text(trace)], MediaUse(recording=media.recording, modality=media.modality, sha256=digest)

    def _clips_of(self, questions: Iterable[Question]) -> Iterator[_ClipKey]:
        for question in questions:
            for media in question.media:
                known = media.recording in self._recordings.recordings
                if known and media.modality in FILMED and not removed(self._control, media):
                    # What cannot be shown fails when the question is prepared.
                    with suppress(QuestionError):
                        yield _clip_key(swapped(self._control, question, media, self._recordings))

    def _read_clip(self, key: _ClipKey) -> Clip:
        recording_id, view, window_s = key
        views = self._recordings[recording_id].views
        if view not in views:
            raise RecordingError(f"{recording_id} has no clip of view {view!r}; it has {', '.join(views) or 'none'}")
        clip = read_clip(
            views[view],
            frames=self._presentation.frames,
            size=self._presentation.size,
            window_s=window_s,
            frames_fps=self._recordings.info.frames_fps,
        )
        return spoiled_clip(self._control, clip, f"{recording_id} {view}")

    def _write_trace(self, recording_id: str, modality: Modality, window_s: Window | None) -> str:
        return written(modality, self._traces(recording_id, modality, window_s), self._presentation.sensor_points)

    def _draw_trace(self, recording_id: str, modality: Modality, window_s: Window | None) -> tuple[str, Clip]:
        traces = self._traces(recording_id, modality, window_s)
        return caption(traces), plot(traces, self._presentation.size)

    def _traces(self, recording_id: str, modality: Modality, window_s: Window | None) -> Traces:
        """What is shown of a sensor, as the control leaves it."""
        recording = self._recordings[recording_id]
        match modality:
            case Modality.EMG:
                emg = read_emg(recording, self._recordings.info)
                sides = shown_sides(self._graph, recording.id, emg).within(window_s)
                return emg_traces(spoiled_sides(self._control, sides), self._graph)
            case Modality.POSE:
                pose = read_pose(recording, self._recordings.info)
                return pose_traces(spoiled_pose(self._control, pose), window_s)
            case Modality.PHYSIO:
                return physio_traces(read_physio(recording))
            case _:
                raise QuestionError(f"evidence of modality {modality!r} cannot be shown")


def _clip_key(media: Media) -> _ClipKey:
    return media.recording, media.view or "", media.window_s


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


def prompt_hash(request: Request) -> str:
    """sha256, in hex, of all text of a request and the hashes of its clips, in order."""
    pieces = [p.text if isinstance(p, Text) else f"<clip {p.sha256}>" for p in request.parts]
    turns = [text for turn in request.then for text in (turn.reply, turn.question)]
    return sha256("\n".join([*pieces, *turns]).encode()).hexdigest()
