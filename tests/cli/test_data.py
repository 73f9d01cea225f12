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
        (["--width", "65"], "--width 65: video needs an even number of pixels"),
        (["--views", "7"], "there is no camera view '7'"),
    ],
)
def test_wrong_options_of_simulate_are_refused(tmp_path: Path, option: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        runner.invoke(app, ["simulate", str(tmp_path / "new"), *option], catch_exceptions=False)


@pytest.mark.parametrize(
    "command",
    [
        ["simulate", "new", "--video", "gif"],
        ["simulate", "new", "--regime", "wild"],
        ["split", "old", "--by", "moon"],
        ["export", "old", "new", "--format", "zip"],
    ],
)
def test_a_value_that_is_no_choice_is_answered_with_the_choices(command: list[str]) -> None:
    result = runner.invoke(app, command)
    assert result.exit_code == 2
    assert f"'{command[-1]}' is not" in result.output


FLEX_TOML = """
[[table]]
file = "t.csv"
recording = "id"
subject = "who"
split = "part"
score = "points"
"""


@pytest.fixture
def bare(tree: Path, tmp_path: Path) -> Path:
    """Recordings with a table and without annotations."""
    root = tmp_path / "bare"
    shutil.copytree(tree, root, ignore=shutil.ignore_patterns("*.mp4", "annotations.jsonl"))
    (root / "t.csv").write_text("id,who,part,points\nA16/001,S1,train,70\nA16/002,S2,test,90\n")
    (root / "flex.toml").write_text(FLEX_TOML)
    return root


def test_map_shows_the_first_rows_and_writes_annotations(bare: Path) -> None:
    command = ["map", str(bare), "--mapping", str(bare / "flex.toml")]
    result = runner.invoke(app, [*command, "--dry-run"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "A16/001" in result.stdout
    assert "2 annotations would be written" in result.stdout
    assert not (bare / "annotations.jsonl").exists()
    assert runner.invoke(app, command, catch_exceptions=False).exit_code == 0
    annotation = open_recordings(bare)["A16/002"].annotation
    assert annotation is not None
    assert (annotation.subject, annotation.split, annotation.score) == ("S2", "test", 90.0)
    with pytest.raises(BadInput, match=r"annotations\.jsonl exists; replace it with --force"):
        runner.invoke(app, command, catch_exceptions=False)
    assert runner.invoke(app, [*command, "--force"], catch_exceptions=False).exit_code == 0


def test_map_tells_every_row_that_does_not_match(bare: Path) -> None:
    with (bare / "t.csv").open("a") as f:
        f.write("A16/003,S3,test,high\nsquat,S3,test,50\n")
    command = ["map", str(bare), "--mapping", str(bare / "flex.toml"), "--out", str(bare / "new.jsonl")]
    result = runner.invoke(app, [*command, "--json"], catch_exceptions=False)
    assert result.exit_code == 1
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [f["path"] for f in told if f["fatal"]] == ["t.csv:4", "t.csv:5"]
    assert len((bare / "new.jsonl").read_text().splitlines()) == 2


def test_map_without_one_annotation_writes_nothing(bare: Path) -> None:
    (bare / "t.csv").write_text("id,who,part,points\nsquat,S1,train,70\n")
    with pytest.raises(BadInput, match="none of 1 rows gave an annotation, and nothing is written"):
        runner.invoke(app, ["map", str(bare), "--mapping", str(bare / "flex.toml")], catch_exceptions=False)
    assert not (bare / "annotations.jsonl").exists()


def test_split_by_subject_action_and_view(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "split"
    shutil.copytree(tree, root)
    result = runner.invoke(app, ["split", str(root), "--test", "0.5", "--seed", "3"], catch_exceptions=False)
    assert result.exit_code == 0
    once = (root / "annotations.jsonl").read_bytes()
    parts = {(r.annotation.subject, r.annotation.split) for r in open_recordings(root) if r.annotation}
    assert len(parts) == 4
    assert sum(split == "test" for _, split in parts) == 2
    runner.invoke(app, ["split", str(root), "--by", "action"], catch_exceptions=False)
    assert (root / "annotations.jsonl").read_bytes() != once
    runner.invoke(app, ["split", str(root), "--test", "0.5", "--seed", "3"], catch_exceptions=False)
    assert (root / "annotations.jsonl").read_bytes() == once
    result = runner.invoke(app, ["split", str(root), "--by", "view"], catch_exceptions=False)
    assert "train: views" in result.stdout
    assert (root / "splits.toml").is_file()


def test_split_by_flexs_lists_gives_back_what_was_simulated(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "split"
    shutil.copytree(tree, root)
    before = (root / "annotations.jsonl").read_bytes()
    runner.invoke(app, ["split", str(root), "--by", "action"], catch_exceptions=False)
    runner.invoke(app, ["split", str(root), "--by", "flex"], catch_exceptions=False)
    assert (root / "annotations.jsonl").read_bytes() == before


def test_export_writes_a_folder_for_datasets(tree: Path, tmp_path: Path) -> None:
    command = ["export", str(tree), str(tmp_path / "out"), "--licence", "mit"]
    result = runner.invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert "24 recordings in 2 parquet files" in result.stdout
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "README.md",
        "croissant.json",
        "data",
        "recordings.toml",
    }
