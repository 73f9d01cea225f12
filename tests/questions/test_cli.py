from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.questions import app
from flexqa.errors import BadInput
from flexqa.questions.question_set import read_question_set
from flexqa.questions.registry import question_types


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_generate_writes_a_set_and_counts_it(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    text = run("generate", "--data", root, "--out", out, "--types", "action_recognition, score", "--per-type", 5)
    questions = read_question_set(out)
    assert questions.manifest.by_type["action_recognition"] == {"test": 5, "train": 5}
    assert "25%" in text
    assert f"{len(questions)} questions of 144 recordings" in text.replace("\n", " ")


def test_generate_selects_levels_modalities_and_splits(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    run("generate", "--data", root, "--out", out, "--levels", "recognition,standards", "--modalities", "video",
        "--split", "test", "--per-recording", 3, "--workers", 1)  # fmt: skip
    questions = read_question_set(out).questions
    assert {q.level for q in questions} == {"recognition", "standards"}
    assert {q.split for q in questions} == {"test"}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--levels", "hard", "--levels.0: Input should be 'recognition'"),
        ("--modalities", "smell", "--modalities.0: Input should be 'video'"),
        ("--split", "dev", "--splits.0: Input should be 'train'"),
        ("--types", "scores", "no question type 'scores'; the types are"),
    ],
)
def test_an_option_that_there_is_not_is_answered_with_those_that_there_are(
    root: Path, tmp_path: Path, option: str, value: str, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        run("generate", "--data", root, "--out", tmp_path / "q.jsonl", option, value)


def test_show_gives_question_answer_and_reason(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    run("generate", "--data", root, "--out", out, "--per-type", 1)
    for question in read_question_set(out).questions:
        text = run("show", out, "--id", question.id)
        assert question.id in text
        assert "answer:" in text
        assert all(o.kind in text for o in question.options)
        assert "why:" in text


def test_types_lists_every_type() -> None:
    text = run("types")
    assert all(name in text for name in question_types())
    assert "swapped_emg: chance" in text
