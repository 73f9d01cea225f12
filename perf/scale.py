"""What a million questions cost the harness: time per question and peak memory of a run with `fake:echo`.

The question set, 64 questions about each clip, is written first. Each size runs in a process of its own, and its peak
resident memory (RSS) is stated beside that of a process that has only imported the runner.
    python perf/scale.py [QUESTIONS ...]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from flexqa.assets import default_graph
from flexqa.cost.meter import peak_rss_bytes
from flexqa.evaluation import EvalOptions, run_model
from flexqa.graph.load import load_graph
from flexqa.question import FILMED, Question
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import Provenance, question_line, read_question_set, write_question_set
from flexqa.record import Presentation
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions, simulate

SIZES = (10_000, 100_000, 1_000_000)
PER_CLIP = 64
MB = 1e6


def variants(originals: list[Question]) -> Iterator[Question]:
    """Questions without end, each another: a clip ends a little later than the one before."""
    for n in count():
        window = (0.0, 1.0 + n * 1e-6)
        for k in range(PER_CLIP):
            original = originals[(n + k) % len(originals)]
            media = originals[n % len(originals)].media[0].model_copy(update={"window_s": window})
            yield original.model_copy(update={"media": (media,), "subject": f"S{n}-{k}"})


def prepare(place: Path, sizes: list[int]) -> None:
    """Simulate some recordings and write a question set of each size about them."""
    graph = load_graph(default_graph())
    small = SimulateOptions(actions=("A02", "A08"), subjects=2, reps=1, views=("1",), width=64, height=48, fps=5)
    simulate(graph, place / "recordings", small)
    generate(graph, open_recordings(place / "recordings"), GenerateOptions(), place / "questions.jsonl")
    whole = read_question_set(place / "questions.jsonl")
    originals = [q for q in whole.questions if len(q.media) == 1 and q.media[0].modality in FILMED and not q.follows]
    provenance = Provenance.model_validate(whole.manifest.model_dump(include=set(Provenance.model_fields)))
    for size in sizes:
        lines = (question_line(q) for q in islice(variants(originals), size))
        write_question_set(place / f"{size}.jsonl", lines, provenance)


def run(place: Path, size: int) -> None:
    """Run one size and print what it cost; no size is the process alone."""
    started, before = time.perf_counter(), peak_rss_bytes() or 0
    if size:
        options = EvalOptions(
            model="fake:echo",
            data=place / "recordings",
            questions=place / f"{size}.jsonl",
            out=place / f"run-{size}",
            split="all",
            presentation=Presentation(frames=2, size=28),
        )
        outcome = run_model(options)
        assert outcome.n_new == size
        assert not outcome.failures
    seconds, peak = time.perf_counter() - started, peak_rss_bytes() or 0
    each = f"{1e6 * seconds / size:6.0f} us per question" if size else " " * 22
    print(
        f"{size:9,} questions: {seconds:7.1f} s, {each}, peak RSS {peak / MB:5.0f} MB, {before / MB:.0f} at the start"
    )


def main() -> None:
    """Measure each size and print it."""
    match sys.argv[1:]:
        case ["--prepare", place, *sizes]:
            prepare(Path(place), [int(s) for s in sizes])
        case ["--run", place, size]:
            run(Path(place), int(size))
        case given:
            sizes = given or [str(s) for s in SIZES]
            with tempfile.TemporaryDirectory() as place:
                subprocess.run([sys.executable, __file__, "--prepare", place, *sizes], check=True)
                for size in ["0", *sizes]:
                    subprocess.run([sys.executable, __file__, "--run", place, size], check=True)


if __name__ == "__main__":
    main()
