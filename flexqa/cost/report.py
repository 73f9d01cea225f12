"""The shapes of a cost report: figures, each with what it rests on, beside the operating point.

`null` means not measured, never zero. Figures per question divide by the questions that were answered while the
meter ran; a question that was retried after a failure counts once, and its failed attempt is paid for.
"""

from typing import Any, Literal

from flexqa.cost.prices import GpuPrice, TokenPrice
from flexqa.question import Frozen
from flexqa.record import ModelRef
from flexqa.vocabulary import Control


class OperatingPoint(Frozen):
    """At what settings the figures were measured; without them no figure means anything."""

    engine: str | None
    engine_version: str | None
    dtype: str | None
    quantization: str | None
    device: str | None
    n_gpus: int | None
    """of this machine; null where the engine uses none here, or it is not known"""
    power_limit_w: float | None
    """per GPU"""
    concurrency: int | None
    """requests that may be at work at once; null where the adapter does not say"""
    mean_requests: float | None
    """requests at work at once on average, as measured: sum of latencies over time (Little's law)"""
    batch: dict[str, Any]
    """what else the engine says of its batches and caches"""
    frames: int
    size: int
    """longest side of a frame in pixels"""
    sensors: Literal["text", "plot"]
    """how sensor traces are shown"""
    max_tokens: int
    max_text_tokens: int
    decode: str
    control: Control | None
    differing: tuple[str, ...] = ()
    """fields in which the sessions differ; they are null or empty here, and the sessions tell them"""


class Spread(Frozen):
    """One quantity over the replies that report it."""

    n: int
    total: float | None
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    """null below 1,000 replies: it would be one of the largest few"""


class Tokens(Frozen):
    """Tokens per reply, as the engine counts them."""

    input: Spread
    """all of the prompt"""
    text: Spread
    """of the prompt, less vision"""
    vision: Spread
    cached: Spread
    """of the prompt, computed before"""
    output: Spread
    reasoning: Spread
    """of the output"""


class Seconds(Frozen):
    """Seconds per reply, at the concurrency of the operating point."""

    queue: Spread
    first_token: Spread
    total: Spread
    """from submission to the last token"""
    media_decode: Spread
    """decoding and preparing the clips of a request; near zero where they were at hand"""


class Measured(Frozen):
    """A quantity over the sessions in which it was measured."""

    total: float | None
    per_question: float | None
    n_questions: int
    """that were answered in those sessions"""
    reason: str | None
    """why it is null, or why it leaves sessions out"""


class Dollars(Frozen):
    """What the questions cost, start-up apart."""

    usd_per_1k_questions: float | None
    startup_usd: float | None
    """GPU time of loading the model, all sessions; null where tokens are paid"""
    basis: Literal["gpu_hour", "tokens"] | None
    prices: dict[str, GpuPrice | TokenPrice]
    """name of a GPU or model -> its price, of those used"""
    prices_sha256: str
    """of the price file"""
    reason: str | None


class SessionCost(Frozen):
    """One process's part of a run."""

    started_at: str
    outcome: str
    """`finished`, `interrupted`, the kind of an error, or `killed`"""
    device: str | None
    gpus: tuple[str, ...] | None
    startup_s: float | None
    window_s: float | None
    """from the first question to the end; of a killed session to its last mark"""
    answered: int
    """up to there, failures included"""
    failed: int
    retried: int
    cpu_s: float | None
    """processor time of the harness's process; an engine inside it is in it"""
    gpu_seconds: float | None
    gpu_energy_j: float | None
    peak_rss_bytes: int | None
    """largest memory of the harness's process; an engine inside it is in it"""
    rss_growth_bytes: int | None
    """by how much the peak rose after the first question: the loop's own memory, whatever was loaded before"""
    reason: str | None
    """what of this is not known, and why"""

    @property
    def n_questions(self) -> int:
        """Questions that have a prediction now and had none before."""
        return self.answered - self.retried


class CostReport(Frozen):
    """What a run cost."""

    schema_version: Literal["1"] = "1"
    run_id: str
    model: ModelRef
    operating_point: OperatingPoint
    n_questions: int
    """asked"""
    n_replies: int
    n_failures: int
    n_unmeasured: int
    """predictions made while no meter ran, or by a killed session after its last mark"""
    tokens: Tokens
    seconds: Seconds
    startup_s: float | None
    """sum over the sessions"""
    window_s: Measured
    questions_per_second: float | None
    """end to end, start-up apart"""
    cpu_s: Measured
    gpu_seconds: Measured
    """number of GPUs times time"""
    gpu_energy_j: Measured
    """NVML's total energy counter, of whole GPUs"""
    dollars: Dollars
    peak_rss_bytes: int | None
    sessions: tuple[SessionCost, ...]
