"""A local model in vLLM, inside this process.

Requests go in one by one and come out as they finish; new ones are pulled while fewer than `max_num_seqs` are at
work. Questions of a clip carry the same media id, so that decoding, vision and the prefix are computed once for all
of them, as long as they come together and the question comes last.

One bad request costs only itself. What can be known beforehand is checked before the engine sees it. What the engine
then refuses may leave a half-made request and a media cache that believes to have sent what it has not; both are
cleared, and the request is tried once more. When the engine crashes, it is started again if it is dead, and
`vllm_work` finds out which request is to blame.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, ClassVar

from flexqa.adapters.base import Engine, Request
from flexqa.adapters.chat import Prompt, output_tokens
from flexqa.adapters.local_model import LocalModel
from flexqa.adapters.options import PASSED_ON
from flexqa.adapters.vllm_inputs import Inputs
from flexqa.adapters.vllm_options import VllmOptions
from flexqa.adapters.vllm_start import Start
from flexqa.adapters.vllm_work import Flight, Work
from flexqa.errors import AdapterError, boundary, require
from flexqa.record import Failure, Reply, Timing

_PATIENCE_S = 0.02
"""A request that took longer to get than this was waiting for its media: let the engine work on the others first."""


class VllmEngine(Engine):
    """One vLLM engine and its model."""

    operational: ClassVar[frozenset[str]] = frozenset({"lora"})
    """A LoRA's folder may lie anywhere; what is in it is part of the revision."""

    def __init__(self, target: str, options: Mapping[str, str]) -> None:
        passed = {k.removeprefix(PASSED_ON): v for k, v in options.items() if k.startswith(PASSED_ON)}
        self.options = VllmOptions.read({k: v for k, v in options.items() if not k.startswith(PASSED_ON)}, "vllm")
        self._model = LocalModel(target, self.options)
        self._start = Start(self._model, self.options, passed)
        self._start.prepare()
        self.on_processor = self._start.cpu
        self._sampling_params = self._start.vllm.SamplingParams  # which vLLM looks for anew each time
        self.chat = self._start.chat
        self._inputs = Inputs(self.chat.clips)
        self.engine = self._start.engine()
        self._config = self.engine.vllm_config
        self._max_model_len = int(self._config.model_config.max_model_len)
        self._room = int(self._config.scheduler_config.max_num_seqs)
        lora = self._start.lora
        request = require("vllm.lora.request", "vllm").LoRARequest
        self._lora = request(lora.name, 1, lora.location) if lora else None
        self._ids = count()

    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests as they come, many at once, each as soon as it is done.

        Raises:
            AdapterError: the engine crashed several times with no reply in between.
            BadInput: with decode="choice", an option letter, yes or no is not one token of this model.
        """
        source, more = iter(requests), True
        work = Work()
        self._inputs.forget()
        try:
            while more or work.unfinished:
                if work.suspects and not work.flights:
                    yield from self._try_alone(work.suspects.popleft(), work)
                if more:
                    pulled, more = self._pull(source, work)
                    # One kind of work after the other takes less time than all of it for each in turn.
                    checked = [(request, *self.chat.checked(request, self._max_model_len)) for request in pulled]
                    for request, prompt, wrong in checked:
                        if failure := self._submit(request, prompt, wrong, work):
                            yield request, failure
                if work.flights:
                    yield from self._step(work)
        finally:
            if work.flights:
                self.engine.abort_request(list(work.flights))

    def _pull(self, source: Iterator[Request | None], work: Work) -> tuple[list[Request], bool]:
        """The requests that are at hand, as many as there is room for; and whether there may be more."""
        pulled = list[Request]()
        while work.has_room(self._room - len(pulled)):
            asked = time.perf_counter()
            try:
                request = next(source)
            except StopIteration:
                return pulled, False
            if request is None:
                break  # what comes next waits for a reply of those at work
            others = bool(work.flights or pulled)
            pulled.append(request)
            if others and time.perf_counter() - asked > _PATIENCE_S:
                break
        return pulled, True

    def _submit(self, request: Request, prompt: Prompt, wrong: str | None, work: Work) -> Failure | None:
        """Hand a checked request to the engine; what it fails by."""
        if wrong := wrong or self._fault(request):
            return Failure(kind="prompt", message=wrong)
        letters = self.chat.forced_ids(request)
        return self._add(Flight(request, prompt.token_ids, time.perf_counter(), letters), work)

    def _fault(self, request: Request) -> str | None:
        """What this engine's settings forbid."""
        if len(request.clips) > self.options.max_clips:
            return f"{len(request.clips)} clips are more than max_clips={self.options.max_clips}; raise that option"
        longest = max(map(self.chat.clips.item_tokens, request.clips), default=0)
        if longest > self.options.max_num_batched_tokens:
            return (
                f"a {self.chat.clips.kind} of {longest} tokens is longer than max_num_batched_tokens="
                f"{self.options.max_num_batched_tokens}; raise that option or show fewer or smaller frames"
            )
        return None

    def _add(self, flight: Flight, work: Work) -> Failure | None:
        key = str(next(self._ids))
        try:
            with boundary("vLLM"):
                engine_input = self._inputs.of(self.engine.renderer, flight.request.clips, flight.token_ids)
                self.engine.add_request(key, engine_input, self._sampling(flight), lora_request=self._lora)
        except AdapterError as e:
            if _died(e):
                work.flights[key] = flight  # the next step finds it dead as well, and has it started again
                return None
            self._clear([key])
            if flight.attempt > 1:
                return Failure(kind="engine", message=str(e))
            flight.attempt += 1
            return self._add(flight, work)
        work.flights[key] = flight
        return None

    def _clear(self, keys: list[str]) -> None:
        """Take back requests, half-made ones too, and forget which media the engine was sent."""
        with boundary("clearing vLLM"):
            self.engine.abort_request(keys)
            self.engine.reset_mm_cache()
        self._inputs.forget()

    def _sampling(self, flight: Flight) -> Any:
        sampling = flight.request.sampling
        choice: dict[str, Any] = {}
        if flight.letters is not None:
            ids = list(flight.letters.values())
            # vLLM need not spell out each of them, which takes it long: what is picked is read from its token.
            choice = {"allowed_token_ids": ids, "logprob_token_ids": ids, "detokenize": False}
        return self._sampling_params(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=output_tokens(flight.request),
            seed=sampling.seed,
            skip_clone=True,  # they are of this request alone
            **choice,
        )

    def _step(self, work: Work) -> Iterator[tuple[Request, Reply | Failure]]:
        try:
            with boundary("vLLM"):
                outputs = self.engine.step()
        except AdapterError as e:
            if culprit := self._after_crash(work, e):
                yield culprit.request, Failure(kind="engine", message=f"{e} (this request alone makes it crash)")
            return
        for output in outputs:
            flight = work.flights.get(output.request_id)
            if flight is None:
                continue
            if flight.first_token_s is None and output.outputs[0].token_ids:
                flight.first_token_s = time.perf_counter() - flight.submitted
            if output.finished:
                del work.flights[output.request_id]
                outcome = self._outcome(flight, output, work)
                if outcome is not None:
                    yield flight.request, outcome

    def _after_crash(self, work: Work, error: AdapterError) -> Flight | None:
        """Get the engine to work again, and put aside what was at work; the culprit, if it was alone.

        Raises:
            AdapterError: that was one crash too many.
        """
        keys = list(work.flights)
        culprit = work.crashed()
        dead = _died(error)
        if not dead:  # of a dead one nothing is left that requests could be taken back from
            self._clear(keys)
        if work.lost:
            raise error
        if dead:
            with boundary("stopping vLLM"):
                self.close()
            self.engine = self._start.engine()
            self._inputs.forget()
        return culprit

    def _try_alone(self, flight: Flight, work: Work) -> Iterator[tuple[Request, Failure]]:
        """Hand in a request again that was at work when the engine crashed."""
        flight.submitted, flight.first_token_s = time.perf_counter(), None
        if failure := self._add(flight, work):
            yield flight.request, failure

    def _outcome(self, flight: Flight, output: Any, work: Work) -> Reply | Failure | None:
        """The reply of a finished request; null where it was handed in once more."""
        done = output.outputs[0]
        if done.finish_reason in ("error", "abort"):
            if flight.attempt > 1:
                return Failure(kind="engine", message=f"vLLM ended the request with {done.finish_reason!r} twice")
            # The engine lacks media that it was thought to have; sent once more, they go along.
            self._clear([output.request_id])
            flight.attempt += 1
            return self._add(flight, work)
        work.crashes = 0
        return self.chat.reply(
            text=done.text if flight.letters is None else self.chat.decoded(done.token_ids),
            prompt_ids=output.prompt_token_ids,
            output_tokens=len(done.token_ids),
            cached_tokens=output.num_cached_tokens,
            finish_reason=done.finish_reason,
            logprobs=_letter_logprobs(flight, done),
            timing=Timing(
                queue_s=_queue_s(output.metrics),
                first_token_s=flight.first_token_s,
                total_s=time.perf_counter() - flight.submitted,
            ),
        )

    def describe(self) -> dict[str, Any]:
        """Engine, versions, device, and the settings that it ended up with."""
        return self._start.describe(self._config)

    def revision(self) -> str | None:
        """What names the weights (`weights.revision_of`), those of a LoRA after a plus sign."""
        base, lora = self._model.revision(), self._start.lora
        return f"{base}+{lora.name}@{lora.revision}" if lora else base

    def close(self) -> None:
        """Stop the engine and free its memory."""
        self.engine.engine_core.shutdown()


def _died(error: AdapterError) -> bool:
    """Whether the engine is gone, and not only this step."""
    return type(error.__cause__).__name__ == "EngineDeadError"


def _queue_s(metrics: Any) -> float | None:
    """Seconds in vLLM's queue; it takes the times only with `--engine-arg disable_log_stats=false`."""
    return None if metrics is None else float(metrics.scheduled_ts - metrics.queued_ts)


def _letter_logprobs(flight: Flight, done: Any) -> dict[str, float] | None:
    """Natural log-probability of each letter as the first token, over the full vocabulary."""
    if flight.letters is None:
        return None
    first = done.logprobs[0]
    return {letter: float(first[i].logprob) for letter, i in flight.letters.items()}
