"""`flexqa eval` on a real vLLM in a process of its own, which is killed with SIGKILL in the middle of the run.

Prints how the run ends: it starts the engine again, and every question has its reply.

    python perf/engine_death.py [QUESTIONS]
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.store import read_run
from tests.killing import whole_lines

RECORDINGS = SimulateOptions(actions=("A02", "A08"), subjects=3, reps=2, views=("1", "2"), width=96, height=64, fps=5)


def engine_process(parent: int) -> int:
    """The process of vLLM's engine."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True)
    [found] = [line for line in listed.stdout.splitlines() if "EngineCore" in line]
    return int(found.split()[0])


def main() -> None:
    """Kill and print."""
    questions = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    with tempfile.TemporaryDirectory() as folder:
        place, graph = Path(folder), load_graph(default_graph())
        simulate(graph, place / "recordings", RECORDINGS)
        generate(graph, open_recordings(place / "recordings"), GenerateOptions(), place / "questions.jsonl")
        checkpoint, run = make_tiny_checkpoint(place / "tiny"), place / "run"
        words = ["eval", f"vllm:{checkpoint}", "--data", place / "recordings", "--out", run, "--split", "all"]
        words += ["--questions", place / "questions.jsonl", "--limit", questions, "--frames", 4, "--size", 64]
        words += ["-o", "cpu_kv_cache_gb=1", "-o", "max_model_len=4096"]
        process = subprocess.Popen(
            [sys.executable, "-m", "flexqa", *map(str, words)],
            env=os.environ | {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"},
        )
        while process.poll() is None and len(whole_lines(run)) < questions // 4:
            time.sleep(0.02)
        os.kill(engine_process(process.pid), signal.SIGKILL)
        killed, before = time.perf_counter(), whole_lines(run)
        code = process.wait(timeout=900)
        seconds = time.perf_counter() - killed
        stored = read_run(run)
        assert whole_lines(run)[: len(before)] == before
        replies = sum(p.reply is not None for p in stored.predictions)
        print(f"killed after {len(before)} predictions; {seconds:.0f} s later exit code {code}: ", end="")
        print(f"{replies} replies of {len(stored.questions)} questions, {len(stored.predictions)} predictions")


if __name__ == "__main__":
    main()
