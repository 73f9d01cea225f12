"""The clips of an export, as mp4 files in its folder `media/`.

An mp4 file that is shown whole is linked, or copied where the folder is to travel. Of a window a clip of its own is
made, since most tools show whole files only, and of a frame folder likewise.
"""

import shutil
from fractions import Fraction
from pathlib import Path

import av

from flexqa.errors import RecordingError
from flexqa.folders import without_folders
from flexqa.media import Clip
from flexqa.question import Media
from flexqa.recordings.export import pack_frames
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.video import read_clip

MEDIA = "media"

_CUT_SIDE = 960
"""Longest side of a cut clip in pixels: more than models look at, and a long window still fits into memory."""

_ALL_FRAMES = 1_000_000


class ClipFiles:
    """Makes each clip that is asked for once."""

    def __init__(self, recordings: RecordingSet, out: Path, *, copy: bool = False) -> None:
        """Prepare to make files.

        Args:
            recordings: hold the clips.
            out: folder of the export.
            copy: copy mp4 files; otherwise they are linked.
        """
        self._recordings = recordings
        self._out = out
        self._copy = copy

    def public(self, message: str) -> str:
        """A message as it may be published: no folders of this machine."""
        return without_folders(message, {self._recordings.root: "the recordings"})

    def file(self, media: Media) -> str:
        """The mp4 file of a clip, from the folder of the export on: `media/A16-001-View-1.mp4`.

        Raises:
            RecordingError: the recordings lack the clip, or it cannot be read.
        """
        source = self._source(media)
        window = "" if media.window_s is None else "_{:.3f}-{:.3f}".format(*media.window_s)
        # No folders below: VLMEvalKit makes lock files by these names.
        path = self._out / MEDIA / f"{media.recording.replace('/', '-')}-View-{media.view}{window}.mp4"
        if not path.is_symlink() and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._make(source, media, path)
        return path.relative_to(self._out).as_posix()

    def _source(self, media: Media) -> Path:
        if media.recording not in self._recordings.recordings:
            raise RecordingError(f"recording {media.recording} is not in {self._recordings.root}")
        source = self._recordings[media.recording].views.get(media.view or "")
        if source is None:
            raise RecordingError(f"{media.recording} has no clip of view {media.view!r}")
        return source

    def _make(self, source: Path, media: Media, path: Path) -> None:
        fps = self._recordings.info.frames_fps
        if media.window_s is not None:
            window = media.window_s
            clip = read_clip(source, frames=_ALL_FRAMES, size=_CUT_SIDE, window_s=window, frames_fps=fps)
            write_mp4(clip, path)
        elif source.is_dir():
            path.write_bytes(pack_frames(source, fps))
        elif self._copy:
            shutil.copyfile(source, path)
        else:
            path.symlink_to(source.resolve())


def write_mp4(clip: Clip, path: Path) -> None:
    """Write all frames of a clip as H.264, so fine that no model sees a difference."""
    _, height, width, _ = clip.frames.shape
    # One thread and bit-exact headers: the same frames give the same bytes on any number of cores.
    with av.open(path, "w", format="mp4", options={"fflags": "+bitexact"}) as out:
        rate = Fraction(clip.source_fps).limit_denominator(1001)
        stream = out.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in clip.frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
