"""The mini benchmark: a small frozen set, for the demo, for tests, and to try flexqa out.

`benchmarks/flex-videoqa/mini/` holds its questions, audit and card. Its recordings are not there: whoever simulates
with the options below has them. After a change of generator or simulator, freeze it anew: `python -m flexqa.mini`.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from flexqa.assets import asset, default_graph
from flexqa.freeze import VersionInfo, freeze
from flexqa.graph.load import load_graph
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions, simulate

ACTIONS = ("A01", "A02", "A06", "A08", "A15", "A16", "A17")
"""Pressing, curling, raising, lying, hinging, squatting and rowing: one action of each kind."""

RECORDINGS = SimulateOptions(
    actions=ACTIONS, subjects=6, reps=2, seed=7, regime="mixed", width=320, height=180, fps=6
)
QUESTIONS = GenerateOptions(seed=7, per_type=24)

INFO = VersionInfo(
    name="FLEX-VideoQA mini",
    version="1",
    limits="Simulated recordings of six lifters: it shows that an evaluation runs, and how it is read. It says "
    "nothing of how well a model sees people train. Recordings: `flexqa data simulate DIR --actions "
    f"{','.join(ACTIONS)} --subjects 6 --reps 2 --seed 7 --width 320 --height 180 --fps 6`.",
)


def folder() -> Path:
    """Where the frozen set lies."""
    return asset("benchmarks") / "flex-videoqa" / "mini"


def make_recordings(root: Path, workers: int = 1, progress: Callable[[int, int], None] | None = None) -> None:
    """Simulate the recordings that the set asks about; what is there already is kept.

    Args:
        root: folder to write to.
        workers: processes.
        progress: is told how much of how much is done.
    """
    simulate(load_graph(default_graph()), root, RECORDINGS.model_copy(update={"workers": workers}), progress)


def freeze_mini(to: Path) -> None:
    """Make the set again, in a new folder.

    Raises:
        QuestionError: the folder holds files, or a gate of the audit fails.
    """
    graph = load_graph(default_graph())
    with tempfile.TemporaryDirectory() as place:
        root, path = Path(place) / "recordings", Path(place) / "questions.jsonl"
        # Questions do not depend on pictures.
        simulate(graph, root, RECORDINGS.model_copy(update={"video": "empty"}))
        recordings = open_recordings(root)
        generate(graph, recordings, QUESTIONS, path)
        freeze(path, recordings, graph, to, INFO)


if __name__ == "__main__":
    shutil.rmtree(folder(), ignore_errors=True)
    freeze_mini(folder())
