"""What all tests share: the benchmark's graph, a small simulated set of recordings, and questions about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from tests.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How long an example takes says nothing on a machine that does other work as well.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def graph() -> Graph:
    return load_graph(default_graph())


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Path:
    """Simulated recordings: three actions, four subjects, two repetitions, two views as mp4."""
    from flexqa.simulate.generate import SimulateOptions, simulate

    out = tmp_path_factory.mktemp("recordings")
    options = SimulateOptions(
        actions=("A02", "A08", "A16"), subjects=4, reps=2, seed=7, views=("1", "2"), width=160, height=96, fps=5
    )
    simulate(graph, out, options)
    return out


@pytest.fixture(scope="session")
def question_file(tmp_path_factory: pytest.TempPathFactory, graph: Graph, tree: Path) -> Path:
    """A question set about `tree`, of every type."""
    from flexqa.questions.generate import GenerateOptions, generate
    from flexqa.recordings.flex_layout import open_recordings

    path = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    generate(graph, open_recordings(tree), GenerateOptions(seed=7), path)
    return path


@pytest.fixture
def choice_question() -> Question:
    return Question(
        type="action_recognition",
        level=Level.RECOGNITION,
        modalities=(Modality.VIDEO,),
        options=(Option(text="Barbell Curl", kind="answer"), Option(text="Dumbbell Curl", kind="confusable")),
        answer="A",
        answer_format=AnswerFormat.CHOICE,
        chance=0.5,
        graph_path=(("A02", "contains", "AK06"),),
        action="A02",
        subject="S01",
        split="test",
    )


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium: the one of this machine, or playwright's own."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        except Error as e:
            pytest.skip(f"no Chromium here; apt install chromium, or playwright install chromium: {e.message[:200]}")
        yield browser
        browser.close()
