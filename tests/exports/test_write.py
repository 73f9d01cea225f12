"""What all formats do alike: what is shown, what is left out and named, and what the command says."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.questions import app
from flexqa.errors import BadInput
from flexqa.exports.write import ExportReport, FormatName, export_questions
from flexqa.presentation import Presenter
from flexqa.question import AnswerFormat, Media, Modality, Question
from flexqa.recordings.model import RecordingSet
from tests.exports.conftest import Export, left_out_of

FORMATS: tuple[FormatName, ...] = ("lmms-eval", "vlmevalkit", "inspect", "datasets")


@pytest.mark.parametrize("form", FORMATS)
def test_every_question_is_in_the_export_or_named(
    export: Export, questions: tuple[Question, ...], form: FormatName
) -> None:
    out, report = export(form)
    left_out = left_out_of(out)
    assert report.n_questions + report.n_left_out == len(questions)
    assert (
        len(left_out) == report.n_left_out == sum(n for by_type in report.left_out.values() for n in by_type.values())
    )
    assert sum(report.by_type.values()) == report.n_questions
    assert ExportReport.model_validate_json((out / "export.json").read_text()) == report
    assert (out / "README.md").read_text().startswith("# FLEX-VideoQA")


@pytest.mark.parametrize("form", ["lmms-eval", "inspect"])
def test_what_cannot_be_shown_or_scored_is_left_out(
    export: Export, questions: tuple[Question, ...], form: FormatName
) -> None:
    out, _ = export(form)
    wanted = {
        q.id
        for q in questions
        if q.follows is not None
        or q.answer_format is AnswerFormat.TEXT
        or any(o.media and o.media.modality is Modality.VIDEO for o in q.options)
    }
    assert left_out_of(out) == wanted


@pytest.mark.parametrize("form", FORMATS)
def test_evidence_that_is_missing_costs_only_its_question(
    questions: tuple[Question, ...], recordings: RecordingSet, presenter: Presenter, tmp_path: Path, form: FormatName
) -> None:
    good = next(q for q in questions if q.type == "score")
    bad = good.model_copy(update={"media": (Media(recording="A02/001", modality=Modality.VIDEO, view="P"),)})
    report = export_questions(
        (bad, good), recordings, presenter.sensor_text, form, tmp_path / "out", questions_sha256="0" * 64
    )
    assert report.n_questions == 1
    [line] = (tmp_path / "out" / "left_out.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert (told["question"], told["reason"]) == (bad.id, "evidence that is missing or cannot be read")
    assert told["detail"] == "A02/001 has no clip of view 'P'"


def test_an_export_replaces_nothing(
    questions: tuple[Question, ...], recordings: RecordingSet, presenter: Presenter, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="exists"):
        export_questions(questions, recordings, presenter.sensor_text, "inspect", tmp_path, questions_sha256="")


def test_an_export_of_nothing_says_why(
    questions: tuple[Question, ...], recordings: RecordingSet, presenter: Presenter, tmp_path: Path
) -> None:
    later = tuple(q for q in questions if q.follows)
    out = tmp_path / "out"
    with pytest.raises(BadInput, match="later turn of a conversation"):
        export_questions(later, recordings, presenter.sensor_text, "inspect", out, questions_sha256="")
    assert not list(tmp_path.iterdir())


def test_the_command_tells_what_was_left_out(question_file: Path, tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    arguments = [
        "export",
        str(question_file),
        "--data",
        str(tree),
        "--format",
        "vlmevalkit",
        "--out",
        str(out),
        "--copy",
    ]
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    report = ExportReport.model_validate_json((out / "export.json").read_text())
    assert f"{report.n_questions} questions for vlmevalkit" in result.output
    assert f"{report.n_left_out} left out" in result.output
    for reason in report.left_out:
        assert reason in result.output
    assert not any(p.is_symlink() for p in (out / "media").iterdir())
