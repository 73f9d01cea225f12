"""How a clip goes into a local model: as a video, or as pictures with their moments said in the text.

A processor that takes video places the frames in time itself and goes first. Others get every frame as a picture of
its own, after a line that says when each was taken (`prompts/_media.jinja`). Either way one placeholder in the prompt
stands for one item: a whole video, or one picture.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flexqa.adapters.clip_input import ClipInput, placeholder_of
from flexqa.errors import BadInput
from flexqa.media import Clip
from flexqa.prompts import frames_line

MediaChoice = Literal["auto", "video", "images"]
"""auto: a video where the model takes one, else images"""

MEDIA_HELP = "a clip as a video, or as images with their times in the text; auto: a video where the model takes one"

Video = tuple[NDArray[np.uint8], dict[str, Any]]
"""Frames (frames, height, width, 3) and their metadata, as engines take them."""


class AsVideo(ClipInput):
    """A clip is one video, and the processor places its frames in time."""

    kind = "video"

    def content(self, clip: Clip) -> list[dict[str, str]]:
        """One video."""
        return [{"type": self.kind} for _ in self.ids(clip)]

    def items(self, clip: Clip) -> list[Video]:
        """Frames and metadata."""
        # A window begins at zero: where in the recording it lies would tell what part of it is shown.
        start = clip.indices[0] if clip.is_window else 0
        frames, indices = clip.frames, [i - start for i in clip.indices]
        if len(indices) == 1 and self._budget == "clip":
            # This processor merges frames in pairs and refuses a single one; others repeat it themselves.
            frames, indices = np.repeat(frames, 2, axis=0), indices * 2
        metadata = {
            "fps": clip.source_fps,
            "total_num_frames": clip.covered_frames,
            "frames_indices": indices,
            "duration": clip.source_frames / clip.source_fps,
            "video_backend": "flexqa",
        }
        return [(frames, metadata)]

    def ids(self, clip: Clip) -> list[str]:
        """The clip's hash."""
        return [clip.sha256]

    def inputs(self, items: Sequence[Video]) -> dict[str, Any]:
        """Videos with their metadata."""
        return {
            "videos": [frames for frames, _ in items],
            "video_metadata": [metadata for _, metadata in items],
            "do_sample_frames": False,
        }

    def engine_items(self, clip: Clip) -> list[Video]:
        """Frames and metadata; vLLM wants to be told in them not to sample."""
        return [(frames, metadata | {"do_sample_frames": False}) for frames, metadata in self.items(clip)]

    def _shape(self, clip: Clip) -> tuple[int, ...]:
        # Qwen3-VL writes the moments between the frames: more digits, more tokens.
        digits = (len(str(int(t))) for t in clip.shown_times_s) if self._budget == "clip" else ()
        return (*clip.frames.shape, *digits)


class AsImages(ClipInput):
    """Every frame is a picture, and a line before them says their moments."""

    kind = "image"

    def content(self, clip: Clip) -> list[dict[str, str]]:
        """The line, and the pictures."""
        line: dict[str, str] = {"type": "text", "text": frames_line(clip.shown_times_s) + "\n"}
        if self.in_template is None:
            # Some templates put all pictures in front of all text, where no label would say which clip is which.
            return [line, {"type": "text", "text": self.placeholder * len(clip.frames)}]
        pictures: list[dict[str, str]] = [{"type": self.kind} for _ in clip.frames]
        return [line, *pictures]

    def items(self, clip: Clip) -> list[Image.Image]:
        """The frames."""
        return [Image.fromarray(frame) for frame in clip.frames]

    def ids(self, clip: Clip) -> list[str]:
        """The clip's hash and the frame's place in it."""
        return [f"{clip.sha256}.{n}" for n in range(len(clip.frames))]

    def inputs(self, items: Sequence[Image.Image]) -> dict[str, Any]:
        """All pictures of the one prompt."""
        return {"images": [list(items)]}

    def fault(self, clip: Clip) -> str | None:
        """What forbids to show a clip; one of too many pictures, too."""
        many = len(clip.frames) > self._max_clip_frames
        return super().fault(clip) or (self._too_many(len(clip.frames)) if many else None)

    def _shape(self, clip: Clip) -> tuple[int, ...]:
        return clip.frames.shape[1:]


def clip_input(
    processor: Any,
    media: MediaChoice,
    max_frame_pixels: int,
    max_clip_frames: int,
    engine_takes_video: Callable[[], bool] = lambda: True,
) -> ClipInput:
    """The way in which a model is shown clips.

    Args:
        processor: of the model.
        media: as the user wants it.
        max_frame_pixels: as `ClipInput` takes it.
        max_clip_frames: likewise.
        engine_takes_video: false where the processor could and the engine's code for the model cannot; asked of auto.

    Raises:
        BadInput: the model cannot be shown clips that way.
    """
    seen = {kind for kind in ("video", "image") if getattr(processor, f"{kind}_processor", None) is not None}
    video = "video" in seen and placeholder_of(processor, "video") is not None
    if media == "video" or (media == "auto" and video and engine_takes_video()):
        if not video:
            raise BadInput("option media=video: this model takes no video; use media=images")
        return AsVideo(processor, max_frame_pixels, max_clip_frames)
    if "image" not in seen or not (placeholder_of(processor, "image") or getattr(processor, "image_token", None)):
        raise BadInput("this model has no place for videos or images; it sees nothing, so use another one")
    return AsImages(processor, max_frame_pixels, max_clip_frames)
