"""Sets of recordings and questions for tests, and how to look into them."""

from pathlib import Path

from flexqa.graph.model import Graph
from flexqa.question import Question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Corpus
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import QuestionSet, read_question_set
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions, simulate

ACTIONS = ("A01", "A02", "A07", "A08", "A09", "A16")


def simulate_without_pictures(graph: Graph, root: Path, options: SimulateOptions) -> Path:
    """Simulated recordings with pose, EMG and physio; the clips, which nobody opens here, are empty files."""
    simulate(graph, root, options.model_copy(update={"video": "empty"}))
    return root


def make_set(graph: Graph, root: Path, options: GenerateOptions, path: Path) -> QuestionSet:
    """Generate questions and read them back."""
    generate(graph, open_recordings(root), options, path)
    return read_question_set(path)


def context_of(corpus: Corpus, action: str) -> Context:
    """All recordings of an action as one portion."""
    return Context(corpus.outline, action, corpus.only(corpus.by_action[action]))


def of_type(question_set: QuestionSet, name: str) -> list[Question]:
    """The questions of a type; there must be some."""
    found = [q for q in question_set.questions if q.type == name]
    assert found, f"no question of type {name}"
    return found
