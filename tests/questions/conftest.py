from pathlib import Path

import pytest

from flexqa.graph.model import Graph
from flexqa.questions.base import Context
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import QuestionSet
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.vocabulary import VIEWS
from tests.questions.written_set import write_set

ACTIONS = ("A01", "A02", "A08", "A09", "A14", "A16")


@pytest.fixture(scope="session")
def root(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("written"), graph, ACTIONS)


@pytest.fixture(scope="session")
def recordings(root: Path) -> RecordingSet:
    return open_recordings(root)


@pytest.fixture(scope="session")
def context(graph: Graph, recordings: RecordingSet) -> Context:
    return Context(graph, recordings, seed=7)


@pytest.fixture(scope="session")
def question_set(graph: Graph, recordings: RecordingSet) -> QuestionSet:
    return generate(graph, recordings, GenerateOptions(seed=7))


@pytest.fixture(scope="session")
def simulated_root(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated recordings with pose and EMG; the clips, which nobody opens here, are empty files."""
    root = tmp_path_factory.mktemp("simulated") / "set"
    simulate(graph, root, SimulateOptions(actions=ACTIONS, subjects=4, reps=3, video="none"))
    for folder in (root / "EMG").glob("A*/*"):
        clips = root / folder.relative_to(root / "EMG")
        clips.mkdir(parents=True)
        for view in VIEWS:
            (clips / f"View-{view}.mp4").touch()
    return root


@pytest.fixture(scope="session")
def simulated(graph: Graph, simulated_root: Path) -> Context:
    return Context(graph, open_recordings(simulated_root), seed=7)


@pytest.fixture(scope="session")
def large_set(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    """Some thousand questions, for statistics."""
    root = write_set(tmp_path_factory.mktemp("large"), graph, tuple(graph.actions), subjects=4, reps=6, seed=2)
    return generate(graph, open_recordings(root), GenerateOptions(seed=3))
