from pathlib import Path

import pytest

from flexqa.graph.model import Graph
from flexqa.questions.base import Annotated, Context, Corpus
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import QuestionSet, read_question_set
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.vocabulary import VIEWS
from tests.questions.written_set import write_set

ACTIONS = ("A01", "A02", "A08", "A09", "A14", "A16")


def simulate_without_pictures(graph: Graph, root: Path, options: SimulateOptions) -> Path:
    """Simulated recordings with pose, EMG and physio; the clips, which nobody opens here, are empty files."""
    simulate(graph, root, options.model_copy(update={"video": "none"}))
    for folder in (root / "EMG").glob("A*/*"):
        clips = root / folder.relative_to(root / "EMG")
        clips.mkdir(parents=True)
        for view in VIEWS:
            (clips / f"View-{view}.mp4").touch()
    return root


def make_set(graph: Graph, root: Path, options: GenerateOptions, path: Path) -> QuestionSet:
    """Generate questions and read them back."""
    generate(graph, open_recordings(root), options, path)
    return read_question_set(path)


@pytest.fixture(scope="session")
def root(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = SimulateOptions(actions=ACTIONS, subjects=4, reps=3, regime="mixed")
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
    return {action: corpus.context(action) for action in corpus.by_action}


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
