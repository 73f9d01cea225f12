"""Who has no answers can run a model; who has them can score it, and gets what a run with answers gets."""

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.errors import QuestionError, RunError
from flexqa.evaluation import EvalOptions, run_model
from flexqa.judging import ask_judge
from flexqa.leaderboard.build import add, build
from flexqa.leaderboard.export import export
from flexqa.leaderboard.export_options import ExportOptions
from flexqa.leaderboard.verify import Against, verify
from flexqa.question import WITHHELD
from flexqa.questions.question_set import read_question_set
from flexqa.record import Presentation
from flexqa.rescore import judge_folder, score_folder
from flexqa.scoring.aggregate import aggregate, to_json
from flexqa.scoring.verdict import lines_of
from flexqa.store import PREDICTIONS, QUESTIONS, SCORES, VERDICTS
from flexqa.withheld import withhold, withhold_set


@pytest.fixture(scope="module")
def given_out(question_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("withheld") / "questions.jsonl"
    withhold_set(question_file, path)
    return path


@pytest.fixture(scope="module")
def run(given_out: Path, tree: Path) -> Path:
    return ask(given_out, tree, given_out.parent / "run")


def ask(questions: Path, data: Path, out: Path, limit: int | None = None) -> Path:
    options = EvalOptions(
        model="baseline:random", data=data, questions=questions, out=out, limit=limit,
        presentation=Presentation(frames=1, size=32),
    )  # fmt: skip
    run_model(options)
    return out


def test_who_has_the_answers_can_have_free_text_judged(run: Path, question_file: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    with pytest.raises(RunError, match="answers of its questions are withheld"):
        ask_judge(folder, "fake:echo", {})
    judging = ask_judge(folder, "fake:echo", {}, answers=question_file)
    assert judging.n_nodes > 0
    found = score_folder(folder, question_file).details.free_text
    assert found is not None
    assert [r.n_open for r in found.readings.values()] == [0, 0]


def test_what_is_given_out_does_not_tell(question_file: Path, given_out: Path) -> None:
    full, without = read_question_set(question_file), read_question_set(given_out)
    assert len(full) == len(without)
    hidden = [q for q in without.questions if q.split == "test"]
    assert hidden
    text = given_out.read_text()
    for q in hidden:
        assert q.withheld
        assert (q.answer, q.action, q.subject, q.tolerance, q.graph_path, q.points, q.reference) == (
            WITHHELD, WITHHELD, WITHHELD, None, (), (), "",
        )  # fmt: skip
        assert {o.kind for o in q.options} <= {WITHHELD}
    for q in full.questions:
        if q.split == "test":
            assert q.id not in text
            assert q.content_hash not in text
    assert {q.id for q in without.questions if q.split != "test"} == {
        q.id for q in full.questions if q.split != "test"
    }


def test_the_order_of_the_questions_does_not_tell(question_file: Path, given_out: Path) -> None:
    """Within equal media and type they stand by their new ids, which are no function of the answers."""
    hidden = [q for q in read_question_set(given_out).questions if q.withheld]
    keys = [([(m.recording, m.view or "", m.modality) for m in q.media], q.type, q.id) for q in hidden]
    same = [(a, b) for a, b in pairwise(keys) if a[:2] == b[:2]]
    assert same
    assert all(a[2] < b[2] for a, b in same)


def test_the_submitter_is_told_who_scores(run: Path) -> None:
    with pytest.raises(RunError, match=r"withheld; send this folder to the keeper .*--answers"):
        score_folder(run)
    found = verify(run)
    assert found.passed
    assert found.accuracy is None
    assert any("answers are withheld" in f.message for f in found.findings)


def test_the_keeper_scores_it_as_if_the_answers_had_been_there(
    run: Path, question_file: Path, given_out: Path, tree: Path, tmp_path: Path
) -> None:
    stored, judged = judge_folder(run, question_file)
    full = read_question_set(question_file)
    asked = [q for q in full.questions if q.split == "test"]
    assert {j.question.id for j in judged} == {q.id for q in asked}
    ids = {full_id: q.id for full_id, q in withhold(full.questions, ("test",)).items()}
    said = {
        json.loads(p)["question_id"]: json.loads(p)["reply"]["text"]
        for p in (run / PREDICTIONS).read_text().splitlines()
    }
    replies = {p.question_id: p.reply.text for p in stored.predictions if p.reply}
    assert {i: said[ids[i]] for i in replies} == replies
    assert 0 < sum(j.verdict.score for j in judged) < len(judged)
    open_run = ask(question_file, tree, tmp_path / "open")
    board = build([run, open_run], tmp_path / "leaderboard.json", question_file).boards
    assert len(board) == 1, "both are ranked on the same questions"
    assert len(board[0].entries) == 2


def test_scored_in_parts_it_is_the_run_scored_whole(run: Path, question_file: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    stored, judged = judge_folder(folder, question_file)
    score_folder(folder, question_file)
    assert (folder / SCORES).read_text() == to_json(aggregate(judged, stored.manifest))
    lines = {j.question.id: lines_of([j.verdict]) for j in judged}
    assert (folder / VERDICTS).read_bytes() == b"".join(lines[q.id] for q in stored.questions)


def test_an_edited_question_is_not_scored(run: Path, question_file: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    first, *others = (folder / QUESTIONS).read_text().splitlines(keepends=True)
    edited = json.dumps(json.loads(first) | {"wording": 99}) + "\n"
    (folder / QUESTIONS).write_text("".join([edited, *others]))
    with pytest.raises(RunError, match=r"questions\.jsonl:1: not a question: id .* does not fit the content"):
        score_folder(folder, question_file)


def test_the_keeper_verifies_it(run: Path, question_file: Path, tree: Path, tmp_path: Path) -> None:
    found = verify(run, Against(questions=question_file, data=tree))
    assert found.passed, found.findings
    assert found.accuracy is not None
    assert found.prompts_recomputed == found.n_questions


def test_a_part_of_the_questions_is_the_same_part_for_the_keeper(
    question_file: Path, given_out: Path, tree: Path, tmp_path: Path
) -> None:
    part = ask(given_out, tree, tmp_path / "part", limit=20)
    assert verify(part, Against(questions=question_file)).passed
    lines = (part / "questions.jsonl").read_text().splitlines(keepends=True)
    (part / "questions.jsonl").write_text("".join(lines[1:]))
    spoiled = verify(part, Against(questions=question_file))
    assert any(f.rule == "set" and "are not asked" in f.message for f in spoiled.findings)


def test_a_leaderboard_of_such_runs_is_verified_and_exported_without_answers(
    run: Path, question_file: Path, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(run, tmp_path / "runs" / "one")
    out = tmp_path / "leaderboard.json"
    add(tmp_path / "runs" / "one", out, answers=question_file)
    assert verify(out, Against(questions=question_file)).passed
    (written,) = export(out, "every-eval-ever", tmp_path / "eee", ExportOptions(organization="Acme"))
    assert "detailed_evaluation_results" not in json.loads(written.read_text())


def test_another_set_has_not_the_answers(run: Path) -> None:
    mini = Path(__file__).parent.parent / "benchmarks" / "flex-videoqa" / "mini" / "questions.jsonl"
    for score in (judge_folder, score_folder):
        with pytest.raises(RunError, match="is not of the question set with the answers"):
            score(run, mini)


def test_the_commands(question_file: Path, run: Path, tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    made = CliRunner().invoke(app, ["questions", "withhold", str(question_file), "--out", str(out)])
    assert made.exit_code == 0, made.output
    assert re.search(r"\d+ questions, those of test without answers", made.output)
    scored = CliRunner().invoke(app, ["score", str(run), "--answers", str(question_file)])
    assert scored.exit_code == 0, scored.output
    nothing = CliRunner().invoke(
        app, ["questions", "withhold", str(question_file), "--out", str(out), "--split", "none"]
    )
    assert isinstance(nothing.exception, QuestionError)
