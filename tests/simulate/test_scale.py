"""Sets that are too large to be made in one go: killed and taken up, in several processes, with little memory."""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexqa.errors import FlexqaError
from flexqa.graph.model import Graph
from flexqa.processes import in_processes
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.distribution import score_spreads
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.simulate.published import MEAN_SCORE, PUBLISHED
from tests.simulate.test_generate import annotations, digest

OPTIONS = SimulateOptions(
    actions=("A04", "A08"),
    subjects=2,
    reps=3,
    seed=5,
    video="frames",
    views=("2",),
    width=64,
    height=48,
    fps=2,
    workers=2,
)

SCRIPT = """
import sys
from collections.abc import Iterator
from pathlib import Path
from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.simulate.generate import SimulateOptions, simulate

if __name__ == "__main__":
    simulate(load_graph(default_graph()), Path(sys.argv[1]), SimulateOptions.model_validate_json(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def undisturbed(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "set"
    simulate(graph, out, OPTIONS)
    return out


def made(out: Path) -> int:
    return sum(1 for _ in (out / ".made").rglob("*.json"))


def test_a_killed_simulation_is_taken_up_to_the_same_bytes(undisturbed: Path, tmp_path: Path) -> None:
    draw, out, script = random.Random(), tmp_path / "set", tmp_path / "run.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(out), OPTIONS.model_dump_json()]
    kills = 0
    for goal in sorted(draw.sample(range(1, 21), 3)):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while process.poll() is None and made(out) < goal:
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.03))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
        # Workers go home with their parent.
        time.sleep(0.3)
        before = made(out)
        time.sleep(0.1)
        assert made(out) == before
    assert kills >= 2
    kept = {p: p.stat().st_mtime_ns for p in out.rglob("EMG.csv") if is_entered(out, p)}
    assert subprocess.run(command, check=False).returncode == 0
    assert digest(out) == digest(undisturbed)
    assert {p: p.stat().st_mtime_ns for p in kept} == kept


def is_entered(out: Path, emg: Path) -> bool:
    return (out / ".made" / emg.parent.relative_to(out / "EMG") / "signals.json").exists()


def test_torn_pieces_are_made_again(graph: Graph, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    stopped = OPTIONS.model_copy(update={"workers": 1})

    def stop(done: int, total: int) -> None:
        assert total == 24
        if done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(graph, out, stopped, stop)
    assert made(out) == 9
    assert not (out / "annotations.jsonl").exists()
    torn, lost = out / "EMG/A04/001/EMG.csv", out / "A04/002/View-2/img_00001.JPG"
    torn.write_bytes(torn.read_bytes()[:100])
    lost.unlink()
    seen: list[int] = []
    simulate(graph, out, OPTIONS, lambda *n: seen.append(n[0]))
    assert digest(out) == digest(undisturbed)
    assert seen[-1] == 24
    assert len(seen) == 24 - 9 + 2


def test_a_finished_set_is_left_alone(graph: Graph, undisturbed: Path) -> None:
    before = digest(undisturbed)
    info = simulate(graph, undisturbed, OPTIONS.model_copy(update={"workers": 1}), lambda *n: pytest.fail(str(n)))
    assert info.seed == 5
    assert digest(undisturbed) == before
    assert not (undisturbed / ".made").exists()


def test_a_kill_while_the_lists_are_written_is_made_good(graph: Graph, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    shutil.copytree(undisturbed, out)
    # As if killed between the last piece and the last list: lists are there, recordings.toml and the pieces are not.
    (out / "recordings.toml").unlink()
    (out / ".annotations.jsonl.part").write_text("half a li")
    simulate(graph, out, OPTIONS)
    assert digest(out) == digest(undisturbed)


def _die(number: int) -> int:
    import os

    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _double(number: int) -> int:
    return 2 * number


def test_results_come_in_order_and_few_tasks_are_taken_ahead() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = in_processes(_double, tasks(), 2)
    assert [next(results) for _ in range(5)] == [0, 2, 4, 6, 8]
    assert len(taken) <= 5 + 2 * 4
    assert list(results) == [2 * n for n in range(5, 100)]


def test_a_worker_that_is_killed_is_told(graph: Graph) -> None:
    with pytest.raises(FlexqaError, match="start the same command again"):
        list(in_processes(_die, range(10), 2))


def test_the_table_of_scores(graph: Graph, tmp_path: Path) -> None:
    options = SimulateOptions(actions=("A04", "A13"), subjects=4, reps=2, video="none", regime="flexlike")
    simulate(graph, tmp_path / "set", options)
    truth = [r.annotation for r in open_recordings(tmp_path / "set") if r.annotation]
    a04, a13, everything = score_spreads(truth)
    assert [row.action for row in (a04, a13, everything)] == ["A04", "A13", ""]
    assert (a04.n, everything.n) == (8, 16)
    assert a04.published == PUBLISHED["A04"]
    assert a04.least <= a04.mean <= a04.highest
    assert a04.inside >= 0.9
    assert everything.published.mean == MEAN_SCORE
    assert 3 < everything.errors < 9
    assert len(annotations(tmp_path / "set")) == 16
    assert score_spreads([]) == ()
