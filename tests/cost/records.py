"""Run folders with sessions written by hand, and an NVML of known counters."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from flexqa.cost.prices import GpuPrice, Prices, TokenPrice
from flexqa.cost.session import SESSIONS, Gpu, SessionStart, SessionState
from flexqa.question import Question
from flexqa.record import Timing, Usage
from flexqa.store import RunFolder
from tests.scoring.runs import failure_of, question, reply_to, spec

H100 = "NVIDIA H100 80GB HBM3"
WHEN = {"date": "2026-11-09", "source": "a price list"}
PRICES = Prices(
    sha256="5" * 64,
    gpu_hour={H100: GpuPrice.model_validate({**WHEN, "usd": 3.6})},
    tokens={
        "echo": TokenPrice.model_validate({**WHEN, "input_usd": 2.0, "cached_input_usd": 0.5, "output_usd": 8.0})
    },
)
VLLM = {
    "engine": "vllm",
    "vllm": "0.32.0",
    "dtype": "bfloat16",
    "device": H100,
    "devices": 2,
    "max_num_seqs": 16,
    "prefix_caching": True,
}


def start(**changes: object) -> SessionStart:
    """A session on two H100 whose counters stand at 1 kJ and 2 kJ."""
    fields = {
        "started_at": "2026-11-26T10:00:00+00:00",
        "startup_s": 60.0,
        "pending": 10,
        "adapter": VLLM,
        "gpus": (Gpu(name=H100, memory_bytes=80 * 2**30, power_limit_w=700.0),) * 2,
        "energy_mj": (1_000_000, 2_000_000),
        "peak_rss_bytes": 900,
    }
    return SessionStart.model_validate({**fields, **changes})


def end(**changes: object) -> SessionState:
    """After ten seconds, eight questions and 1.6 kJ + 2.4 kJ."""
    fields = {
        "event": "end",
        "outcome": "finished",
        "window_s": 10.0,
        "cpu_s": 4.0,
        "answered": 8,
        "failed": 0,
        "retried": 0,
        "request_s": 25.0,
        "energy_mj": (2_600_000, 4_400_000),
        "peak_rss_bytes": 1000,
    }
    return SessionState.model_validate({**fields, **changes})


def questions(n: int) -> list[Question]:
    return [question(i) for i in range(n)]


def write_folder(folder: Path, asked: list[Question], *lines: SessionStart | SessionState, failures: int = 0) -> Path:
    """A run whose i-th reply took i + 1 seconds, with failures at its end, and the lines of its sessions."""
    with RunFolder.open(folder, spec(n_questions=len(asked)), asked, {"engine": "vllm"}, {}) as run:
        for i, q in enumerate(asked):
            if i >= len(asked) - failures:
                run.append(failure_of(q))
                continue
            prediction = reply_to(q, "B")
            assert prediction.reply
            used = Usage(input_tokens=1000, vision_tokens=900, cached_tokens=800, output_tokens=2 + i % 2)
            timing = Timing(decode_s=0.1, first_token_s=0.5 + i, total_s=1.0 + i)
            run.append(
                prediction.model_copy(
                    update={"reply": prediction.reply.model_copy(update={"usage": used, "timing": timing})}
                )
            )
    (folder / SESSIONS).write_text("".join(line.model_dump_json() + "\n" for line in lines))
    return folder


class NvmlError(Exception):
    """What the library raises."""


def nvml(names: tuple[str, ...], energy_mj: Callable[[int], int] | None, *, driver: bool = True) -> SimpleNamespace:
    """A stand-in for `pynvml`, for machines without a GPU.

    Args:
        names: product name of each GPU.
        energy_mj: index -> its counter; null where the GPU has none.
        driver: whether the machine has NVIDIA's driver.
    """
    calls: list[str] = []

    def init() -> None:
        calls.append("init")
        if not driver:
            raise NvmlError("NVML Shared Library Not Found")

    def energy(index: int) -> int:
        if energy_mj is None:
            raise NvmlError("Not Supported")
        return energy_mj(index)

    return SimpleNamespace(
        calls=calls,
        NVMLError=NvmlError,
        nvmlInit=init,
        nvmlShutdown=lambda: calls.append("shutdown"),
        nvmlDeviceGetCount=lambda: len(names),
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda index: names[index],
        nvmlDeviceGetUUID=lambda index: f"GPU-{index}{index}{index}-abc",
        nvmlDeviceGetMemoryInfo=lambda _: SimpleNamespace(total=80 * 2**30),
        nvmlDeviceGetEnforcedPowerLimit=lambda _: 700_000,
        nvmlDeviceGetTotalEnergyConsumption=energy,
    )
