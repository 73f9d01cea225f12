"""Requests as vLLM's engine takes them: prompts with the tokens of their media, made twice per clip.

vLLM looks up the media of each request and puts the tokens of their pixels in place of their placeholders, which
takes it longer than all else that it does with a request before the model runs. The questions of a clip begin with
the same tokens, up to and with the clip, so of the second question's input all is kept but what follows the clip.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flexqa.adapters.clip_input import ClipInput
from flexqa.media import Clip


@dataclass(frozen=True, slots=True)
class _Made:
    """An input that vLLM has made."""

    media: tuple[str, ...]
    """their ids, in order"""
    token_ids: Sequence[int]
    """of the prompt, a placeholder for each"""
    engine_input: Mapping[str, Any]
    kept: bool
    """Whether it may serve for further requests: vLLM had made another of the same media just before, and holds them
    itself. So the orders in which its two caches let go of media stay the same."""

    def expanded(self, token_ids: Sequence[int]) -> list[int] | None:
        """Other tokens with media in place; null where they are not the same up to the end of the media."""
        made = self.engine_input["prompt_token_ids"]
        end = max(p.offset + p.length for p in chain.from_iterable(self.engine_input["mm_placeholders"].values()))
        cut = len(self.token_ids) - (len(made) - end)
        alike = cut > 0 and self.token_ids[cut:] == made[end:] and token_ids[:cut] == self.token_ids[:cut]
        return [*made[:end], *token_ids[cut:]] if alike else None


class Inputs:
    """Makes the inputs of one engine, in the order in which they are handed to it."""

    def __init__(self, way: ClipInput) -> None:
        self._way = way
        self._last: _Made | None = None

    def of(self, renderer: Any, clips: Sequence[Clip], token_ids: Sequence[int]) -> Mapping[str, Any]:
        """The input of a request.

        Args:
            renderer: of the engine.
            clips: of the request.
            token_ids: of its prompt, a placeholder for each item of them.
        """
        media = tuple(i for clip in clips for i in self._way.ids(clip))
        last = self._last if self._last and self._last.media == media else None
        if last and last.kept and (expanded := last.expanded(token_ids)):
            return {**last.engine_input, "prompt_token_ids": expanded, "arrival_time": time.time()}
        prompt: dict[str, Any] = {"prompt_token_ids": list(token_ids)}
        if clips:
            items = [item for clip in clips for item in self._way.engine_items(clip)]
            prompt |= {"multi_modal_data": {self._way.kind: items}, "multi_modal_uuids": {self._way.kind: [*media]}}
        [made] = renderer.render_cmpl([prompt])
        if made["type"] == "multimodal":
            kept = last is not None and _held(made, last.engine_input)
            self._last = _Made(media, token_ids, made, kept)
        return dict(made)

    def forget(self) -> None:
        """Have all media looked up again: the engine has lost them."""
        self._last = None


def _held(made: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether vLLM holds the media of an input: they are those of the last, or null, where the engine has them."""
    pairs = zip(*(chain.from_iterable(i["mm_kwargs"].values()) for i in (made, before)), strict=True)
    return all(item is None or item is other for item, other in pairs)
