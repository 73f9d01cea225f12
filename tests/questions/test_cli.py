from pathlib import Path

from typer.testing import CliRunner

from flexqa.cli.questions import app
from flexqa.questions.question_set import read_question_set


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_generate_writes_a_set_and_counts_it(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    text = run("generate", "--data", root, "--out", out, "--types", "score, harder_side", "--per-type", 5)
    questions = read_question_set(out)
    assert questions.manifest.by_type == {"harder_side": 10, "score": 10}
    assert "33.3%" in text
    assert "20 questions of 72 recordings" in text.replace("\n", " ")


def test_show_gives_question_answer_and_reason(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    run("generate", "--data", root, "--out", out, "--per-type", 4)
    for question in read_question_set(out).questions:
        text = run("show", out, "--id", question.id)
        assert question.id in text
        assert f"answer: {question.answer}" in text
        assert all(o.kind in text for o in question.options)
        assert "why:" in text


def test_types_lists_every_type() -> None:
    text = run("types")
    assert "emg_trace_match" in text
    assert "swapped_emg" in text
