"""From a request to what a chat model reads: one way for every local engine.

The processor's own chat template builds the prompt; the parts of the request follow each other in its content, media
first and the question last. A clip goes in as its frames, with the metadata that gives their moments. What cannot be
answered is found here, before an engine sees it: an engine that chokes on one request may take others with it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexqa.adapters.base import Request
from flexqa.errors import AdapterError, BadInput, boundary
from flexqa.media import Clip
from flexqa.question import AnswerFormat

Video = tuple[NDArray[np.uint8], dict[str, Any]]
"""Frames (frames, height, width, 3) and their metadata, as engines take them."""

_PIXEL_BUDGET = {"Qwen2VLVideoProcessor": "frame", "Qwen3VLVideoProcessor": "clip"}
"""Video processors that scale to a budget of pixels, and what the budget is for."""


class Chat:
    """A model's processor: its chat template, tokenizer and video processor."""

    def __init__(self, processor: Any, max_frame_pixels: int, max_clip_frames: int) -> None:
        self.processor = processor
        self.tokenizer = processor.tokenizer
        self.max_frame_pixels = max_frame_pixels
        self.max_clip_frames = max_clip_frames
        self._budget = _PIXEL_BUDGET.get(type(processor.video_processor).__name__.removesuffix("Fast"))
        for name, value in self.video_settings().items():
            kind = type(getattr(processor.video_processor, name))
            setattr(processor.video_processor, name, kind(**value) if name == "size" else value)
        self._markers = re.compile("|".join(re.escape(m) for m in sorted(_markers(processor))) or r"(?!)")
        self._video_marker: str | None = getattr(processor, "video_token", None)
        ids = (getattr(processor, name, None) for name in ("video_token_id", "image_token_id"))
        self._vision_ids = frozenset(i for i in ids if isinstance(i, int))
        self._clip_tokens: dict[tuple[int, ...], int] = {}
        self.reply_ids = lru_cache(self._reply_ids)
        self._ids = lru_cache(16)(self._tokenized)  # a prompt is counted first, and then sent

    @property
    def frame_multiple(self) -> int | None:
        """Sides of a frame are rounded to a multiple of this, in pixels; null where the processor is not known."""
        video = self.processor.video_processor
        return int(video.patch_size * video.merge_size) if self._budget else None

    def video_settings(self) -> dict[str, Any]:
        """Settings of the video processor that neither enlarge nor reduce frames; empty where it is not known.

        The processors' own default of at least 100,000 pixels would enlarge a frame of 224x224 to 316x316.
        """
        if not self._budget or (multiple := self.frame_multiple) is None:
            return {}
        frames = 1 if self._budget == "frame" else self.max_clip_frames
        size = {"shortest_edge": multiple**2, "longest_edge": self.max_frame_pixels * frames}
        # Releases that have this switch are about to turn it on, which would add a second budget.
        cap = hasattr(self.processor.video_processor, "cap_pixels_per_frame")
        return {"size": size} | ({"cap_pixels_per_frame": False} if cap else {})

    def prompt(self, request: Request) -> str:
        """The text that the model reads, with one placeholder per clip."""
        messages = [{"role": "user", "content": _content(request)}]
        for turn in request.then:
            for role, said in (("assistant", turn.reply), ("user", turn.question)):
                messages.append({"role": role, "content": [{"type": "text", "text": said}]})
        text: str = self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return text

    def split(self, prompt: str) -> tuple[str, str]:
        """A prompt up to the end of its last clip, and the rest; cut beside a control token, so tokens agree."""
        at = prompt.rfind(self._video_marker) if self._video_marker else -1
        if at < 0:
            return "", prompt
        end = at
        while found := self._markers.match(prompt, end):
            end = found.end()
        return prompt[:end], prompt[end:]

    def token_ids(self, prompt: str) -> list[int]:
        """The tokens of a prompt, each placeholder one or a few of them; the template has put in what begins it."""
        return list(self._ids(prompt))

    def _tokenized(self, prompt: str) -> tuple[int, ...]:
        return tuple(self.tokenizer(prompt, add_special_tokens=False)["input_ids"])

    def videos(self, request: Request) -> list[Video]:
        """The clips of a request, in order."""
        return [self.video(clip) for clip in request.clips]

    def video(self, clip: Clip) -> Video:
        """Frames and metadata of one clip."""
        covered = covered_frames(clip)
        # A window begins at zero: where in the recording it lies would tell what part of it is shown.
        start = clip.indices[0] if covered < clip.source_frames else 0
        frames, indices = clip.frames, [i - start for i in clip.indices]
        if len(indices) == 1 and self._budget == "clip":
            # This processor merges frames in pairs and refuses a single one; others repeat it themselves.
            frames, indices = np.repeat(frames, 2, axis=0), indices * 2
        return frames, {
            "fps": clip.source_fps,
            "total_num_frames": covered,
            "frames_indices": indices,
            "duration": clip.source_frames / clip.source_fps,
            "video_backend": "flexqa",
        }

    def vision_tokens(self, token_ids: Sequence[int]) -> int | None:
        """How many tokens of an expanded prompt stand for pixels; null where the processor does not say which."""
        return sum(i in self._vision_ids for i in token_ids) if self._vision_ids else None

    def clip_tokens(self, clip: Clip) -> int:
        """Tokens that a clip takes in a prompt, its placeholder included; measured once for each shape."""
        shape = clip.frames.shape
        if shape not in self._clip_tokens:
            empty = self.processor.apply_chat_template(
                [{"role": "user", "content": [{"type": "video"}]}], tokenize=False
            )
            expanded = self.inputs(empty, [self.video(clip)])["input_ids"][0]
            self._clip_tokens[shape] = len(expanded) - len(self.token_ids(empty))
        return self._clip_tokens[shape]

    def inputs(self, prompt: str, videos: Sequence[Video]) -> Any:
        """What the model's forward takes, as the processor makes it: tensors, one row."""
        media: dict[str, Any] = {}
        if videos:
            media = {
                "videos": [frames for frames, _ in videos],
                "video_metadata": [metadata for _, metadata in videos],
                "do_sample_frames": False,
            }
        return self.processor(text=[prompt], return_tensors="pt", add_special_tokens=False, **media)

    def checked(self, request: Request, max_tokens: int) -> tuple[str, str | None]:
        """The prompt of a request, and what forbids to send it: what the processor raises, too, is its own fault."""
        for n, clip in enumerate(request.clips, 1):
            if wrong := _clip_fault(clip) or self._size_fault(clip):
                return "", f"clip {n} of {len(request.clips)}: {wrong}"
        try:
            with boundary("chat template"):
                prompt = self.prompt(request)
                return prompt, self._prompt_fault(request, prompt, max_tokens)
        except AdapterError as e:
            return "", str(e)

    def _prompt_fault(self, request: Request, prompt: str, max_tokens: int) -> str | None:
        """What forbids to send a prompt to a model of a context of `max_tokens`, in words with the remedy."""
        if found := self._markers.search(request.text):
            return f"the text contains {found.group()!r}, which the model reads as a command; take it out"
        if self._video_marker and (n := prompt.count(self._video_marker)) != len(request.clips):
            return f"the chat template made {n} placeholders for {len(request.clips)} clips: it takes no video"
        if request.decode == "choice" and request.answer_format is AnswerFormat.CHOICE and not request.letters:
            return "decode=choice needs the option letters of a choice question, and there are none"
        tokens = len(self.token_ids(prompt)) + sum(self.clip_tokens(clip) for clip in request.clips)
        wanted = output_tokens(request)
        if tokens + wanted > max_tokens:
            return (
                f"{tokens} prompt tokens and {wanted} to generate are more than the model's {max_tokens}; "
                "show fewer or smaller frames, or raise the option max_model_len"
            )
        return None

    def _size_fault(self, clip: Clip) -> str | None:
        if (multiple := self.frame_multiple) is None:
            return None
        count, height, width = clip.frames.shape[:3]
        if min(height, width) < multiple:
            return f"frames of {width}x{height} are smaller than the model's {multiple} pixels; show larger ones"
        pixels = (round(height / multiple) * multiple) * (round(width / multiple) * multiple)
        if pixels > self.max_frame_pixels:
            return (
                f"frames of {width}x{height} would be reduced to {self.max_frame_pixels} pixels; "
                "lower the size of the presentation or raise the option max_frame_pixels"
            )
        if self._budget == "clip" and (count + count % 2) * pixels > self.max_frame_pixels * self.max_clip_frames:
            return f"{count} frames are more than max_clip_frames={self.max_clip_frames} allows; raise that option"
        return None

    def _reply_ids(self, replies: tuple[str, ...]) -> dict[str, int]:
        """The one token of each forced reply, right after the template's last character.

        A reply without a space before it is taken where the tokenizer has it as one token, else with a space.

        Raises:
            BadInput: a reply takes more than one token either way.
        """
        before = self._before_answer()
        start = self.token_ids(before)
        for space in ("", " "):
            ids = {reply: self.token_ids(before + space + reply) for reply in replies}
            if all(len(i) == len(start) + 1 and i[:-1] == start for i in ids.values()):
                return {reply: i[-1] for reply, i in ids.items()}
        raise BadInput(f"one of the replies {', '.join(replies)} is several tokens to this model; use decode=free")

    def _before_answer(self) -> str:
        """What the chat template puts between the question and the answer."""
        messages = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
        asked, open_ = (
            self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate)
            for generate in (False, True)
        )
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(asked, open_, strict=False)))
        text: str = open_[same:]
        return text or "\n"


def output_tokens(request: Request) -> int:
    """The most tokens that the reply may have."""
    if request.forced:
        return 1
    text = request.answer_format is AnswerFormat.TEXT
    return request.sampling.max_text_tokens if text else request.sampling.max_tokens


def split_reasoning(text: str) -> tuple[str | None, str]:
    """The model's thinking, where it marks its end, and the answer after it."""
    thinking, mark, answer = text.rpartition("</think>")
    return (thinking.removeprefix("<think>").strip(), answer.strip()) if mark else (None, text)


def covered_frames(clip: Clip) -> int:
    """Source frames that the clip spans: all of them, or those of its window.

    Processors take frames sampled / this * fps as the rate at which frames were sampled. The length of the file
    would make the motion of a window too slow.
    """
    count = len(clip.indices)
    if count < 2:
        return clip.source_frames
    spacing = (max(clip.indices) - min(clip.indices)) / (count - 1)
    covered = round(count * spacing)
    return clip.source_frames if abs(covered - clip.source_frames) <= max(1.0, spacing) else max(covered, 1)


def _content(request: Request) -> list[dict[str, str]]:
    """The message's content; two texts in a row stay on lines of their own."""
    content: list[dict[str, str]] = []
    for part in request.parts:
        if isinstance(part, Clip):
            content.append({"type": "video"})
            continue
        text = part.text
        if content and content[-1]["type"] == "text" and not content[-1]["text"].endswith("\n"):
            text = "\n" + text
        content.append({"type": "text", "text": text})
    return content


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


def _markers(processor: Any) -> set[str]:
    """Strings that the tokenizer turns into control tokens; text of a question must not have them."""
    added = processor.tokenizer.added_tokens_decoder.values()
    named = (getattr(processor, name, None) for name in ("image_token", "video_token"))
    return {t.content for t in added if t.special and len(t.content) > 2} | {m for m in named if m}
