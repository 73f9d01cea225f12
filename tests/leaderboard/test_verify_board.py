"""A leaderboard is right when its run folders give the same bytes and nothing older was touched."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flexqa.cli.leaderboard import app
from flexqa.errors import RunError
from flexqa.leaderboard.build import add, build, read_leaderboard
from flexqa.leaderboard.check_board import check_history
from flexqa.leaderboard.entry import Leaderboard
from flexqa.leaderboard.verification import Findings
from flexqa.leaderboard.verify import verify
from flexqa.scoring.aggregate import to_json
from flexqa.store import PREDICTIONS
from tests.scoring.runs import mixed_questions, write_run

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def board(pristine: Path, tmp_path: Path) -> Path:
    """A leaderboard of one real run."""
    shutil.copytree(pristine, tmp_path / "runs" / "random")
    build([tmp_path / "runs" / "random"], tmp_path / "leaderboard.json")
    return tmp_path / "leaderboard.json"


def first(data: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = data["boards"][0]["entries"][0]
    return entry


def test_a_leaderboard_and_its_run_folders_are_verified(board: Path) -> None:
    found = verify(board)
    assert found.passed
    assert found.n_questions == 60
    assert len(found.run_ids) == 1
    assert found.accuracy is None


@pytest.mark.parametrize(
    ("edit", "rule", "message"),
    [
        (lambda d: first(d)["metrics"]["accuracy"]["accuracy"].update(value=0.99), "score", "says 0.99"),
        (lambda d: first(d)["provenance"]["presentation"].update(frames=64), "score", "says 64"),
        (lambda d: first(d).update(run_sha256="0" * 64), "score", "the run folders give"),
        (lambda d: first(d).update(folder="../../etc"), "path", "leads out of the folder"),
        (lambda d: first(d).update(folder="/etc"), "path", "leads out of the folder"),
        (lambda d: first(d).update(folder="runs/none"), "path", "is not there"),
        (lambda d: d["boards"][0]["entries"].append(first(d)), "once", "has two entries"),
        (lambda d: first(d).update(verified=True), "schema", "Extra inputs"),
    ],
)
def test_an_edited_leaderboard_is_found(board: Path, edit: Edit, rule: str, message: str) -> None:
    data = json.loads(board.read_text())
    edit(data)
    board.write_text(json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False) + "\n")
    found = verify(board)
    assert not found.passed
    assert any(f.rule == rule and message in f.message for f in found.findings), found.findings


def test_other_bytes_and_twofold_keys_are_found(board: Path) -> None:
    text = board.read_text()
    board.write_text(text.replace("\n", " "))
    assert [f.message for f in verify(board).findings if f.fatal] == [
        "holds the right figures in other bytes; build it again"
    ]
    board.write_text(text.replace('"rank": 1,', '"rank": 2, "rank": 1,'))
    assert "the key 'rank' twice" in verify(board).findings[0].message


def test_a_folder_behind_a_link_and_a_spoiled_run_are_found(board: Path) -> None:
    predictions = board.parent / "runs" / "random" / PREDICTIONS
    text = predictions.read_text()
    predictions.write_text(text.replace('"status":"ok"', '"status":"refused"', 1))
    assert any(f.where.startswith("runs/random/predictions.jsonl:") for f in verify(board).findings if f.fatal)
    predictions.write_text(text)
    (board.parent / "runs").rename(board.parent / "elsewhere")
    (board.parent / "runs").symlink_to(board.parent / "elsewhere")
    assert any("symbolic link" in f.message for f in verify(board).findings)


def test_a_run_is_added_and_the_others_stay(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    for run in runs:
        add(run, out)
    built = tmp_path / "built.json"
    build(runs, built)
    assert out.read_bytes() == built.read_bytes()
    with pytest.raises(RunError, match="with the same replies; replace it: --supersedes"):
        add(runs[0], out)
    with pytest.raises(RunError, match="has no entry 'nobody' to supersede"):
        add(runs[0], out, "nobody")


def test_an_entry_is_replaced_only_by_one_that_says_so(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    old = build(runs[:2], out)
    poor = next(e for e in old.boards[0].entries if e.model.name == "fake:poor")
    new = add(runs[2], out, supersedes=poor.run_id)
    fair = next(e for e in new.boards[0].entries if e.model.name == "fake:fair")
    assert [e.model.name for e in new.boards[0].entries] == ["fake:good", "fake:fair"]
    assert [s.run_id for s in fair.supersedes] == [poor.run_id]
    assert history(old, new) == []
    again = build(runs[1:], out)
    assert again == new
    without = build(runs[1:], tmp_path / "other.json")
    assert [m for m in history(old, without) if "is gone" in m]
    assert history(old, read_leaderboard(tmp_path / "other.json")) == history(old, without)


def test_what_was_superseded_stays_so(runs: list[Path], tmp_path: Path) -> None:
    """An entry that replaces one which replaced another stands for both."""
    out = tmp_path / "leaderboard.json"
    oldest = build(runs[:1], out)
    poor = oldest.boards[0].entries[0].run_id
    fair = add(runs[2], out, supersedes=poor).boards[0].entries[0].run_id
    newest = add(runs[1], out, supersedes=fair)
    assert {s.run_id for s in newest.boards[0].entries[0].supersedes} == {poor, fair}
    assert history(oldest, newest) == []


def test_a_repaired_run_keeps_its_id_and_must_say_that_it_replaces_itself(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    old = build(runs, out)
    poor = next(e for e in old.boards[0].entries if e.model.name == "fake:poor").run_id
    lines = (runs[0] / PREDICTIONS).read_text().splitlines(keepends=True)
    (runs[0] / PREDICTIONS).write_text("".join(lines[:-10]))
    silently = build([runs[0]], tmp_path / "silent.json")
    assert any("run_sha256" in m for m in history(old, build(runs, tmp_path / "silent.json")))
    assert silently.boards[0].entries[0].run_id == poor
    with pytest.raises(RunError, match="with other replies"):
        add(runs[0], out)
    assert history(old, add(runs[0], out, supersedes=poor)) == []


def test_figures_of_an_older_entry_may_change_only_with_the_scorer(runs: list[Path], tmp_path: Path) -> None:
    old = build(runs, tmp_path / "leaderboard.json")
    text = to_json(old)
    edited = Leaderboard.model_validate_json(text.replace('"parse_failure_rate": 0.', '"parse_failure_rate": 0.9', 1))
    assert len(history(old, edited)) == 1
    other_scorer = edited.model_copy(update={"scorer": edited.scorer.model_copy(update={"version": "999"})})
    assert history(old, other_scorer) == []


def test_the_commands_say_how_it_came_out(board: Path, tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["verify", str(board), "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["passed"] is True
    old = tmp_path / "old.json"
    shutil.copy(board, old)
    shutil.rmtree(board.parent / "runs")
    other = write_run(tmp_path / "runs" / "other", mixed_questions(3))
    board.unlink()
    added = CliRunner().invoke(app, ["add", str(other), "--to", str(board)])
    assert added.exit_code == 0, added.output
    bad = CliRunner().invoke(app, ["verify", str(board), "--before", str(old)], env={"COLUMNS": "200"})
    assert bad.exit_code == 1
    assert "is gone since the leaderboard before" in " ".join(bad.output.split())
    assert "failed: 1 run" in bad.output
    nothing = CliRunner().invoke(app, ["verify", str(tmp_path / "nothing")])
    assert isinstance(nothing.exception, RunError)


def history(before: Leaderboard, now: Leaderboard) -> list[str]:
    findings = Findings()
    check_history(before, now, "leaderboard.json", findings)
    return [f"{f.where} {f.message}" for f in findings.told]
