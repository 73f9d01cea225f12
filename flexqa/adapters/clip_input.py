"""What every way in which a clip can go into a local model has to say: placeholders, items, tokens, what forbids it.

One placeholder in a prompt stands for one item. The ways themselves are in `clip_ways`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from flexqa.media import Clip

_PIXEL_BUDGET = {"Qwen2VLVideoProcessor": "frame", "Qwen3VLVideoProcessor": "clip", "Qwen2VLImageProcessor": "frame"}
"""Processors that scale to a budget of pixels, and what the budget is for."""


class ClipInput(ABC):
    """One of the ways; `kind` is what chat templates and engines call its items."""

    kind: ClassVar[Literal["video", "image"]]

    def __init__(self, processor: Any, max_frame_pixels: int, max_clip_frames: int) -> None:
        """Have the processor show clips this way, frames neither enlarged nor reduced where it is known how.

        Args:
            processor: of a model; its settings are changed.
            max_frame_pixels: largest frame.
            max_clip_frames: frames per clip, where the model has a budget per clip or takes pictures.
        """
        self._processor = processor
        self._max_frame_pixels = max_frame_pixels
        self._max_clip_frames = max_clip_frames
        self._scaler: Any = getattr(processor, f"{self.kind}_processor")
        self.token: str | None = getattr(processor, f"{self.kind}_token", None)
        """what stands for an item in the text, or for each of its vision tokens"""
        self.in_template = placeholder_of(processor, self.kind)
        """what the chat template makes of an item at its place in the content; null where it cannot"""
        self._budget = _PIXEL_BUDGET.get(type(self._scaler).__name__.removesuffix("Fast").removesuffix("Pil"))
        self._tokens: dict[tuple[int, ...], int] = {}
        for name, value in self.settings().items():
            setattr(self._scaler, name, type(self._scaler.size)(**value) if name == "size" else value)

    @property
    def placeholder(self) -> str:
        """What stands for one item in a prompt."""
        return self.in_template or self.token or ""

    @property
    def frame_multiple(self) -> int | None:
        """Sides of a frame are rounded to a multiple of this, in pixels; null where the processor is not known."""
        return int(self._scaler.patch_size * self._scaler.merge_size) if self._budget else None

    def settings(self) -> dict[str, Any]:
        """Settings of the processor that neither enlarge nor reduce frames; empty where it is not known.

        The processors' own default of at least 100,000 pixels would enlarge a frame of 224x224 to 316x316.
        """
        if (multiple := self.frame_multiple) is None:
            return {}
        frames = 1 if self._budget == "frame" else self._max_clip_frames
        size = {"shortest_edge": multiple**2, "longest_edge": self._max_frame_pixels * frames}
        # Releases that have this switch are about to turn it on, which would add a second budget.
        cap = hasattr(self._scaler, "cap_pixels_per_frame")
        return {"size": size} | ({"cap_pixels_per_frame": False} if cap else {})

    def fault(self, clip: Clip) -> str | None:
        """What forbids to show a clip, in words with the remedy."""
        return _clip_fault(clip) or self._size_fault(clip)

    def tokens(self, clip: Clip) -> int:
        """Tokens that a clip adds to a prompt, beside its placeholders."""
        return self.item_tokens(clip) * len(self.ids(clip))

    def item_tokens(self, clip: Clip) -> int:
        """Tokens that each item of a clip adds, beside its placeholder; measured once for each shape."""
        shape = self._shape(clip)
        if shape not in self._tokens:
            alone = self._processor.tokenizer(self.placeholder, add_special_tokens=False)["input_ids"]
            first = self.items(clip)[:1]
            made = self._processor(
                text=[self.placeholder], return_tensors="pt", add_special_tokens=False, **self.inputs(first)
            )
            self._tokens[shape] = len(made["input_ids"][0]) - len(alone)
        return self._tokens[shape]

    @abstractmethod
    def content(self, clip: Clip) -> list[dict[str, str]]:
        """What stands for a clip in a message."""

    @abstractmethod
    def items(self, clip: Clip) -> list[Any]:
        """What the processor takes of a clip, one per placeholder."""

    @abstractmethod
    def ids(self, clip: Clip) -> list[str]:
        """For each item what it is told apart by in an engine's caches."""

    @abstractmethod
    def inputs(self, items: Sequence[Any]) -> dict[str, Any]:
        """Items of one prompt as arguments of the processor."""

    def engine_items(self, clip: Clip) -> list[Any]:
        """Items as vLLM takes them."""
        return self.items(clip)

    @abstractmethod
    def _shape(self, clip: Clip) -> tuple[int, ...]:
        """Equal for clips whose items take as many tokens."""

    def _size_fault(self, clip: Clip) -> str | None:
        if (multiple := self.frame_multiple) is None:
            return None
        height, width = clip.frames.shape[1:3]
        if min(height, width) < multiple:
            return f"frames of {width}x{height} are smaller than the model's {multiple} pixels; show larger ones"
        pixels = (round(height / multiple) * multiple) * (round(width / multiple) * multiple)
        if pixels > self._max_frame_pixels:
            return (
                f"frames of {width}x{height} would be reduced to {self._max_frame_pixels} pixels; "
                "lower the size of the presentation or raise the option max_frame_pixels"
            )
        count = len(clip.frames)
        if self._budget == "clip" and (count + count % 2) * pixels > self._max_frame_pixels * self._max_clip_frames:
            return self._too_many(count)
        return None

    def _too_many(self, count: int) -> str:
        return f"{count} frames are more than max_clip_frames={self._max_clip_frames} allows; raise that option"


def placeholder_of(processor: Any, kind: str) -> str | None:
    """What the chat template puts between two texts for an item that stands there; null where it puts nothing."""
    before, after = "flexqa-before", "flexqa-after"
    content: list[Mapping[str, str]] = [
        {"type": "text", "text": before}, {"type": kind}, {"type": "text", "text": after}
    ]  # fmt: skip
    said = processor.apply_chat_template([{"role": "user", "content": content}], tokenize=False)
    found = re.search(f"{before}(.*?){after}", said, re.DOTALL)
    return (found.group(1).strip() or None) if found else None


def _clip_fault(clip: Clip) -> str | None:
    frames = clip.frames
    if frames.dtype != np.uint8:
        return f"frames are {frames.dtype}, not uint8; give RGB values from 0 to 255"
    if frames.ndim != 4 or frames.shape[-1] != 3:
        return f"frames have shape {frames.shape}, not (frames, height, width, 3)"
    if not len(frames):
        return "it has no frames; at least one is needed"
    if not len(frames) == len(clip.indices) == len(clip.times_s):
        return f"{len(frames)} frames, {len(clip.indices)} indices and {len(clip.times_s)} times do not fit"
    if clip.source_fps <= 0 or clip.source_frames < 1:
        return f"a source of {clip.source_frames} frames at {clip.source_fps} per second"
    return None
