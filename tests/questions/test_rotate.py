from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.errors import QuestionError
from flexqa.evaluation import EvalOptions, run_model
from flexqa.question import AnswerFormat
from flexqa.questions.bundles import answer_text
from flexqa.questions.question_set import QuestionSet, read_question_set
from flexqa.questions.rotate import rotate_set, rotations
from flexqa.record import Presentation
from flexqa.rescore import score_folder
from flexqa.withheld import withhold_set


def test_rotations_differ_in_the_place_of_the_options_alone(question_set: QuestionSet) -> None:
    choices = [q for q in question_set.questions if q.answer_format is AnswerFormat.CHOICE]
    for q in choices:
        turned = list(rotations(q))
        assert len({r.id for r in turned}) == len(turned) == len(q.options)
        assert turned[0].options == q.options
        assert {answer_text(r) for r in turned} == {answer_text(q)}
        assert sorted(str(r.answer) for r in turned) == list(q.letters), "each letter is right once"
        assert len({r.groups["circular"] for r in turned}) == 1
    groups = Counter(r.groups["circular"] for q in choices for r in rotations(q))
    assert len(groups) == len(choices), "no two questions share a group"


def test_who_always_says_one_letter_is_at_chance_and_never_right_throughout(
    question_file: Path, tree: Path, tmp_path: Path
) -> None:
    rotated, stubborn = tmp_path / "rotated.jsonl", tmp_path / "stubborn.py"
    done = CliRunner().invoke(app, ["questions", "rotate", str(question_file), "--out", str(rotated)])
    assert done.exit_code == 0, done.output
    stubborn.write_text('class Stubborn:\n    name = "A"\n\n    def reply(self, request):\n        return "A"\n')
    scores = {}
    for model in (f"{stubborn}:Stubborn", "baseline:oracle"):
        out = tmp_path / model.rpartition(":")[2]
        run_model(
            EvalOptions(
                model=model, data=tree, questions=rotated, out=out, presentation=Presentation(frames=1, size=32)
            )
        )
        scores[out.name] = score_folder(out)
    circular = {name: s.by_group["circular"] for name, s in scores.items()}
    assert circular["oracle"].accuracy.value == circular["oracle"].consistency.value == 1
    assert circular["Stubborn"].accuracy.value == circular["Stubborn"].consistency.value == 0
    assert scores["Stubborn"].overall.accuracy.value == pytest.approx(scores["Stubborn"].overall.chance)


def test_the_group_does_not_tell_a_withheld_answer(question_file: Path, tmp_path: Path) -> None:
    rotate_set(question_file, tmp_path / "rotated.jsonl")
    withhold_set(tmp_path / "rotated.jsonl", tmp_path / "given-out.jsonl")
    text = (tmp_path / "given-out.jsonl").read_text()
    assert not any(q.id in text for q in read_question_set(question_file).questions if q.split == "test")
    with pytest.raises(QuestionError, match=r"withheld, first .* rotate the full set"):
        rotate_set(tmp_path / "given-out.jsonl", tmp_path / "again.jsonl")
