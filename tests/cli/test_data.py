import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.data import app
from flexqa.errors import BadInput, RecordingError
from flexqa.recordings.flex_layout import open_recordings

runner = CliRunner(env={"COLUMNS": "200"})


def test_check_of_a_faultless_folder(tree: Path) -> None:
    result = runner.invoke(app, ["check", str(tree)])
    assert result.exit_code == 0
    assert "24 recordings of 3 actions, 48 clips" in result.stdout


def test_check_tells_faults_and_exits_with_1(tree: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(tree, spoilt)
    (spoilt / "A16/001/View-1.mp4").write_bytes(b"")
    (spoilt / "EMG/A16/002/EMG.csv").unlink()
    result = runner.invoke(app, ["check", str(spoilt)])
    assert result.exit_code == 1
    assert "the file is empty" in result.stdout
    assert "1 fatal, 1 other faults" in result.stdout
    result = runner.invoke(app, ["check", str(spoilt), "--json"])
    assert result.exit_code == 1
    faults = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [(f["path"], f["fatal"]) for f in faults] == [("A16/001/View-1.mp4", True), ("A16/002", False)]


def test_show_names_files_phases_errors_and_score(tree: Path) -> None:
    wrong = next(r for r in open_recordings(tree) if r.annotation and r.annotation.pairs)
    assert wrong.annotation is not None
    shown = runner.invoke(app, ["show", str(tree), wrong.id]).stdout
    for text in (
        f"{wrong.id}/View-1.mp4",
        "160x96",
        "5 fps",
        "50 Hz",
        "preparation 0.00",
        wrong.annotation.pairs[0][1],
    ):
        assert text in shown
    assert f"score: {wrong.annotation.score:g}" in shown


def test_show_of_an_unknown_recording_is_refused(tree: Path) -> None:
    with pytest.raises(RecordingError, match="has no recording 'A16/999'"):
        runner.invoke(app, ["show", str(tree), "A16/999"], catch_exceptions=False)


def test_simulate_writes_a_folder_that_passes_check(tmp_path: Path) -> None:
    out = tmp_path / "sim"
    options = ["--actions", "A06", "--subjects", "1", "--reps", "1", "--views", "2", "--video", "frames"]
    small = ["--fps", "5", "--width", "64", "--height", "48"]
    assert runner.invoke(app, ["simulate", str(out), *options, *small], catch_exceptions=False).exit_code == 0
    assert (out / "A06/001/View-2/img_00001.JPG").is_file()
    assert runner.invoke(app, ["check", str(out)], catch_exceptions=False).exit_code == 0


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--video", "gif"], "--video gif: choose from mp4, frames, none"),
        (["--regime", "wild"], "--regime wild: choose from"),
        (["--width", "65"], "--width 65: video needs an even number of pixels"),
        (["--views", "7"], "there is no camera view '7'"),
    ],
)
def test_wrong_options_of_simulate_are_refused(tmp_path: Path, option: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        runner.invoke(app, ["simulate", str(tmp_path / "new"), *option], catch_exceptions=False)
