"""What a question costs when its clip has others: seconds per question at K questions per clip, by engine.

Beside transformers, the same questions as one `generate` each, which computes the clip each time; ratios against that
and against K = 1. A random-weight Qwen2.5-VL of width 512 and 8 layers, clips of 16 frames of 224 x 224, one letter.
    python perf/shared_clips.py [transformers|vllm] [RUNS]
"""

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from flexqa.adapters.base import Engine, Request, Text
from flexqa.adapters.registry import create
from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.transformers_engine import TransformersEngine
from flexqa.media import Clip
from flexqa.question import AnswerFormat

PER_CLIP = (1, 4, 16, 64)
FRAMES, SIDE = 16, 224
LETTERS = ("A", "B", "C", "D")


def clip(seed: int) -> Clip:
    """Random pixels, as if sampled at two frames per second."""
    pixels = np.random.default_rng(seed).integers(0, 256, (FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    indices = tuple(15 * i for i in range(FRAMES))
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return Clip(pixels, tuple(i / 30 for i in indices), indices, 30.0, 15 * FRAMES, digest)


def requests(seeds: range, per_clip: int) -> Iterator[Request]:
    """Choice questions, those of a clip together."""
    for seed in seeds:
        shown = clip(seed)
        for i in range(per_clip):
            text = f"Question {i}: which error is seen? A. back rounded B. knee in C. elbow out D. none"
            yield Request(
                question_id=f"{seed} {i}",
                question_type="error_identification",
                answer_format=AnswerFormat.CHOICE,
                parts=(shown, Text(text)),
                letters=LETTERS,
                option_texts=("back rounded", "knee in", "elbow out", "none"),
                decode="choice",
            )


def one_by_one(engine: TransformersEngine, asked: list[Request]) -> None:
    """Each question by `generate`, clip and all."""
    for request in asked:
        inputs = engine.chat.inputs(engine.chat.prompt(request), request.clips)
        engine._model.generate(**inputs, max_new_tokens=1, do_sample=False)


def seconds(work: Callable[[], object], questions: int) -> float:
    """Per question."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / questions


def main() -> None:
    """Measure and print."""
    name = sys.argv[1] if len(sys.argv) > 1 else "transformers"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as place:
        checkpoint = make_tiny_checkpoint(Path(place) / "mid", hidden=512, layers=8)
        engine = create(f"{name}:{checkpoint}", {})
        assert isinstance(engine, Engine)
        list(engine.stream(requests(range(9_000, 9_001), 2)))
        fresh = 0
        cost: dict[int, list[float]] = {k: [] for k in PER_CLIP}
        alone: dict[int, list[float]] = {k: [] for k in PER_CLIP}
        for _ in range(runs):
            for k in PER_CLIP:
                clips = max(1, 4 // k)
                asked = list(requests(range(fresh, fresh + clips), k))
                fresh += clips
                cost[k].append(seconds(lambda a=asked: list(engine.stream(a)), len(asked)))  # type: ignore[misc]
                if isinstance(engine, TransformersEngine):
                    few = asked[:2]
                    alone[k].append(seconds(lambda e=engine, a=few: one_by_one(e, a), len(few)))  # type: ignore[misc]
        engine.close()
    single = statistics.median(cost[1])
    for k in PER_CLIP:
        line = f"K = {k:2}: {1000 * statistics.median(cost[k]):7.1f} ms per question"
        line += f", {statistics.median(single / c for c in cost[k]):5.1f} times cheaper than at K = 1"
        if alone[k]:
            ratios = [a / c for a, c in zip(alone[k], cost[k], strict=True)]
            line += f", {statistics.median(ratios):5.1f} times cheaper than one generate each"
        print(line)


if __name__ == "__main__":
    main()
