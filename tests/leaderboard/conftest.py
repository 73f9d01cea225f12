"""A real run, made by `flexqa eval` and scored, for the tests of verification and exports."""

import shutil
from pathlib import Path

import pytest

from flexqa.evaluation import EvalOptions, run_model
from flexqa.record import Presentation
from flexqa.rescore import score_folder
from tests.scoring.runs import mixed_questions, write_run


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three runs on the same questions, of which the one in the middle is the best."""
    questions = mixed_questions(8)
    return [
        write_run(tmp_path / "runs" / name, questions, wrong_every, f"fake:{name}")
        for name, wrong_every in (("poor", 2), ("good", 9), ("fair", 3))
    ]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, tree: Path, question_file: Path) -> Path:
    """A scored run of the random baseline; tests copy it."""
    folder = tmp_path_factory.mktemp("pristine") / "random"
    options = EvalOptions(
        model="baseline:random",
        data=tree,
        questions=question_file,
        out=folder,
        split="all",
        limit=60,
        presentation=Presentation(frames=2, size=64),
    )
    run_model(options)
    score_folder(folder)
    return folder


@pytest.fixture
def submitted(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(pristine, tmp_path / "random"))
