"""The leaderboard is derived from raw replies alone."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.leaderboard import app
from flexqa.cli.score import tables
from flexqa.cost.prices import read_prices
from flexqa.errors import RunError
from flexqa.leaderboard.build import build, read_leaderboard
from flexqa.rescore import score_folder
from flexqa.store import PREDICTIONS
from tests.cost.records import H100, end, questions, start, write_folder
from tests.scoring.runs import mixed_questions, write_run


def test_runs_are_ranked_by_accuracy_from_their_raw_replies(runs: list[Path], tmp_path: Path) -> None:
    (runs[0] / "scores.json").write_text('{"overall": "perfect"}')
    board = build(runs, tmp_path / "leaderboard.json").boards[0]
    assert [e.model.name for e in board.entries] == ["fake:good", "fake:fair", "fake:poor"]
    assert [e.rank for e in board.entries] == [1, 2, 3]
    best, _, poor = board.entries
    assert best.vs_best is None
    assert poor.vs_best is not None
    assert (poor.vs_best.difference.value or 0) < 0
    assert poor.rank_interval is not None
    assert poor.folder == "runs/poor"
    assert poor.cost.tokens_per_question.input == 100
    assert poor.cost.usd_per_1k_questions is None
    assert board.benchmark.n_questions == 80
    assert board.benchmark.n_clusters == 8


def test_the_bytes_do_not_depend_on_order_or_on_steps(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    build(runs, out)
    at_once = out.read_bytes()
    build(runs[::-1], out)
    assert out.read_bytes() == at_once
    out.unlink()
    for run in (runs[2], runs[0], runs[1], runs[0]):
        build([run], out)
    assert out.read_bytes() == at_once
    assert read_leaderboard(out).model_dump(mode="json") == json.loads(at_once)


def test_a_run_that_is_gone_keeps_its_entry_without_comparisons(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    before = build(runs, out).boards[0].entries
    shutil.rmtree(runs[1])
    after = build([runs[0]], out).boards[0].entries
    assert [e.metrics for e in after] == [e.metrics for e in before]
    assert after[0].folder is None
    assert all(e.rank_interval is None for e in after)


def test_a_run_named_again_replaces_its_entry(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    before = build(runs, out).boards[0]
    lines = (runs[0] / PREDICTIONS).read_text().splitlines(keepends=True)
    (runs[0] / PREDICTIONS).write_text("".join(lines[:-10]))
    after = build([runs[0]], out).boards[0]
    assert len(after.entries) == len(before.entries)
    poor = after.entries[-1]
    assert poor.metrics.missing == 10
    assert poor.metrics.statuses["missing"] == 10


def test_other_questions_make_another_board(runs: list[Path], tmp_path: Path) -> None:
    other = write_run(tmp_path / "runs" / "other", mixed_questions(3), question_set="9" * 64)
    boards = build([*runs, other], tmp_path / "leaderboard.json").boards
    assert [len(b.entries) for b in boards] == [3, 1]
    assert [b.benchmark.n_questions for b in boards] == [80, 30]


def test_altered_questions_under_the_same_name_are_refused(runs: list[Path], tmp_path: Path) -> None:
    altered = write_run(
        tmp_path / "runs" / "altered", [*mixed_questions(7), *mixed_questions(9)[-10:]], model="fake:x"
    )
    with pytest.raises(RunError, match=r"same question set 1+ but asked different questions"):
        build([*runs, altered], tmp_path / "leaderboard.json")


def test_two_folders_with_one_run_id_must_hold_the_same_replies(runs: list[Path], tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(runs[0], twin)
    build([runs[0], twin], tmp_path / "leaderboard.json")
    lines = (twin / PREDICTIONS).read_text().splitlines(keepends=True)
    (twin / PREDICTIONS).write_text("".join(lines[:-1]))
    with pytest.raises(RunError, match="same run id"):
        build([runs[0], twin], tmp_path / "leaderboard.json")


def test_what_is_no_leaderboard_is_not_overwritten(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "leaderboard.json"
    out.write_text('{"entries": []}')
    with pytest.raises(RunError, match="move it away"):
        build(runs, out)
    assert out.read_text() == '{"entries": []}'
    with pytest.raises(RunError, match="flexqa leaderboard build"):
        read_leaderboard(tmp_path / "none.json")


def test_the_commands(runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    monkeypatch.setenv("COLUMNS", "200")
    scores = score_folder(runs[0])
    assert (runs[0] / "verdicts.jsonl").read_text().count("\n") == 80
    console = Console(width=160)
    with console.capture() as capture:
        console.print(tables(scores))
    text = capture.get()
    for word in ("type_choice", "video+emg", "recognition", "all questions", "95 % interval", "chance"):
        assert word in text
    out = tmp_path / "leaderboard.json"
    built = CliRunner().invoke(app, ["build", *map(str, runs), "--out", str(out)])
    shown = CliRunner().invoke(app, ["show", str(out)])
    assert built.exit_code == shown.exit_code == 0, built.output
    assert "fake:good" in shown.output


def test_costs_of_the_sessions_stand_in_the_entry_at_shipped_prices(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "runs" / "one", questions(8), start(), end())
    [entry] = build([folder], tmp_path / "leaderboard.json").boards[0].entries
    cost, price = entry.cost, read_prices().of_gpu(H100)
    assert price
    assert (cost.questions_per_second, cost.gpu_seconds_per_question, cost.gpu_energy_j_per_question) == (
        0.8,
        2.5,
        500,
    )
    assert cost.usd_per_1k_questions == pytest.approx(1000 * 2.5 / 3600 * price.usd)
    assert (cost.usd_basis, cost.usd_price_date) == ("gpu_hour", price.date)
    assert cost.operating_point
    assert (cost.operating_point.device, cost.operating_point.mean_requests) == (H100, 2.5)
    assert (cost.tokens_per_question.vision, cost.latency_s) == (900, 4.5)


def test_a_broken_session_line_is_refused_with_its_place(runs: list[Path], tmp_path: Path) -> None:
    (runs[0] / "sessions.jsonl").write_text('{"event": "start", "pending": -1}\n')
    with pytest.raises(RunError, match=r"sessions\.jsonl:1"):
        build(runs, tmp_path / "leaderboard.json")
