"""A local model in vLLM, inside this process.

Requests go in one by one and come out as they finish; new ones are pulled while fewer than `max_num_seqs` are at
work. Questions of a clip carry the same media id, so that decoding, vision and the prefix are computed once for all
of them, as long as they come together and the question comes last.

One bad request costs only itself. What can be known beforehand is checked before the engine sees it. What the engine
then refuses may leave a half-made request and a media cache that believes to have sent what it has not; both are
cleared, and the request is tried once more. When the engine crashes, it is started again if it is dead, and what was
at work goes in again one by one: the request that makes it crash alone is the culprit and fails, the others are
answered.
"""

import os
import platform
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import count
from typing import Any, Literal

from pydantic import Field

from flexqa.adapters import torch_compat
from flexqa.adapters.base import Engine, Request
from flexqa.adapters.chat import Chat, output_tokens, split_reasoning
from flexqa.adapters.options import PASSED_ON, Options, passed_on
from flexqa.adapters.vllm_watch import watch
from flexqa.adapters.weights import locate, public_name, revision_of
from flexqa.errors import AdapterError, boundary, require
from flexqa.record import Failure, Reply, Timing, Usage

_MOST_CRASHES = 3
"""in a row, with no reply in between, after which the engine is given up"""

_PATIENCE_S = 0.02
"""A request that took longer to get than this was waiting for its media: let the engine work on the others first."""


class VllmOptions(Options):
    """Options of `vllm:`; a null default is chosen by the machine or the model."""

    dtype: Literal["auto", "bfloat16", "float16", "float32"] | None = Field(
        None, description="numbers of the weights and sums; float32 on a CPU, else as the model says"
    )
    max_model_len: int | None = Field(
        None, ge=64, description="longest prompt and reply; 32768 or what the model has"
    )
    max_num_seqs: int | None = Field(None, ge=1, description="requests at work at once; 16 on a CPU, else 128")
    max_num_batched_tokens: int = Field(
        16384, ge=256, description="tokens of one step, and of the clips that stay encoded: the longest clip must fit"
    )
    block_size: int | None = Field(None, ge=1, description="tokens per block of the prefix cache; 32 on a CPU")
    enable_prefix_caching: bool = Field(True, description="compute what the questions of a clip share only once")
    enforce_eager: bool | None = Field(None, description="do not compile; true on a CPU")
    tensor_parallel_size: int = Field(1, ge=1, description="GPUs that share the model")
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1, description="part of the GPU's memory to use")
    cpu_kv_cache_gb: int = Field(4, ge=1, description="memory of the prefix cache on a CPU")
    mm_processor_cache_gb: float = Field(4.0, ge=0, description="memory for clips that are already prepared")
    max_clips: int = Field(8, ge=1, description="clips per question")
    max_frame_pixels: int = Field(602_112, ge=784, description="largest frame; larger ones are refused, not reduced")
    max_clip_frames: int = Field(32, ge=1, description="frames per clip, for models that have a budget per clip")
    quantization: str | None = Field(None, description="as in vLLM: fp8, awq ...")
    revision: str | None = Field(None, description="commit or branch of the hub")
    trust_remote_code: bool = Field(False, description="run code that comes with the model")
    seed: int = Field(0, description="of the engine; each request has its own")


@dataclass(slots=True)
class _Flight:
    """A request at work."""

    request: Request
    submitted: float
    letters: dict[str, int] | None
    first_token_s: float | None = None
    attempt: int = 1
    suspect: bool = False
    """it was at work when the engine crashed"""


_Flights = dict[str, _Flight]


class VllmEngine(Engine):
    """One vLLM engine and its model."""

    def __init__(self, target: str, options: Mapping[str, str]) -> None:
        self._passed = {k.removeprefix(PASSED_ON): v for k, v in options.items() if k.startswith(PASSED_ON)}
        self.options = VllmOptions.read({k: v for k, v in options.items() if not k.startswith(PASSED_ON)}, "vllm")
        self._name = public_name(target)
        self._location = locate(target)
        _set_environment(self.options)
        self._vllm = require("vllm", "vllm")
        self._transformers = require("transformers", "vllm")
        self._cpu = bool(require("vllm.platforms", "vllm").current_platform.is_cpu())
        with boundary(f"loading the processor of {self._name}"):
            processor = self._transformers.AutoProcessor.from_pretrained(
                self._location, revision=self.options.revision, trust_remote_code=self.options.trust_remote_code
            )
            self.chat = Chat(processor, self.options.max_frame_pixels, self.options.max_clip_frames)
        self.engine = self._start()
        self._config = self.engine.vllm_config
        self._max_model_len = int(self._config.model_config.max_model_len)
        self._room = int(self._config.scheduler_config.max_num_seqs)
        self._ids = count()
        self._crashes = 0

    def _start(self) -> Any:
        with boundary(f"starting vLLM with {self._name}"):
            engine = self._vllm.LLMEngine.from_engine_args(self._vllm.EngineArgs(**self._engine_args()))
            watch(engine)
            return engine

    def _engine_args(self) -> dict[str, Any]:
        o = self.options
        return {
            "model": self._location,
            "revision": o.revision,
            "trust_remote_code": o.trust_remote_code,
            "dtype": o.dtype or ("float32" if self._cpu else "auto"),
            "quantization": o.quantization,
            "seed": o.seed,
            "max_model_len": o.max_model_len or min(32768, self._model_length()),
            "max_num_seqs": o.max_num_seqs or (16 if self._cpu else 128),
            "max_num_batched_tokens": o.max_num_batched_tokens,
            "block_size": o.block_size or (32 if self._cpu else None),
            "enable_prefix_caching": o.enable_prefix_caching,
            "enforce_eager": self._cpu if o.enforce_eager is None else o.enforce_eager,
            "tensor_parallel_size": o.tensor_parallel_size,
            "gpu_memory_utilization": o.gpu_memory_utilization,
            "limit_mm_per_prompt": {"video": o.max_clips, "image": 0},
            "mm_processor_cache_gb": o.mm_processor_cache_gb,
            "mm_processor_kwargs": self.chat.video_settings() or None,
            "disable_log_stats": True,
            "use_tqdm_on_load": False,
            **passed_on(self._passed, {f.name for f in fields(self._vllm.EngineArgs)}),
        }

    def _model_length(self) -> int:
        config = self._transformers.AutoConfig.from_pretrained(
            self._location, revision=self.options.revision, trust_remote_code=self.options.trust_remote_code
        ).get_text_config()
        return int(getattr(config, "max_position_embeddings", None) or 32768)

    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests as they come, many at once, each as soon as it is done.

        Raises:
            AdapterError: the engine crashed several times with no reply in between.
            BadInput: with decode="choice", an option letter, yes or no is not one token of this model.
        """
        source, more = iter(requests), True
        flights: _Flights = {}
        suspects: deque[_Flight] = deque()
        self._crashes = 0
        try:
            while more or flights or suspects:
                if suspects and not flights:
                    yield from self._try_alone(suspects.popleft(), flights)
                while more and len(flights) < self._room and not suspects and not _on_trial(flights):
                    asked = time.perf_counter()
                    try:
                        request = next(source)
                    except StopIteration:
                        more = False
                        break
                    if request is None:
                        break  # what comes next waits for a reply of those at work
                    slow = time.perf_counter() - asked > _PATIENCE_S
                    if failure := self._submit(request, flights):
                        yield request, failure
                    if slow:
                        break
                if flights:
                    yield from self._step(flights, suspects)
        finally:
            if flights:
                self.engine.abort_request(list(flights))

    def _submit(self, request: Request, flights: _Flights) -> Failure | None:
        """Check a request and hand it to the engine; what it fails by."""
        prompt, wrong = self.chat.checked(request, self._max_model_len)
        if wrong := wrong or self._fault(request):
            return Failure(kind="prompt", message=wrong)
        letters = self.chat.reply_ids(request.forced) if request.forced else None
        return self._add(_Flight(request, time.perf_counter(), letters), prompt, flights)

    def _fault(self, request: Request) -> str | None:
        """What this engine's settings forbid."""
        if len(request.clips) > self.options.max_clips:
            return f"{len(request.clips)} clips are more than max_clips={self.options.max_clips}; raise that option"
        longest = max((self.chat.clip_tokens(clip) for clip in request.clips), default=0)
        if longest > self.options.max_num_batched_tokens:
            return (
                f"a clip of {longest} tokens is longer than max_num_batched_tokens="
                f"{self.options.max_num_batched_tokens}; raise that option or show fewer frames"
            )
        return None

    def _add(self, flight: _Flight, prompt: str, flights: _Flights) -> Failure | None:
        key = str(next(self._ids))
        engine_input: dict[str, Any] = {"prompt_token_ids": self.chat.token_ids(prompt)}
        if clips := flight.request.clips:
            videos = self.chat.videos(flight.request)
            engine_input["multi_modal_data"] = {"video": [(f, m | {"do_sample_frames": False}) for f, m in videos]}
            engine_input["multi_modal_uuids"] = {"video": [clip.sha256 for clip in clips]}
        try:
            with boundary("vLLM"):
                self.engine.add_request(key, engine_input, self._sampling(flight))
        except AdapterError as e:
            if _died(e):
                flights[key] = flight  # the next step finds it dead as well, and has it started again
                return None
            self._clear([key])
            if flight.attempt > 1:
                return Failure(kind="engine", message=str(e))
            flight.attempt += 1
            return self._add(flight, prompt, flights)
        flights[key] = flight
        return None

    def _clear(self, keys: list[str]) -> None:
        """Take back requests, half-made ones too, and forget which media the engine was sent."""
        with boundary("clearing vLLM"):
            self.engine.abort_request(keys)
            self.engine.reset_mm_cache()

    def _sampling(self, flight: _Flight) -> Any:
        sampling = flight.request.sampling
        choice: dict[str, Any] = {}
        if flight.letters is not None:
            ids = list(flight.letters.values())
            choice = {"allowed_token_ids": ids, "logprob_token_ids": ids}
        return self._vllm.SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=output_tokens(flight.request),
            seed=sampling.seed,
            **choice,
        )

    def _step(self, flights: _Flights, suspects: deque[_Flight]) -> Iterator[tuple[Request, Reply | Failure]]:
        try:
            with boundary("vLLM"):
                outputs = self.engine.step()
        except AdapterError as e:
            if culprit := self._after_crash(flights, suspects, e):
                yield culprit.request, Failure(kind="engine", message=f"{e} (this request alone makes it crash)")
            return
        for output in outputs:
            flight = flights.get(output.request_id)
            if flight is None:
                continue
            if flight.first_token_s is None and output.outputs[0].token_ids:
                flight.first_token_s = time.perf_counter() - flight.submitted
            if output.finished:
                del flights[output.request_id]
                outcome = self._outcome(flight, output, flights)
                if outcome is not None:
                    yield flight.request, outcome

    def _after_crash(self, flights: _Flights, suspects: deque[_Flight], error: AdapterError) -> _Flight | None:
        """Get the engine to work again, and put aside what was at work; the culprit, if it was alone.

        Raises:
            AdapterError: that was one crash too many.
        """
        under_way, keys = list(flights.values()), list(flights)
        flights.clear()
        self._crashes += 1
        dead = _died(error)
        if not dead:  # of a dead one nothing is left that requests could be taken back from
            self._clear(keys)
        if self._crashes >= _MOST_CRASHES:
            raise error
        if dead:
            with boundary("stopping vLLM"):
                self.close()
            self.engine = self._start()
        if len(under_way) == 1 and under_way[0].suspect:
            return under_way[0]
        for flight in under_way:
            flight.suspect = True
        suspects.extend(under_way)
        return None

    def _try_alone(self, flight: _Flight, flights: _Flights) -> Iterator[tuple[Request, Failure]]:
        """Hand in a request again that was at work when the engine crashed."""
        flight.submitted, flight.first_token_s = time.perf_counter(), None
        if failure := self._add(flight, self.chat.prompt(flight.request), flights):
            yield flight.request, failure

    def _outcome(self, flight: _Flight, output: Any, flights: _Flights) -> Reply | Failure | None:
        """The reply of a finished request; null where it was handed in once more."""
        done = output.outputs[0]
        if done.finish_reason in ("error", "abort"):
            if flight.attempt > 1:
                return Failure(kind="engine", message=f"vLLM ended the request with {done.finish_reason!r} twice")
            # The engine lacks media that it was thought to have; sent once more, they go along.
            self._clear([output.request_id])
            flight.attempt += 1
            return self._add(flight, self.chat.prompt(flight.request), flights)
        self._crashes = 0
        reasoning, text = split_reasoning(done.text)
        truncated = done.finish_reason == "length" and flight.letters is None
        return Reply(
            text=text,
            reasoning=reasoning,
            finish_reason=done.finish_reason,
            status="truncated" if truncated else "ok",
            choice_logprobs=_letter_logprobs(flight, done),
            usage=Usage(
                input_tokens=len(output.prompt_token_ids),
                vision_tokens=self.chat.vision_tokens(output.prompt_token_ids),
                cached_tokens=output.num_cached_tokens,
                output_tokens=len(done.token_ids),
                reasoning_tokens=len(self.chat.token_ids(reasoning)) if reasoning else None,
            ),
            timing=Timing(
                queue_s=_queue_s(output.metrics),
                first_token_s=flight.first_token_s,
                total_s=time.perf_counter() - flight.submitted,
            ),
        )

    def describe(self) -> dict[str, Any]:
        """Engine, versions, device, and the settings that it ended up with."""
        torch = require("torch", "vllm")
        config = self._config
        return {
            "engine": "vllm",
            "vllm": self._vllm.__version__,
            "torch": str(torch.__version__),
            "transformers": self._transformers.__version__,
            "dtype": str(config.model_config.dtype).removeprefix("torch."),
            "device": platform.machine() + " CPU" if self._cpu else torch.cuda.get_device_name(0),
            "devices": config.parallel_config.world_size,
            "max_model_len": self._max_model_len,
            "cache_block_size": config.cache_config.block_size,
            "prefix_caching": config.cache_config.enable_prefix_caching,
            "max_num_seqs": self._room,
            "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
            "enforce_eager": config.model_config.enforce_eager,
            "frame_multiple": self.chat.frame_multiple,
            "torchvision_operators": not torch_compat.operators_missing(),
        }

    def revision(self) -> str | None:
        """Commit in the hub's local cache, or a hash of the local folder (`weights.folder_hash`)."""
        return revision_of(self._location, self.options.revision)

    def close(self) -> None:
        """Stop the engine and free its memory."""
        self.engine.engine_core.shutdown()


def _died(error: AdapterError) -> bool:
    """Whether the engine is gone, and not only this step."""
    return type(error.__cause__).__name__ == "EngineDeadError"


def _on_trial(flights: _Flights) -> bool:
    """Whether a suspect is at work, which must stay alone."""
    return any(flight.suspect for flight in flights.values())


def _queue_s(metrics: Any) -> float | None:
    """Seconds in vLLM's queue; it takes the times only with `--engine-arg disable_log_stats=false`."""
    return None if metrics is None else float(metrics.scheduled_ts - metrics.queued_ts)


def _letter_logprobs(flight: _Flight, done: Any) -> dict[str, float] | None:
    """Natural log-probability of each letter as the first token, over the full vocabulary."""
    if flight.letters is None:
        return None
    first = done.logprobs[0]
    return {letter: float(first[i].logprob) for letter, i in flight.letters.items()}


def _set_environment(options: VllmOptions) -> None:
    """Settings that vLLM reads from the environment; what the user has set stays."""
    torch_compat.install()
    # News about the next torch, for vLLM's own developers.
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"vllm\.")
    if torch_compat.is_cpu_build():
        # torch reads it once, at import. Compiled sampling kernels take seconds on a CPU and never earn them back.
        os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
    # In process there is no second copy of the clips, and the engine starts in 4 s instead of 30.
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "1" if options.tensor_parallel_size > 1 else "0")
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(options.cpu_kv_cache_gb))
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # Its warnings speak of settings that are meant, some of them at every step; INFO brings them back.
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
