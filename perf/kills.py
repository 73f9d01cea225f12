"""Kills: `flexqa eval` under SIGKILL at random moments, resumed each time, against a run that nobody disturbs.

Each run of 2,000 questions is killed several times, one time in four while it starts and else while it asks, until
there were 50 kills. Checks after each that no reply which was on disk is gone, and after each run that every question
has exactly one prediction, the one of the undisturbed run. Prints one line per run; a check that fails ends it.

    python perf/kills.py [KILLS] [KILLS_PER_RUN] [SEED]
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.store import read_run
from tests.killing import killed, whole_lines

QUESTIONS = 2000
RECORDINGS = SimulateOptions(
    actions=("A02", "A08", "A16"), subjects=18, reps=2, views=("1", "2"), width=96, height=64, fps=5, workers=2
)


def command(place: Path, run: Path) -> list[str]:
    """What starts or resumes a run."""
    words = ["eval", "fake:echo", "--data", place / "recordings", "--questions", place / "questions.jsonl"]
    words += ["--out", run, "--split", "all", "--limit", QUESTIONS, "--frames", 2, "--size", 64]
    return [sys.executable, "-m", "flexqa", *map(str, words)]


def finish(place: Path, run: Path) -> None:
    """Let a run come to its end."""
    subprocess.run(command(place, run), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def replies(run: Path) -> dict[str, tuple[str, str | None, str]]:
    """Question -> key, reply, status; what time puts into a prediction is left out.

    Raises:
        AssertionError: a question has no prediction, or more than one.
    """
    stored = read_run(run)
    assert Counter(p.question_id for p in stored.predictions) == Counter(q.id for q in stored.questions)
    return {p.question_id: (p.key, p.reply.text if p.reply else None, p.status) for p in stored.predictions}


def main() -> None:
    """Kill and print."""
    kills, per_run, seed = (int(w) for w in (*sys.argv[1:], *("50", "5", "7")[len(sys.argv) - 1 :]))
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        graph = load_graph(default_graph())
        simulate(graph, place / "recordings", RECORDINGS)
        generate(graph, open_recordings(place / "recordings"), GenerateOptions(), place / "questions.jsonl")
        started = time.perf_counter()
        finish(place, place / "undisturbed")
        expected = replies(place / "undisturbed")
        print(f"undisturbed: {len(expected)} questions in {time.perf_counter() - started:.1f} s")
        moments: Counter[str] = Counter()
        for number in range(-(-kills // per_run)):
            run = place / f"run{number}"
            mine = min(per_run, kills - number * per_run)
            seen = list(killed(command(place, run), run, len(expected), mine, rng))
            before = whole_lines(run)
            finish(place, run)
            assert whole_lines(run)[: len(before)] == before, "a line that was on disk has gone or changed"
            assert replies(run) == expected, "the run does not end like the undisturbed one"
            moments.update(kill.while_ for kill in seen)
            torn = sum(kill.torn for kill in seen)
            moments_of = ", ".join(f"{kill.lines} ({kill.while_})" for kill in seen)
            print(
                f"run {number + 1}: killed at {moments_of}; {torn} torn lines; "
                f"{len(expected)} questions, {len(expected)} predictions, all as undisturbed"
            )
        print(f"{kills} kills ({moments['asking']} while asking, {moments['starting']} while starting): nothing lost")


if __name__ == "__main__":
    main()
