"""Answering many questions about the same clips: what they share is computed once, what differs goes in batches.

The keys and values of the shared beginning (clips, and the text before them) are kept; each batch continues from a
copy of them. Its rows are padded between the beginning and the question, masked there, and positions go on where the
beginning ends, so a row's numbers are those that it would have alone.
"""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flexqa.record import Sampling


@dataclass(slots=True)
class Row:
    """One question: the tokens after the shared beginning, and how to go on from them."""

    ids: list[int]
    sampling: Sampling
    most: int
    """tokens to generate at most"""
    letters: dict[str, int] | None = None
    """the replies of which one is forced -> its token"""
    new: list[int] = field(default_factory=list)
    """the tokens of the reply"""
    logprobs: dict[str, float] | None = None
    """of the forced replies, over the full vocabulary"""
    first_token_at: float | None = None
    """`time.perf_counter` when the first token was there"""


class SharedPrefix:
    """The beginning that questions share, computed."""

    def __init__(self, model: Any, torch: Any, inputs: Any) -> None:
        """Compute it.

        Args:
            model: a decoder of transformers, with a head.
            torch: the module.
            inputs: what the model's forward takes, one row; null for questions that share nothing.
        """
        self._model, self._torch = model, torch
        self.length = 0
        self._cache, self._delta = None, 0
        if inputs is not None:
            with torch.inference_mode():
                out = model(**inputs, use_cache=True, logits_to_keep=1)
            self.length = int(inputs["input_ids"].shape[1])
            self._cache = out.past_key_values
            # Models that place a clip's tokens in time and space have used up fewer positions than tokens.
            delta = getattr(model.model, "rope_deltas", None)
            self._delta = 0 if delta is None else int(delta.reshape(-1)[0])

    def answer(self, rows: Sequence[Row], stop: frozenset[int], pad: int) -> None:
        """Generate the replies of all rows, into the rows.

        Args:
            rows: at least one.
            stop: tokens that end a reply.
            pad: a token for where there is none.
        """
        torch = self._torch
        device = self._model.device
        width = max(len(row.ids) for row in rows)
        ids = torch.tensor([[pad] * (width - len(r.ids)) + r.ids for r in rows], device=device)
        real = torch.tensor([[0] * (width - len(r.ids)) + [1] * len(r.ids) for r in rows], device=device)
        mask = torch.cat([real.new_ones(len(rows), self.length), real], dim=1)
        cache = copy.deepcopy(self._cache)
        if cache is not None:
            cache.batch_repeat_interleave(len(rows))
        draws = [torch.Generator(device).manual_seed(row.sampling.seed) for row in rows]
        open_ = set(range(len(rows)))
        with torch.inference_mode():
            while open_:
                places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :] + self._delta
                out = self._model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=places.expand(3, *places.shape) if self._in_space else places,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                )
                cache = out.past_key_values
                chosen = [pad] * len(rows)
                for i in sorted(open_):
                    chosen[i] = self._next(rows[i], out.logits[i, -1].float(), draws[i])
                    if chosen[i] in stop or len(rows[i].new) >= rows[i].most:
                        open_.discard(i)
                ids = torch.tensor([[token] for token in chosen], device=device)
                mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)

    @property
    def _in_space(self) -> bool:
        return hasattr(self._model.model, "get_rope_index")

    def _next(self, row: Row, logits: Any, draw: Any) -> int:
        """Choose the next token of a row and note it."""
        torch = self._torch
        if row.first_token_at is None:
            row.first_token_at = time.perf_counter()
        if row.letters is not None:
            logprobs = logits.log_softmax(-1)
            row.logprobs = {letter: float(logprobs[i]) for letter, i in row.letters.items()}
            kept = torch.full_like(logits, float("-inf"))
            allowed = list(row.letters.values())
            kept[allowed] = logits[allowed]
            logits = kept
        token = int(logits.argmax()) if row.sampling.temperature <= 0 else self._drawn(row.sampling, logits, draw)
        row.new.append(token)
        return token

    def _drawn(self, sampling: Sampling, logits: Any, draw: Any) -> int:
        from transformers import TemperatureLogitsWarper, TopPLogitsWarper

        scores = TemperatureLogitsWarper(sampling.temperature)(None, logits[None])
        if sampling.top_p < 1:
            scores = TopPLogitsWarper(sampling.top_p)(None, scores)
        return int(self._torch.multinomial(scores.softmax(-1)[0], 1, generator=draw))
