"""The published schemas are those of the models, and what flexqa writes is valid."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from flexqa import schemas
from flexqa.cli.app import app
from flexqa.cost.measure import cost_of_folder
from flexqa.cost.meter import Meter
from flexqa.cost.prices import read_prices
from flexqa.leaderboard.build import build
from flexqa.questions.question_set import manifest_path
from flexqa.rescore import score_folder
from tests.scoring.runs import mixed_questions, write_run


@pytest.mark.parametrize("name", schemas.PUBLISHED)
def test_the_files_are_up_to_date(name: str, tmp_path: Path) -> None:
    schemas.write(tmp_path)
    published = schemas.folder() / f"{name}.json"
    text = published.read_text() if published.exists() else ""
    assert text == (tmp_path / f"{name}.json").read_text(), (
        f"{published} is out of date; write it anew with: python -m flexqa.schemas"
    )
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_what_is_written_is_valid(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs" / "one", mixed_questions(3))
    score_folder(run)
    build([run], tmp_path / "leaderboard.json")
    for name, path in (
        ("run", run / "run.json"),
        ("scores", run / "scores.json"),
        ("leaderboard", tmp_path / "leaderboard.json"),
    ):
        validator(name).validate(json.loads(path.read_text()))
    with Meter(run, {"engine": "fake"}, pending=1, startup_s=0.5):
        pass
    validator("cost").validate(cost_of_folder(run, read_prices()).model_dump(mode="json"))
    for name in ("question", "prediction", "verdict", "session"):
        for line in (run / f"{name}s.jsonl").read_text().splitlines():
            validator(name).validate(json.loads(line))


def test_what_is_printed_is_valid(tmp_path: Path) -> None:
    questions = mixed_questions(3)
    a, b = (
        write_run(tmp_path / name, questions, wrong_every=n, model=f"fake:{name}") for name, n in (("a", 2), ("b", 5))
    )
    for name, words in (
        ("comparison", ["compare", str(a), str(b), "--by", "type"]),
        ("plan", ["power", str(a), "--against", str(b)]),
    ):
        shown = CliRunner().invoke(app, [*words, "--json"])
        assert shown.exit_code == 0, shown.output
        validator(name).validate(json.loads(shown.output))


def test_recordings_and_question_sets_are_valid(tree: Path, question_file: Path) -> None:
    validator("recordings").validate(tomllib.loads((tree / "recordings.toml").read_text()))
    for line in (tree / "annotations.jsonl").read_text().splitlines():
        validator("annotation").validate(json.loads(line))
    validator("question_set").validate(json.loads(manifest_path(question_file).read_text()))


def test_what_is_not_of_the_schema_is_found(tmp_path: Path) -> None:
    run = write_run(tmp_path / "one", mixed_questions(2))
    line = json.loads((run / "predictions.jsonl").read_text().splitlines()[0])
    with pytest.raises(jsonschema.ValidationError):
        validator("prediction").validate({**line, "score": 1})
    with pytest.raises(jsonschema.ValidationError):
        validator("prediction").validate({**line, "status": "fine"})


def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(json.loads((schemas.folder() / f"{name}.json").read_text()))
