"""The command line says what is wrong in one message and with the right exit code, never with a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest


def flexqa(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flexqa", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env={"COLUMNS": "200", "PATH": ""})
    assert "Traceback" not in result.stderr + result.stdout
    return result


def test_graph_check_passes_on_the_benchmark() -> None:
    result = flexqa("graph", "check")
    assert result.returncode == 0
    assert "20 actions, 56 keysteps, 75 errors, 324 may_occur pairs" in result.stdout


def test_graph_show_draws_phases_keysteps_errors_and_weights() -> None:
    result = flexqa("graph", "show", "A16")
    assert result.returncode == 0
    for text in ("Barbell Back Squat", "eccentric", "AK44 Descend", "ET178 Squat too shallow w 7"):
        assert text in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("graph", "show", "A99"), "the graph has no action 'A99'"),
        (("graph", "check", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
        (("data", "show", "nowhere", "A16/001"), "nowhere"),
        (("questions", "show", "nowhere.jsonl", "--id", "x"), "nowhere.jsonl"),
        (("eval", "fake:echo", "--data", "nowhere", "--questions", "x.jsonl"), "nowhere"),
        (("score", "nowhere"), "nowhere"),
        (("leaderboard", "show", "nowhere.json"), "nowhere.json"),
        (("leaderboard", "build", "nowhere"), "nowhere"),
    ],
)
def test_what_is_missing_is_named_and_exits_with_2(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    result = flexqa(*(tmp_path / a if a.startswith("nowhere") else a for a in arguments))
    assert result.returncode == 2
    assert says in result.stderr


def test_an_unknown_engine_is_answered_with_the_known_ones(tree: Path, question_file: Path, tmp_path: Path) -> None:
    result = flexqa("eval", "vlm:x", "--data", tree, "--questions", question_file, "--out", tmp_path / "run")
    assert result.returncode == 2
    assert "vllm" in result.stderr


def test_the_way_from_recordings_to_leaderboard(tree: Path, question_file: Path, tmp_path: Path) -> None:
    run, board = tmp_path / "run", tmp_path / "leaderboard.json"
    common = ("--data", tree, "--questions", question_file, "--frames", "2", "--size", "64")
    assert flexqa("eval", "baseline:random", *common, "--out", run).returncode == 0
    assert flexqa("eval", "fake:fail", *common, "--out", tmp_path / "failing").returncode == 1
    scored = flexqa("score", run)
    assert scored.returncode == 0
    assert "action_recognition" in scored.stdout
    assert flexqa("leaderboard", "build", run, tmp_path / "failing", "--out", board).returncode == 0
    first = board.read_bytes()
    assert flexqa("leaderboard", "build", tmp_path / "failing", run, "--out", board).returncode == 0
    assert board.read_bytes() == first
    shown = flexqa("leaderboard", "show", board)
    assert "baseline:random" in shown.stdout
