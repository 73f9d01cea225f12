from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexqa.errors import RecordingError
from flexqa.recordings.flex_layout import (
    fingerprint,
    open_recordings,
    read_emg,
    read_info,
    read_physio,
    read_pose,
    write_info,
)
from flexqa.recordings.model import Camera, Recording, RecordingsInfo
from tests.recordings.flex_tree import IDS, annotation, pose_rows, write_annotations

NOTHING = Recording("A16/001", {}, None, None, None, None)


def test_a_flex_tree_is_listed_with_its_annotations(whole_flex: Path) -> None:
    recordings = open_recordings(whole_flex)
    assert tuple(recordings.recordings) == IDS
    found = recordings["A16/002"]
    assert {v: p.name for v, p in found.views.items()} == {"1": "View-1", "2": "View-2.mp4", "P": "View-P.mp4"}
    assert found.annotation is not None
    assert (found.annotation.subject, found.annotation.score, found.annotation.split) == ("S002", 82.0, "test")
    assert recordings.info == RecordingsInfo(frames_fps=12.0)


def test_what_recordings_toml_leaves_open_is_said(flex: Path) -> None:
    assumed = "\n".join(open_recordings(flex).assumed)
    for name in ("pose_unit", "pose_axes", "emg_rate_hz", "emg_unit"):
        assert name in assumed
    assert "pose_fps" not in assumed
    assert "EMG files have 200 samples per second (recordings.toml: emg_rate_hz)" in assumed
    (flex / "recordings.toml").unlink()
    assert "pose files have 30 samples per second" in "\n".join(open_recordings(flex).assumed)


def test_without_annotations_recordings_open_and_it_is_said(flex: Path) -> None:
    (flex / "annotations.jsonl").unlink()
    recordings = open_recordings(flex)
    assert all(r.annotation is None for r in recordings)
    assert any("no annotations.jsonl" in s for s in recordings.assumed)


def test_opening_reads_no_media(flex: Path) -> None:
    for path in flex.rglob("*"):
        if path.suffix in (".mp4", ".csv", ".JPG"):
            path.write_bytes(b"\xff not this")
    assert len(open_recordings(flex)) == 4


def test_sensors_are_read_as_written(whole_flex: Path) -> None:
    recordings = open_recordings(whole_flex)
    recording = recordings["A08/001"]
    pose = read_pose(recording, recordings.info)
    np.testing.assert_array_equal(pose.points.reshape(30, 63), pose_rows())
    assert pose.fps == 30
    emg = read_emg(recording, recordings.info)
    assert (emg.samples.shape, emg.samples[1, 2], emg.rate_hz, emg.unit) == ((200, 4), 6.0, 200.0, "a.u.")
    physio = read_physio(recording)
    assert physio.heart_bpm.tolist() == [100, 104, 103]
    assert physio.times_s.tolist() == [0, 3, 6]


def test_units_and_axes_are_turned_into_the_canonical_frame(whole_flex: Path) -> None:
    recording = open_recordings(whole_flex)["A08/001"]
    info = RecordingsInfo(pose_unit="mm", pose_axes=("-z", "x", "y"), pose_fps=60)
    pose = read_pose(recording, info)
    file = pose_rows().reshape(30, 21, 3)
    np.testing.assert_allclose(pose.points[..., 0], file[..., 1] / 1000)
    np.testing.assert_allclose(pose.points[..., 1], file[..., 2] / 1000)
    np.testing.assert_allclose(pose.points[..., 2], -file[..., 0] / 1000)
    assert pose.fps == 60


def spoil(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: "", "holds no values"),
        (lambda t: t.split("\n")[0], "holds no values"),
        (lambda t: t.split("\n", 1)[1], "the first line holds numbers where a header is expected"),
        (lambda t: "\n".join(line.rsplit(",", 1)[0] for line in t.split("\n")), "62 columns, expected 63"),
        (lambda t: t.replace("1.010000000000000009e+00", "nan"), "line 3, column 2 is nan"),
        (lambda t: t.replace("1.010000000000000009e+00", "inf"), "line 3, column 2 is inf"),
        (lambda t: t.replace("1.010000000000000009e+00", "abc"), "every line holds numbers"),
        (lambda t: t.replace("1.010000000000000009e+00,", ""), "every line holds numbers"),
    ],
)
def test_faults_of_a_skeleton_file_are_named(flex: Path, change: Callable[[str], str], message: str) -> None:
    recording = open_recordings(flex)["A08/001"]
    assert recording.skeleton is not None
    spoil(recording.skeleton, change)
    with pytest.raises(RecordingError, match=message) as e:
        read_pose(recording, RecordingsInfo())
    assert str(recording.skeleton) in str(e.value)


def test_a_numbered_header_is_a_header(flex: Path) -> None:
    recording = open_recordings(flex)["A08/001"]
    assert recording.skeleton is not None
    spoil(recording.skeleton, lambda t: ",".join(map(str, range(63))) + "\n" + t.split("\n", 1)[1])
    assert len(read_pose(recording, RecordingsInfo()).points) == 30


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no values"),
        ("1,2,3\n4,5,6\n", "3 columns, expected 2"),
        ("left,right\n1,2\n", "line 1 is not numeric; this file has no header"),
        ("1,2\n\n3,nan\n", "line 3, column 2 is nan"),
    ],
)
def test_faults_of_an_emg_file_are_named(flex: Path, content: str, message: str) -> None:
    recording = open_recordings(flex)["A08/001"]
    assert recording.emg is not None
    recording.emg.write_text(content)
    with pytest.raises(RecordingError, match=message):
        read_emg(recording, RecordingsInfo())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no values"),
        ("t,hr,br\n0,1,2\n", "the header is 't,hr,br'; it must be time_s,heart_bpm,breath_per_min"),
        ("time_s,heart_bpm,breath_per_min\n3,1,2\n0,1,2\n", "time_s does not increase"),
    ],
)
def test_faults_of_a_physio_file_are_named(flex: Path, content: str, message: str) -> None:
    recording = open_recordings(flex)["A08/001"]
    assert recording.physio is not None
    recording.physio.write_text(content)
    with pytest.raises(RecordingError, match=message):
        read_physio(recording)


def test_a_missing_sensor_says_where_it_is_looked_for() -> None:
    with pytest.raises(RecordingError, match=r"A16/001 has no pose; .* Skeleton/A16/001/skeleton_points\.csv"):
        read_pose(NOTHING, RecordingsInfo())
    with pytest.raises(RecordingError, match=r"EMG/A16/001/EMG\.csv"):
        read_emg(NOTHING, RecordingsInfo())
    with pytest.raises(RecordingError, match=r"physio/A16/001\.csv"):
        read_physio(NOTHING)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), st.text("0123456789.,-e\n nai", max_size=200).map(str.encode)))
def test_sensor_files_of_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    recording = replace(NOTHING, skeleton=path, emg=path, physio=path)
    for read in (lambda: read_pose(recording, RecordingsInfo()), lambda: read_physio(recording)):
        with pytest.raises(RecordingError, match=r"any\.csv"):
            read()
    try:
        assert np.isfinite(read_emg(recording, RecordingsInfo()).samples).all()
    except RecordingError as e:
        assert "any.csv" in str(e)  # noqa: PT017 - either outcome is allowed


@given(
    title=st.text(), rate=st.floats(1e-3, 1e7), seed=st.none() | st.integers(0, 2**40), view=st.sampled_from("1234P")
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_recordings_toml_gives_back_what_was_written(
    tmp_path: Path, title: str, rate: float, seed: int | None, view: str
) -> None:
    camera = Camera(position_m=(1.0, 1.5, -2.25), target_m=(0, 1, 0), vertical_fov_deg=50, width=640, height=360)
    info = RecordingsInfo(
        title=title,
        seed=seed,
        emg_rate_hz=rate,
        pose_axes=("-z", "y", "x"),
        cameras={view: camera, "odd name": camera},
    )
    write_info(tmp_path / "recordings.toml", info)
    assert read_info(tmp_path / "recordings.toml") == info


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pose_fps = 'fast'", r"recordings\.toml: pose_fps: Input should be a valid number"),
        ("pose_rate = 3", r"recordings\.toml: pose_rate: Extra inputs"),
        ("pose_fps = ", r"recordings\.toml: Invalid value"),
        ('pose_axes = ["x", "y", "y"]', "must name x, y and z once each"),
    ],
)
def test_a_wrong_recordings_toml_is_refused(flex: Path, content: str, message: str) -> None:
    (flex / "recordings.toml").write_text(content)
    with pytest.raises(RecordingError, match=message):
        open_recordings(flex)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": 101.0}, r"annotations\.jsonl:5: score 101.0 is not between"),
        ({"score": "high"}, r"annotations\.jsonl:5: score: Input should be a valid number"),
        ({"recording": "../../etc/001"}, "is not of the form A16/001"),
        ({"recording": "A08/001"}, "A08/001 is annotated twice"),
        ({"action": "A09"}, "action A09 does not fit"),
        ({"phases": [{"phase": "eccentric", "start_s": 1, "end_s": 0.5}]}, "runs from 1.0 to 0.5"),
        ({"grade": 1}, "grade: Extra inputs"),
    ],
)
def test_a_wrong_annotation_is_refused(flex: Path, change: dict[str, object], message: str) -> None:
    write_annotations(flex, [*(annotation(r) for r in IDS), {**annotation("A08/003"), **change}])
    with pytest.raises(RecordingError, match=message):
        open_recordings(flex)


def test_links_that_lead_out_are_refused_and_others_followed(flex: Path, tmp_path: Path) -> None:
    (flex / "A16" / "003").symlink_to(flex / "A16" / "001")
    assert "A16/003" in open_recordings(flex).recordings
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"")
    (flex / "A16" / "001" / "View-3.mp4").symlink_to(outside)
    with pytest.raises(RecordingError, match=r"A16/001/View-3\.mp4: leads out of the folder"):
        open_recordings(flex)


def test_a_skeleton_link_that_leads_out_is_refused(flex: Path, tmp_path: Path) -> None:
    (flex / "Skeleton" / "A16" / "001").rename(tmp_path / "elsewhere")
    (flex / "Skeleton" / "A16" / "001").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordingError, match="leads out of the folder"):
        open_recordings(flex)


def test_a_view_in_two_forms_is_refused(flex: Path) -> None:
    (flex / "A16" / "001" / "View-2").mkdir()
    with pytest.raises(RecordingError, match=r"view 2 is there as View-2 and as View-2\.mp4; delete one"):
        open_recordings(flex)


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no recordings here; clips lie in A16/001/View-1\.mp4"):
        open_recordings(tmp_path)
    with pytest.raises(RecordingError, match="no such folder"):
        open_recordings(tmp_path / "gone")


def test_the_fingerprint_follows_the_annotations_alone(flex: Path) -> None:
    before = fingerprint(open_recordings(flex))
    write_annotations(flex, [annotation(r) for r in reversed(IDS)])
    (flex / "A16" / "001" / "View-2.mp4").unlink()
    assert fingerprint(open_recordings(flex)) == before
    write_annotations(flex, [{**annotation(r), "score": 50.0} for r in IDS])
    assert fingerprint(open_recordings(flex)) != before
