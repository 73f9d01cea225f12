from pathlib import Path

import pytest

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.questions.base import Context
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import QuestionSet
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from tests.questions.written_set import write_set

ACTIONS = ("A01", "A02", "A08", "A09", "A14", "A16")


@pytest.fixture(scope="session")
def graph() -> Graph:
    return load_graph(default_graph())


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
def large_set(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    """Some thousand questions, for statistics."""
    root = write_set(tmp_path_factory.mktemp("large"), graph, tuple(graph.actions), subjects=4, reps=6, seed=2)
    return generate(graph, open_recordings(root), GenerateOptions(seed=3))
