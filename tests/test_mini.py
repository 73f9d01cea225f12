"""The frozen mini benchmark is what the generator makes today, and passes its audit."""

from pathlib import Path

import pytest

from flexqa.mini import folder, freeze_mini
from flexqa.questions.question_set import read_question_set
from flexqa.questions.registry import question_types


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("mini") / "again"
    freeze_mini(to)
    return to


def test_the_files_are_up_to_date(again: Path) -> None:
    assert sorted(p.name for p in again.iterdir()) == sorted(p.name for p in folder().iterdir())
    for name in ("questions.jsonl", "questions.manifest.json", "recordings.json", "README.md"):
        assert (again / name).read_text() == (folder() / name).read_text(), (
            f"{folder() / name} is out of date; freeze the mini benchmark anew with: make mini"
        )


def test_it_asks_of_nearly_all_types_and_fits_into_a_minute() -> None:
    mini = read_question_set(folder() / "questions.jsonl")
    asked = {q.type for q in mini.questions}
    assert len(set(question_types()) - asked) <= 5
    assert 500 <= len(mini) <= 1500
