"""A local model in Hugging Face transformers, on whatever torch runs on.

The reference for the other engines: the same chat template, frames and metadata as vLLM, and the model's own code.
What the questions of a clip share is computed once, and the questions are answered in batches (`shared_prefix`).
"""

import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from flexqa.adapters import torch_compat
from flexqa.adapters.base import Engine, Request
from flexqa.adapters.chat import output_tokens
from flexqa.adapters.local_model import LocalModel, LocalOptions
from flexqa.adapters.shared_prefix import Row, SharedPrefix
from flexqa.errors import AdapterError, boundary, require
from flexqa.record import Failure, Reply, Timing


class TransformersOptions(LocalOptions):
    """Options of `transformers:`; a null default is chosen by the machine or the model."""

    dtype: Literal["bfloat16", "float16", "float32"] | None = Field(
        None, description="numbers of the weights; bfloat16 on a GPU that has it, float32 on a CPU"
    )
    device_map: str | None = Field(None, description="as in accelerate; auto where there is a GPU")
    attn_implementation: str | None = Field(None, description="sdpa, flash_attention_2, eager ...")
    max_model_len: int | None = Field(None, ge=64, description="longest prompt and reply; what the model has")
    max_batch: int = Field(16, ge=1, description="questions about the same clips that are answered at once")


class TransformersEngine(Engine):
    """One model and its processor."""

    def __init__(self, target: str, options: Mapping[str, str]) -> None:
        self.options = TransformersOptions.read(options, "transformers")
        self._checkpoint = LocalModel(target, self.options)
        torch_compat.install()
        self._torch = require("torch", "transformers")
        self._transformers = require("transformers", "transformers")
        self.chat = self._checkpoint.chat(self._checkpoint.processor(self._transformers))
        with self._checkpoint.loading():
            self._model = self._transformers.AutoModelForImageTextToText.from_pretrained(
                self._checkpoint.location, **self.options.source, **self._placement()
            ).eval()
        self.on_processor = self._model.device.type == "cpu"
        self._eos = _stop_tokens(self._model.generation_config, self.chat.tokenizer)
        self._shared: tuple[tuple[str, ...], SharedPrefix, list[int]] | None = None
        length = self.options.max_model_len
        self._max_model_len = length or self._model.config.get_text_config().max_position_embeddings

    def _placement(self) -> dict[str, Any]:
        """Where the weights go, and as which numbers."""
        torch, gpu = self._torch, self._torch.cuda.is_available()
        placement: dict[str, Any] = {"dtype": getattr(torch, self.options.dtype or self._best_dtype())}
        if self.options.attn_implementation:
            placement["attn_implementation"] = self.options.attn_implementation
        device_map = self.options.device_map or ("auto" if gpu else None)
        if device_map:
            require("accelerate", "transformers")
            placement["device_map"] = device_map
        return placement

    def _best_dtype(self) -> str:
        cuda = self._torch.cuda
        if not cuda.is_available():
            return "float32"
        return "bfloat16" if cuda.is_bf16_supported() else "float16"

    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests in order, those about the same clips together; what cannot be answered fails alone."""
        batch: list[_Asked] = []
        for request in requests:
            if request is None:
                yield from self._answer_all(batch)
                batch = []
                continue
            prompt, wrong = self.chat.checked(request, self._max_model_len)
            if wrong:
                yield request, Failure(kind="prompt", message=wrong)
                continue
            asked = _Asked(request, *self.chat.split(prompt.text), self.chat.forced_ids(request))
            if batch and (batch[0].shared != asked.shared or len(batch) == self.options.max_batch):
                yield from self._answer_all(batch)
                batch = []
            batch.append(asked)
        yield from self._answer_all(batch)

    def _answer_all(self, batch: Sequence["_Asked"]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests that share their clips; one by one, if they cannot be answered together."""
        if not batch:
            return
        try:
            with boundary("transformers"):
                replies = self._answer(batch)
        except AdapterError as e:
            if len(batch) == 1:
                yield batch[0].request, Failure(kind="engine", message=str(e))
            else:
                for asked in batch:
                    yield from self._answer_all([asked])
            return
        yield from zip((asked.request for asked in batch), replies, strict=True)

    def _answer(self, batch: Sequence["_Asked"]) -> list[Reply]:
        started = time.perf_counter()
        known = self._shared is not None and self._shared[0] == batch[0].shared
        prefix, prefix_ids = self._prefix(batch[0])
        rows = [
            Row(
                ids=self.chat.token_ids(asked.rest),
                sampling=asked.request.sampling,
                most=output_tokens(asked.request),
                letters=asked.letters,
            )
            for asked in batch
        ]
        prefix.answer(rows, self._eos, pad=min(self._eos, default=0))
        seconds = time.perf_counter() - started
        return [self._reply(row, prefix_ids, known or i > 0, started, seconds) for i, row in enumerate(rows)]

    def _prefix(self, asked: "_Asked") -> tuple[SharedPrefix, list[int]]:
        """What comes before the questions of some clips, and its tokens; computed when the clips change."""
        if self._shared is None or self._shared[0] != asked.shared:
            self._shared = None  # frees the last one first
            inputs, ids = None, list[int]()
            if asked.before:
                inputs = self.chat.inputs(asked.before, asked.request.clips).to(self._model.device)
                ids = inputs["input_ids"][0].tolist()
            self._shared = asked.shared, SharedPrefix(self._model, self._torch, inputs), ids
        return self._shared[1:]

    def _reply(self, row: Row, prefix_ids: list[int], cached: bool, started: float, seconds: float) -> Reply:
        return self.chat.reply(
            text=self.chat.decoded(row.new),
            prompt_ids=[*prefix_ids, *row.ids],
            output_tokens=len(row.new),
            cached_tokens=len(prefix_ids) if cached else 0,
            finish_reason="stop" if row.new[-1] in self._eos else "length",
            logprobs=row.logprobs,
            timing=Timing(
                first_token_s=None if row.first_token_at is None else row.first_token_at - started, total_s=seconds
            ),
        )

    def describe(self) -> dict[str, Any]:
        """Engine, versions, device, and the settings that it ended up with."""
        gpu = self._model.device.type == "cuda"
        return {
            "engine": "transformers",
            "transformers": self._transformers.__version__,
            "torch": str(self._torch.__version__),
            "dtype": str(self._model.dtype).removeprefix("torch."),
            "device": self._torch.cuda.get_device_name(0) if gpu else platform.machine() + " CPU",
            "attention": self._model.config._attn_implementation,
            "max_model_len": self._max_model_len,
            "max_batch": self.options.max_batch,
            "media": self.chat.clips.kind,
            "frame_multiple": self.chat.clips.frame_multiple,
            "torchvision_operators": not torch_compat.operators_missing(),
        }

    def revision(self) -> str | None:
        """Commit in the hub's local cache, or a hash of the local folder (`weights.folder_hash`)."""
        return self._checkpoint.revision()

    def close(self) -> None:
        """Let go of the weights."""
        self._shared = None
        self._model = None
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, ready to be answered."""

    request: Request
    before: str
    """the prompt up to the end of the last clip; empty without clips"""
    rest: str
    letters: dict[str, int] | None

    @property
    def shared(self) -> tuple[str, ...]:
        """Equal for requests that begin alike."""
        return (self.before, *(clip.sha256 for clip in self.request.clips))


def _stop_tokens(generation_config: Any, tokenizer: Any) -> frozenset[int]:
    given = generation_config.eos_token_id
    ids = given if isinstance(given, list) else [given, tokenizer.eos_token_id]
    return frozenset(i for i in ids if i is not None)
