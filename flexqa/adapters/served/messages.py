"""From a request to the messages of a chat: text, and clips as data URLs.

A clip is encoded once for all its questions that come close together, down to the JSON that stands in each request.
Encoding takes milliseconds per frame, so it is done in threads and never on the event loop.
"""

import asyncio
import base64
import io
import json
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from flexqa.adapters.base import Request, Text
from flexqa.adapters.served.fault import Fault
from flexqa.adapters.served.options import OpenAiOptions
from flexqa.errors import AdapterError, boundary
from flexqa.media import Clip
from flexqa.prompts import frames_line

_CLIPS_KEPT = 16
"""Encoded clips at hand; at 16 frames of 448x252 one takes about half a megabyte."""

_TICKS = 90_000
"""per second, of the time stamps of an mp4"""


class Messages:
    """Makes messages, and keeps the last clips that it encoded. For one event loop."""

    def __init__(self, options: OpenAiOptions, threads: Executor) -> None:
        self._options = options
        self._threads = threads
        self._encoded: OrderedDict[str, Future[str]] = OrderedDict()

    async def body(self, request: Request, fields: Mapping[str, Any]) -> bytes:
        """The body of a request, as JSON.

        Args:
            request: what is asked.
            fields: what stands beside the messages; at least one.

        Raises:
            Fault: a clip cannot be encoded.
        """
        parts = [
            _text(part.text) if isinstance(part, Text) else await asyncio.wrap_future(self._clip(part))
            for part in request.parts
        ]
        messages = [f'{{"role": "user", "content": [{", ".join(parts)}]}}']
        for turn in request.then:
            messages.append(json.dumps({"role": "assistant", "content": turn.reply}))
            messages.append(f'{{"role": "user", "content": [{_text(turn.question)}]}}')
        return f'{json.dumps(fields)[:-1]}, "messages": [{", ".join(messages)}]}}'.encode()

    def _clip(self, clip: Clip) -> Future[str]:
        future = self._encoded.get(clip.sha256)
        # One that was called off, with the request that it was for, would never be done.
        if future is None or future.cancelled():
            future = self._encoded[clip.sha256] = self._threads.submit(clip_content, clip, self._options)
        self._encoded.move_to_end(clip.sha256)
        while len(self._encoded) > _CLIPS_KEPT:
            self._encoded.popitem(last=False)
        return future


def _text(text: str) -> str:
    return json.dumps({"type": "text", "text": text})


def clip_content(clip: Clip, options: OpenAiOptions) -> str:
    """A clip as parts of a message, in JSON: an mp4, or a line with the moments of its frames and then the frames.

    Raises:
        Fault: it has no frames, or they cannot be encoded.
    """
    if not len(clip.frames):
        raise Fault("prompt", "a clip has no frames; at least one is needed")
    try:
        with boundary("encoding a clip"):
            if options.media == "video":
                url = _data_url("video/mp4", mp4_bytes(clip, options.video_crf))
                return json.dumps({"type": "video_url", "video_url": {"url": url}})
            detail = {"detail": options.image_detail} if options.image_detail else {}
            pictures = (picture_bytes(f, options.image_format, options.image_quality) for f in clip.frames)
            urls = (_data_url(f"image/{options.image_format}", picture) for picture in pictures)
            images = ({"type": "image_url", "image_url": {"url": url} | detail} for url in urls)
            return ", ".join([_text(frames_line(clip.shown_times_s)), *map(json.dumps, images)])
    except Fault:
        raise
    except AdapterError as e:
        raise Fault("prompt", str(e)) from e


def picture_bytes(frame: NDArray[np.uint8], kind: str, quality: int) -> bytes:
    """One frame, RGB of shape (height, width, 3), as a file."""
    out = io.BytesIO()
    settings = {"quality": quality} if kind == "jpeg" else {"compress_level": 1}
    Image.fromarray(frame).save(out, kind, **settings)
    return out.getvalue()


def mp4_bytes(clip: Clip, crf: int) -> bytes:
    """The frames of a clip as an H.264 mp4, each at its moment, the first one at zero; a single one stands twice.

    Servers divide by the length of a video, which one frame does not have.
    """
    out = io.BytesIO()
    frames, times = clip.frames, [t - clip.times_s[0] for t in clip.times_s]
    if len(frames) == 1:
        frames, times = np.repeat(frames, 2, axis=0), [0.0, 1 / clip.source_fps]
    rate = (len(times) - 1) / times[-1]
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, _TICKS)
        stream.codec_context.thread_count = 1
        for picture, time_s in zip(frames, times, strict=True):
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time_s * _TICKS), Fraction(1, _TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
