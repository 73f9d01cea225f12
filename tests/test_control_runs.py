"""`flexqa controls`: pairs, what a sound model does, and what is refused."""

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.control_runs import ControlsReport, controls_of
from flexqa.errors import RunError
from flexqa.evaluation import EvalOptions, run_controls
from flexqa.questions.registry import question_types
from flexqa.record import Presentation
from flexqa.rescore import judge_folder
from flexqa.schemas import schema_of
from flexqa.vocabulary import Control

CONTROLS = (Control.BLIND, Control.NO_EMG, Control.REVERSED_FRAMES)


@pytest.fixture(scope="module")
def oracle(question_file: Path, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asked("baseline:oracle", question_file, tree, tmp_path_factory.mktemp("controls") / "oracle")


def asked(model: str, questions: Path, tree: Path, out: Path) -> Path:
    """A run with three controls beside it."""
    options = EvalOptions(
        model=model,
        data=tree,
        questions=questions,
        out=out,
        split="all",
        presentation=Presentation(frames=1, size=32),
    )
    list(run_controls(options, CONTROLS))
    return out


def test_a_drop_is_the_mean_difference_on_the_questions_that_declare_the_control(oracle: Path) -> None:
    found = controls_of(oracle).controls
    assert set(found) == set(CONTROLS)
    clean = {j.question.id: j for j in judge_folder(oracle)[1]}
    for control, told in found.items():
        pairs = [
            (clean[j.question.id].verdict.score - j.verdict.score, j.question)
            for j in judge_folder(oracle.with_name(f"oracle.{control}"))[1]
            if control in question_types()[j.question.type].controls
        ]
        assert told.overall.drop.difference.n == len(pairs)
        assert told.overall.drop.difference.value == pytest.approx(sum(d for d, _ in pairs) / len(pairs))
        assert told.overall.chance == pytest.approx(sum(q.chance for _, q in pairs) / len(pairs))
        for name, part in told.by_type.items():
            of_type = [d for d, q in pairs if q.type == name]
            assert part.drop.difference.value == pytest.approx(sum(of_type) / len(of_type))
            assert part.expected == question_types()[name].controls[control]


def test_the_oracle_is_sound_and_who_does_not_look_is_not(
    oracle: Path, question_file: Path, tree: Path, tmp_path: Path
) -> None:
    blind = controls_of(oracle).controls[Control.BLIND]
    assert (blind.overall.drop.difference.value or 0) > 0.4
    assert not [name for name, part in blind.by_type.items() if part.as_expected is False]
    guess = controls_of(asked("baseline:prior", question_file, tree, tmp_path / "prior")).controls
    assert guess[Control.BLIND].overall.drop.difference.value == 0
    lower = [part for told in guess.values() for part in told.by_type.values() if part.expected == "lower"]
    assert lower
    assert not any(part.as_expected for part in lower)


def test_it_is_printed_and_valid_as_json(oracle: Path) -> None:
    shown = CliRunner().invoke(app, ["controls", str(oracle)])
    assert shown.exit_code == 0, shown.output
    assert all(c in shown.output for c in CONTROLS)
    data = json.loads(CliRunner().invoke(app, ["controls", str(oracle), "--json"]).output)
    jsonschema.Draft202012Validator(schema_of("controls")).validate(data)
    assert ControlsReport.model_validate(data) == controls_of(oracle)


def test_what_is_no_control_of_the_run_is_refused(oracle: Path) -> None:
    with pytest.raises(RunError, match="no control of this run lies beside it"):
        controls_of(oracle.with_name("oracle.blind"))
    with pytest.raises(RunError, match="is no control of run"):
        controls_of(oracle, [oracle])
    with pytest.raises(RunError, match="a second run under blind"):
        controls_of(oracle, [oracle.with_name("oracle.blind")] * 2)
