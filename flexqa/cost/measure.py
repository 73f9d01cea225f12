"""Work out what a run cost from its predictions, its sessions and a price file."""

from collections.abc import Callable, Iterable, Sequence
from math import fsum
from pathlib import Path
from typing import Any

from flexqa.cost.pay import dollars, left_out, quantity
from flexqa.cost.prices import Prices
from flexqa.cost.report import CostReport, Measured, OperatingPoint, Seconds, SessionCost, Spread, Tokens
from flexqa.cost.session import Session, SessionStart, SessionState, read_sessions
from flexqa.record import Reply, RunManifest
from flexqa.store import StoredRun, read_run

ENOUGH_FOR_P99 = 1000
SHORTEST_S = 1e-6
"""Below the meter's last digit."""
SHORTEST_FOR_ENERGY_S = 2.0
"""NVML's counter moves about every 0.1 s: over 2 s that is an error of up to 10 %."""

_CONCURRENCY = ("concurrency", "max_num_seqs", "max_batch", "batch_size")
"""What adapters call the number of requests that may be at work at once; the first that there is counts."""
_BATCH = (
    "max_num_seqs", "max_num_batched_tokens", "max_batch", "batch_size", "max_model_len", "cache_block_size",
    "prefix_caching", "enforce_eager", "attention", "replicas",
)  # fmt: skip


def cost_of_folder(folder: Path, prices: Prices) -> CostReport:
    """What the run in a folder cost, finished or not.

    Raises:
        RunError: the folder is no run, or a file of it is broken.
    """
    return cost_of(read_run(folder), prices)


def cost_of(run: StoredRun, prices: Prices) -> CostReport:
    """What a run cost.

    Raises:
        RunError: its sessions.jsonl is broken.
    """
    sessions = read_sessions(run.folder)
    parts = tuple(map(_session_cost, sessions))
    replies = [p.reply for p in run.predictions if p.reply]
    window = _measured(parts, lambda s: s.window_s, "no session of this run was metered")
    covered = fsum(s.n_questions for s in parts if s.window_s)
    return CostReport(
        run_id=run.manifest.run_id,
        model=run.manifest.spec.model,
        operating_point=_operating_point(run.manifest, sessions),
        n_questions=len(run.questions),
        n_replies=len(replies),
        n_failures=len(run.predictions) - len(replies),
        n_unmeasured=max(0, len(run.predictions) - window.n_questions),
        tokens=_tokens(replies),
        seconds=_seconds(replies),
        startup_s=_sum(s.startup_s for s in parts),
        window_s=window,
        questions_per_second=covered / window.total
        if covered and window.total and window.total >= SHORTEST_S
        else None,
        cpu_s=_measured(parts, lambda s: s.cpu_s, "no session of this run was metered"),
        gpu_seconds=_measured(parts, lambda s: s.gpu_seconds, "no GPU of this machine was used"),
        gpu_energy_j=_measured(parts, lambda s: s.gpu_energy_j, "no GPU of this machine was used"),
        dollars=dollars(run.manifest.spec.model.name, parts, replies, prices),
        peak_rss_bytes=max((s.peak_rss_bytes for s in parts if s.peak_rss_bytes is not None), default=None),
        sessions=parts,
    )


def spread(values: Iterable[float | None]) -> Spread:
    """Sum, mean and percentiles of the values that are known; percentiles are values that occurred."""
    known = sorted(v for value in values if (v := quantity(value)) is not None)
    if not known:
        return Spread(n=0, total=None, mean=None, p50=None, p95=None, p99=None)

    def percentile(p: int) -> float:
        # The smallest value that at least p % do not exceed.
        return known[-(-p * len(known) // 100) - 1]

    total = fsum(known)
    return Spread(
        n=len(known),
        total=total,
        # The sum of equal numbers may be rounded; their mean must not leave them.
        mean=min(max(total / len(known), known[0]), known[-1]),
        p50=percentile(50),
        p95=percentile(95),
        p99=percentile(99) if len(known) >= ENOUGH_FOR_P99 else None,
    )


def _tokens(replies: Sequence[Reply]) -> Tokens:
    used = [r.usage for r in replies]
    return Tokens(
        input=spread(u.input_tokens for u in used),
        text=spread(
            u.input_tokens - u.vision_tokens
            for u in used
            if u.input_tokens is not None and u.vision_tokens is not None
        ),
        vision=spread(u.vision_tokens for u in used),
        cached=spread(u.cached_tokens for u in used),
        output=spread(u.output_tokens for u in used),
        reasoning=spread(u.reasoning_tokens for u in used),
    )


def _seconds(replies: Sequence[Reply]) -> Seconds:
    timed = [r.timing for r in replies]
    return Seconds(
        queue=spread(t.queue_s for t in timed),
        first_token=spread(t.first_token_s for t in timed),
        total=spread(t.total_s for t in timed),
        media_decode=spread(t.decode_s for t in timed),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return fsum(known) if known else None


def _measured(parts: Sequence[SessionCost], of: Callable[[SessionCost], float | None], nothing: str) -> Measured:
    """Add up one quantity over the sessions that know it.

    Args:
        parts: the sessions.
        of: the quantity of one.
        nothing: why it is unknown where no session gives a reason.
    """
    known = [(s, value) for s in parts if (value := of(s)) is not None]
    unknown = [s for s in parts if of(s) is None]
    total = fsum(v for _, v in known) if known else None
    n_questions = sum(s.n_questions for s, _ in known)
    reasons = {s.reason or nothing for s in unknown} or (set() if known else {nothing})
    return Measured(
        total=total,
        per_question=total / n_questions if total is not None and n_questions > 0 else None,
        n_questions=n_questions,
        reason=left_out(reasons, len(unknown), len(parts), "sessions"),
    )


def _session_cost(session: Session) -> SessionCost:
    start, last = session.start, session.last
    energy, why = _energy_j(start, last)
    reasons = [] if session.ended else ["killed: " + ("known up to its last mark" if last else "it left no mark")]
    reasons += [text for text in (why,) if text]
    n_gpus = len(start.gpus) if start.gpus else None
    before, after = start.peak_rss_bytes, last.peak_rss_bytes if last else None
    return SessionCost(
        started_at=start.started_at,
        outcome=(last.outcome if last and session.ended else None) or "killed",
        device=_text(start.adapter.get("device")),
        gpus=None if start.gpus is None else tuple(g.name for g in start.gpus),
        startup_s=start.startup_s,
        window_s=last.window_s if last else None,
        answered=last.answered if last else 0,
        failed=last.failed if last else 0,
        retried=last.retried if last else 0,
        cpu_s=last.cpu_s if last else None,
        gpu_seconds=n_gpus * last.window_s if last and n_gpus else None,
        gpu_energy_j=energy,
        peak_rss_bytes=after if after is not None else before,
        rss_growth_bytes=after - before if before is not None and after is not None else None,
        reason="; ".join(reasons) or None,
    )


def _energy_j(start: SessionStart, last: SessionState | None) -> tuple[float | None, str | None]:
    """Joules of a session, or why they are not known."""
    if start.gpus == ():
        return None, "no GPU of this machine was used"
    if last is None:
        return None, None
    if start.energy_mj is None or last.energy_mj is None:
        return None, start.gpu_note or "the energy counter could not be read"
    if last.window_s < SHORTEST_FOR_ENERGY_S:
        return None, f"{last.window_s:g} s are too short for the energy counter"
    used = [after - before for before, after in zip(start.energy_mj, last.energy_mj, strict=False)]
    if len(last.energy_mj) != len(start.energy_mj) or min(used) < 0:
        return None, "the energy counter was reset in the middle"
    return sum(used) / 1000, None


def _operating_point(manifest: RunManifest, sessions: Sequence[Session]) -> OperatingPoint:
    spec = manifest.spec
    engines = [_engine(s.start.adapter, s.start) for s in sessions] or [_engine(manifest.adapter, None)]
    differing = tuple(sorted(k for k in engines[0] if any(e[k] != engines[0][k] for e in engines)))
    engine = {k: ({} if k == "batch" else None) if k in differing else v for k, v in engines[0].items()}
    states = [s.last for s in sessions if s.last and s.last.request_s is not None]
    window = fsum(s.window_s for s in states)
    return OperatingPoint(
        **{"quantization": _text(spec.adapter_options.get("quantization")), **engine},
        mean_requests=fsum(s.request_s or 0.0 for s in states) / window if window >= SHORTEST_S else None,
        frames=spec.presentation.frames,
        size=spec.presentation.size,
        sensors=spec.presentation.sensors,
        max_tokens=spec.sampling.max_tokens,
        max_text_tokens=spec.sampling.max_text_tokens,
        decode=spec.decode,
        control=spec.control,
        differing=differing,
    )


def _engine(adapter: dict[str, Any], start: SessionStart | None) -> dict[str, Any]:
    """What decides the speed of a session, of what its adapter and its GPUs say."""
    gpus = start.gpus if start else None
    limits = {g.power_limit_w for g in gpus or ()}
    version = _text(adapter.get(str(adapter.get("engine"))))
    said = next((adapter[k] for k in _CONCURRENCY if isinstance(adapter.get(k), int)), None)
    return {
        "engine": _text(adapter.get("engine")),
        "engine_version": version if version and version[0].isdigit() else None,
        "dtype": _text(adapter.get("dtype")),
        "device": _text(adapter.get("device")),
        "n_gpus": len(gpus) if gpus else None,
        "power_limit_w": limits.pop() if len(limits) == 1 else None,
        "concurrency": said,
        "batch": {k: adapter[k] for k in _BATCH if k in adapter},
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
