"""The one decoder and the one frame sampler.

A frame is named by its number in presentation order and dated by the time stamp that the file gives it, so a clip
of variable frame rate needs no special case. An mp4 is read twice: once without decoding, for the time stamps of
all frames, then decoded in order up to the last frame that is wanted, leaving out what no wanted frame is built on.
Wanted frames are recognised by their time stamp, never by counting what the decoder puts out, so a decoder that drops
or repeats a frame is found out and cannot shift the rest. Frames that are not wanted are dropped as they come: no
clip is ever held at full size.

Frame folders (`img_00001.JPG` ...) have no time stamps; their rate comes from recordings.toml.
"""

import hashlib
import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from flexqa.errors import BadInput, MediaError
from flexqa.media import Clip

_FRAME_NAME = re.compile(r"img_(\d+)\.(?:jpe?g|png)", re.IGNORECASE)
_DAMAGED = "it is cut off or damaged; fetch or write it again"


def sample_indices(n_frames: int, count: int) -> tuple[int, ...]:
    """`count` frame numbers spread evenly in time: the centres of equal segments, strictly increasing.

    A clip of fewer frames gives all of them.

    Raises:
        BadInput: `count` is less than 1.
    """
    if count < 1:
        raise BadInput(f"{count} frames per clip: at least 1 is needed")
    count = min(count, n_frames)
    return tuple((2 * i + 1) * n_frames // (2 * count) for i in range(count))


def fitted(width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height with the longest side at most `size`, the shape kept, never enlarged, both even."""
    scale = min(1.0, size / max(width, height))
    w, h = (max(2, min(side, size, 2 * round(side * scale / 2))) for side in (width, height))
    return w - w % 2, h - h % 2


def read_clip(
    path: Path, *, frames: int, size: int, window_s: tuple[float, float] | None = None, frames_fps: float
) -> Clip:
    """Decode evenly sampled frames of an mp4 file or a frame folder.

    Args:
        path: mp4 file, or folder of `img_00001.JPG` ...
        frames: how many; fewer when the clip or window has fewer.
        size: longest side in pixels; frames are never enlarged.
        window_s: sample only frames from this second on and before that one; a window between two frames gives
            the frame that is on show then.
        frames_fps: rate of frame folders; an mp4 states its own.

    Raises:
        MediaError: the clip is missing, damaged or has gaps, or the window lies outside of it.
        BadInput: `frames` or `size` is too small.
    """
    if size < 2:
        raise BadInput(f"frame size {size}: the longest side needs at least 2 pixels")
    source = _open(path, frames_fps)
    first, last = _window(path, source.times_s, window_s)
    indices = tuple(first + i for i in sample_indices(last - first, frames))
    pictures = source.read(indices, size)
    times = tuple(source.times_s[i] for i in indices)
    return Clip(pictures, times, indices, source.fps, len(source.times_s), _digest(pictures, indices, source.fps))


def rearranged(clip: Clip, order: Sequence[int]) -> Clip:
    """A clip that shows some of its frames, or all in another order, at the moments of the first ones.

    Args:
        clip: the clip as it was filmed.
        order: which frame comes first, second, ...; a single one keeps its own moment.
    """
    frames = np.ascontiguousarray(clip.frames[list(order)])
    kept = order if len(order) == 1 else range(len(order))
    times, indices = tuple(clip.times_s[i] for i in kept), tuple(clip.indices[i] for i in kept)
    digest = _digest(frames, indices, clip.source_fps)
    return replace(clip, frames=frames, times_s=times, indices=indices, sha256=digest)


def clip_info(path: Path, frames_fps: float) -> tuple[int, float, int, int]:
    """Number of frames, frames per second, width and height of a clip, as shown.

    Raises:
        MediaError: the clip is missing, damaged or has gaps.
    """
    source = _open(path, frames_fps)
    width, height = source.shape()
    return len(source.times_s), source.fps, width, height


def decode_all(path: Path, frames_fps: float) -> int:
    """Decode every frame of a clip, keeping none, and return how many there are: a check that it is whole.

    Raises:
        MediaError: the clip is missing, damaged or has gaps.
    """
    source = _open(path, frames_fps)
    for index in range(len(source.times_s)) if isinstance(source, _Folder) else ():
        source.read((index,), 64)
    if isinstance(source, _Mp4):
        source.decode_through()
    return len(source.times_s)


def frame_files(path: Path) -> list[tuple[int, Path]]:
    """The numbered pictures of a frame folder, sorted by number, then name.

    Raises:
        MediaError: a picture is a link that leads out of the folder.
    """
    found = []
    with os.scandir(path) as entries:
        for entry in entries:
            if not (match := _FRAME_NAME.fullmatch(entry.name)):
                continue
            if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(path.resolve()):
                raise MediaError(f"{path}: {entry.name} is a link that leads out of this folder; copy the picture")
            found.append((int(match[1]), path / entry.name))
    return sorted(found)


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of one picture as shown, after decoding all of it: a check that it is whole.

    Raises:
        MediaError: it cannot be read to its end.
    """
    with _image(path) as image:
        size = ImageOps.exif_transpose(image).size if image.getexif() else image.size
        image.draft("RGB", (64, 64))  # the whole file is read, at an eighth of the size
        image.load()
        return size


@dataclass(frozen=True, slots=True)
class _Mp4:
    """An mp4 file whose time stamps are known."""

    path: Path
    pts: tuple[int, ...]
    times_s: tuple[float, ...]
    fps: float

    def shape(self) -> tuple[int, int]:
        with _container(self.path) as (container, stream):
            frame = next(iter(container.decode(stream)))
            return _shown_shape(frame)

    def read(self, indices: Sequence[int], size: int) -> NDArray[np.uint8]:
        found: list[NDArray[np.uint8]] = []
        wanted = [self.pts[i] for i in indices]
        # One for all frames: setting up the scaler costs as much as scaling a frame.
        scaler = VideoReformatter()
        with _container(self.path) as (container, stream):
            stated = stream.width, stream.height
            for frame in _decoded(container, stream, set(wanted)):
                if frame.pts != wanted[len(found)]:
                    continue
                if frame.is_corrupt:
                    break
                self._of_one_size(frame, *stated)
                found.append(_picture(frame, size, scaler))
                if len(found) == len(wanted):
                    return np.stack(found)
        raise MediaError(f"{self.path}: frame {indices[len(found)]} of {len(self.pts)} cannot be decoded; {_DAMAGED}")

    def _of_one_size(self, frame: VideoFrame, width: int, height: int) -> None:
        if (frame.width, frame.height) != (width, height):
            raise MediaError(
                f"{self.path}: a frame is {frame.width}x{frame.height} where the file says {width}x{height}; "
                "the frames of a clip must have one size: write it again"
            )

    def decode_through(self) -> None:
        count = 0
        with _container(self.path) as (container, stream):
            stated = stream.width, stream.height
            for frame in container.decode(stream):
                if frame.is_corrupt or count >= len(self.pts) or frame.pts != self.pts[count]:
                    break
                self._of_one_size(frame, *stated)
                count += 1
        if count < len(self.pts):
            raise MediaError(f"{self.path}: frame {count} of {len(self.pts)} cannot be decoded; {_DAMAGED}")


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder of numbered pictures."""

    files: tuple[Path, ...]
    times_s: tuple[float, ...]
    fps: float

    def shape(self) -> tuple[int, int]:
        with _image(self.files[0]) as image:
            return ImageOps.exif_transpose(image).size

    def read(self, indices: Sequence[int], size: int) -> NDArray[np.uint8]:
        found: list[NDArray[np.uint8]] = []
        for i in indices:
            picture = _load(self.files[i], size)
            if found and picture.shape != found[0].shape:
                (h, w), (h0, w0) = picture.shape[:2], found[0].shape[:2]
                raise MediaError(
                    f"{self.files[i]}: {w}x{h} after resizing where earlier frames are {w0}x{h0}; "
                    "the frames of a clip must have one size"
                )
            found.append(picture)
        return np.stack(found)


def _open(path: Path, frames_fps: float) -> _Mp4 | _Folder:
    if path.is_dir():
        return _open_folder(path, frames_fps)
    if not path.is_file():
        raise MediaError(f"{path}: no such clip; give an mp4 file or a folder of img_00001.JPG ...")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty; fetch or write it again")
    with _container(path) as (container, stream):
        base = stream.time_base
        stamps = sorted(p.pts for p in container.demux(stream) if p.pts is not None and not p.is_discard)
        stated, rate = stream.frames, stream.average_rate
    if not stamps or base is None or rate is None or len(set(stamps)) < len(stamps) or len(stamps) < stated:
        raise MediaError(f"{path}: {len(stamps)} of {stated} frames have a usable time stamp; {_DAMAGED}")
    return _Mp4(path, tuple(stamps), tuple(float((s - stamps[0]) * base) for s in stamps), float(rate))


def _open_folder(path: Path, fps: float) -> _Folder:
    numbered = frame_files(path)
    if not numbered:
        raise MediaError(f"{path}: no frames in this folder; they are called img_00001.JPG and so on")
    first = numbered[0][0]
    if first not in (0, 1):
        raise MediaError(f"{path}: the first frame is number {first}; frames 1 to {first - 1} are missing")
    for expected, (number, file) in enumerate(numbered, first):
        if number > expected:
            raise MediaError(f"{path}: frame {expected} is missing before {file.name}; fetch the folder again")
        if number < expected:
            raise MediaError(f"{path}: frame {number} is there twice, once as {file.name}; delete one of them")
    return _Folder(tuple(f for _, f in numbered), tuple(i / fps for i in range(len(numbered))), fps)


@contextmanager
def _container(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """An open mp4; whatever FFmpeg says of it leaves as a `MediaError`.

    The format is given and not guessed: FFmpeg would take a playlist called .mp4 for what it is, and follow it.
    """
    try:
        with av.open(path, format="mp4") as container:
            if not container.streams.video:
                raise MediaError(f"{path}: there is no video in this file; fetch or write it again")
            stream = container.streams.video[0]
            # Clips are read side by side; threads within one cost a third more processor time and gain little.
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"err_detect": "explode"}
            yield container, stream
    except (av.FFmpegError, StopIteration, UnicodeDecodeError) as e:
        reason = getattr(e, "strerror", None) or "it holds no frame"
        raise MediaError(f"{path}: not a readable mp4 ({reason}); {_DAMAGED}") from e


def _decoded(container: InputContainer, stream: VideoStream, wanted: Set[int]) -> Iterator[VideoFrame]:
    """The frames with these time stamps in order, and among them those that other frames are built on."""
    for packet in container.demux(stream):
        # Nothing depends on a frame that is no reference: half of the frames of most clips need no decoding.
        stream.codec_context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
        yield from stream.decode(packet)


def _shown_shape(frame: VideoFrame) -> tuple[int, int]:
    return (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)


def _picture(frame: VideoFrame, size: int, scaler: VideoReformatter) -> NDArray[np.uint8]:
    """RGB as shown: resized by area, turned as the file's display matrix says (phones film portrait that way)."""
    width, height = fitted(frame.width, frame.height, size)
    rgb = scaler.reformat(frame, width, height, "rgb24", interpolation="AREA").to_ndarray()
    turned = np.rot90(rgb, round(frame.rotation / 90)) if frame.rotation % 360 else rgb
    return np.ascontiguousarray(turned, dtype=np.uint8)


@contextmanager
def _image(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path) as image:
            yield image
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as e:
        raise MediaError(f"{path}: not a readable picture ({e}); {_DAMAGED}") from e


def _load(path: Path, size: int) -> NDArray[np.uint8]:
    with _image(path) as image:
        small = fitted(*image.size, size)
        image.draft("RGB", small)  # JPEG decodes to an eighth, quarter or half at a fraction of the cost
        resized = image.convert("RGB").resize(small, Image.Resampling.BOX)
        return np.asarray(ImageOps.exif_transpose(resized), dtype=np.uint8)


def _window(path: Path, times: tuple[float, ...], window_s: tuple[float, float] | None) -> tuple[int, int]:
    """First frame of a window, and the one after its last."""
    if window_s is None:
        return 0, len(times)
    start, end = window_s
    # Stamps are rounded to the file's clock: a window that starts at frame 7 is not to miss it by a tick.
    tick = 1e-4
    first, last = bisect_right(times, start - tick), bisect_right(times, end - tick)
    if end <= start or last == 0 or start > times[-1] + (times[-1] - times[0]) / max(1, len(times) - 1):
        raise MediaError(
            f"{path}: no frame lies in {start:.3f}-{end:.3f} s; the clip runs from 0 to {times[-1]:.3f} s"
        )
    return (first, last) if last > first else (last - 1, last)


def _digest(frames: NDArray[np.uint8], indices: tuple[int, ...], fps: float) -> str:
    digest = hashlib.sha256(f"{frames.shape} {indices} {fps!r}\n".encode())
    digest.update(frames.data)
    return digest.hexdigest()
