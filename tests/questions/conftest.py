from pathlib import Path

import pytest

from flexqa.graph.model import Graph
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated, Corpus
from flexqa.questions.generate import GenerateOptions
from flexqa.questions.question_set import QuestionSet
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from flexqa.simulate.generate import SimulateOptions
from tests.questions.sets import ACTIONS, context_of, make_set, simulate_without_pictures
from tests.questions.written_set import write_set


@pytest.fixture(scope="session")
def root(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = SimulateOptions(actions=ACTIONS, subjects=6, reps=4, regime="mixed")
    return simulate_without_pictures(graph, tmp_path_factory.mktemp("simulated") / "set", options)


@pytest.fixture(scope="session")
def written_root(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings without pose."""
    return write_set(tmp_path_factory.mktemp("written"), graph, ACTIONS)


@pytest.fixture(scope="session")
def recordings(root: Path) -> RecordingSet:
    return open_recordings(root)


@pytest.fixture(scope="session")
def corpus(graph: Graph, recordings: RecordingSet) -> Corpus:
    return Corpus(graph, recordings, seed=7)


@pytest.fixture(scope="session")
def contexts(corpus: Corpus) -> dict[str, Context]:
    """Action -> what its questions are made from."""
    return {action: context_of(corpus, action) for action in corpus.by_action}


@pytest.fixture(scope="session")
def by_id(corpus: Corpus) -> dict[str, Annotated]:
    return {a.id: a for group in corpus.by_action.values() for a in group}


@pytest.fixture(scope="session")
def question_set(graph: Graph, root: Path, tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    return make_set(graph, root, GenerateOptions(seed=7), tmp_path_factory.mktemp("set") / "questions.jsonl")


@pytest.fixture(scope="session")
def large_set(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    """Some thousand questions, for statistics."""
    root = write_set(tmp_path_factory.mktemp("large"), graph, tuple(graph.actions), subjects=4, reps=6, seed=2)
    options = GenerateOptions(seed=3, unchecked=True)
    return make_set(graph, root, options, tmp_path_factory.mktemp("large_set") / "questions.jsonl")
