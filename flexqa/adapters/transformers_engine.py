"""A local model in Hugging Face transformers: one request at a time, on whatever torch runs on.

The reference for the other engines: the same chat template, frames and metadata as vLLM, and the model's own code.
It computes each clip again for each of its questions; for many questions take vLLM.
"""

import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from flexqa.adapters import torch_compat
from flexqa.adapters.base import Engine, Request
from flexqa.adapters.chat import Chat, output_tokens, split_reasoning
from flexqa.adapters.options import Options
from flexqa.adapters.weights import locate, public_name, revision_of
from flexqa.errors import AdapterError, boundary, require
from flexqa.record import Failure, Reply, Timing, Usage


class TransformersOptions(Options):
    """Options of `transformers:`; a null default is chosen by the machine or the model."""

    dtype: Literal["bfloat16", "float16", "float32"] | None = Field(
        None, description="numbers of the weights; bfloat16 on a GPU that has it, float32 on a CPU"
    )
    device_map: str | None = Field(None, description="as in accelerate; auto where there is a GPU")
    attn_implementation: str | None = Field(None, description="sdpa, flash_attention_2, eager ...")
    max_model_len: int | None = Field(None, ge=64, description="longest prompt and reply; what the model has")
    max_frame_pixels: int = Field(602_112, ge=784, description="largest frame; larger ones are refused, not reduced")
    max_clip_frames: int = Field(32, ge=1, description="frames per clip, for models that have a budget per clip")
    revision: str | None = Field(None, description="commit or branch of the hub")
    trust_remote_code: bool = Field(False, description="run code that comes with the model")


class TransformersEngine(Engine):
    """One model and its processor."""

    def __init__(self, target: str, options: Mapping[str, str]) -> None:
        self.options = TransformersOptions.read(options, "transformers")
        self._name = public_name(target)
        self._location = locate(target)
        torch_compat.install()
        self._torch = require("torch", "transformers")
        self._transformers = require("transformers", "transformers")
        shared = {"revision": self.options.revision, "trust_remote_code": self.options.trust_remote_code}
        with boundary(f"loading the processor of {self._name}"):
            processor = self._transformers.AutoProcessor.from_pretrained(self._location, **shared)
            self.chat = Chat(processor, self.options.max_frame_pixels, self.options.max_clip_frames)
        with boundary(f"loading {self._name}"):
            self._model = self._transformers.AutoModelForImageTextToText.from_pretrained(
                self._location, **shared, **self._placement()
            ).eval()
        self._eos = _stop_tokens(self._model.generation_config, self.chat.tokenizer)
        # `generate` fills the gaps of a request's settings from here: leave it nothing to fill them with.
        self._model.generation_config = self._transformers.GenerationConfig()
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
        """Answer requests in their order; what cannot be answered fails alone."""
        for request in requests:
            if request is None:
                continue
            prompt, wrong = self.chat.checked(request, self._max_model_len)
            if wrong:
                yield request, Failure(kind="prompt", message=wrong)
                continue
            try:
                with boundary("transformers"):
                    outcome: Reply | Failure = self._answer(request, prompt)
            except AdapterError as e:
                outcome = Failure(kind="engine", message=str(e))
            yield request, outcome

    def _answer(self, request: Request, prompt: str) -> Reply:
        started = time.perf_counter()
        inputs = self.chat.inputs(prompt, self.chat.videos(request)).to(self._model.device)
        letters = self.chat.reply_ids(request.forced) if request.forced else None
        clock = _FirstToken()
        new, logits = self._generate(inputs, request, letters, clock)
        seconds = time.perf_counter() - started
        prompt_ids: list[int] = inputs["input_ids"][0].tolist()
        stopped = bool(new) and new[-1] in self._eos
        with_marks = self.chat.tokenizer.decode(new, skip_special_tokens=True)
        reasoning, text = split_reasoning(with_marks)
        return Reply(
            text=text,
            reasoning=reasoning,
            finish_reason="stop" if stopped else "length",
            status="ok" if stopped or letters is not None else "truncated",
            choice_logprobs=None if letters is None else _letter_logprobs(logits, letters),
            usage=Usage(
                input_tokens=len(prompt_ids),
                vision_tokens=self.chat.vision_tokens(prompt_ids),
                cached_tokens=0,
                output_tokens=len(new),
                reasoning_tokens=len(self.chat.token_ids(reasoning)) if reasoning else None,
            ),
            timing=Timing(first_token_s=None if clock.at is None else clock.at - started, total_s=seconds),
        )

    def _generate(
        self, inputs: Any, request: Request, letters: dict[str, int] | None, clock: "_FirstToken"
    ) -> tuple[list[int], Any]:
        """New tokens, and the logits of the first, over the full vocabulary, as the model gave them."""
        torch, sampling = self._torch, request.sampling
        processors: list[Any] = [clock]
        if letters is not None:
            processors.append(_only(torch, letters))
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(sampling.seed)
            out = self._model.generate(
                **inputs,
                generation_config=self._generation(request),
                logits_processor=self._transformers.LogitsProcessorList(processors),
            )
        new = out.sequences[0, inputs["input_ids"].shape[1] :].tolist()
        return new, out.logits[0][0]

    def _generation(self, request: Request) -> Any:
        """Nothing but what the request says: no penalty or top-k from the model's own file."""
        sampling = request.sampling
        drawn = sampling.temperature > 0
        how = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0} if drawn else {}
        return self._transformers.GenerationConfig(
            do_sample=drawn,
            max_new_tokens=output_tokens(request),
            eos_token_id=sorted(self._eos),
            pad_token_id=min(self._eos, default=0),
            output_logits=True,
            return_dict_in_generate=True,
            **how,
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
            "frame_multiple": self.chat.frame_multiple,
            "torchvision_operators": not torch_compat.operators_missing(),
        }

    def revision(self) -> str | None:
        """Commit in the hub's local cache, or a hash of the local folder (`weights.folder_hash`)."""
        return revision_of(self._location, self.options.revision)

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()


class _FirstToken:
    """Notes when the first logits are there; changes nothing."""

    def __init__(self) -> None:
        self.at: float | None = None

    def __call__(self, _input_ids: Any, scores: Any) -> Any:
        if self.at is None:
            self.at = time.perf_counter()
        return scores


def _only(torch: Any, letters: Mapping[str, int]) -> Any:
    """A processor of logits that leaves nothing but the letters."""

    def keep(_input_ids: Any, scores: Any) -> Any:
        ids = list(letters.values())
        masked = torch.full_like(scores, float("-inf"))
        masked[:, ids] = scores[:, ids]
        return masked

    return keep


def _letter_logprobs(logits: Any, letters: Mapping[str, int]) -> dict[str, float]:
    logprobs = logits.float().log_softmax(-1)
    return {letter: float(logprobs[i]) for letter, i in letters.items()}


def _stop_tokens(generation_config: Any, tokenizer: Any) -> frozenset[int]:
    given = generation_config.eos_token_id
    ids = given if isinstance(given, list) else [given, tokenizer.eos_token_id]
    return frozenset(i for i in ids if i is not None)
