"""An export loads again without network, row by row equal, names no place of this machine, and is valid Croissant."""

import getpass
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from flexqa.errors import BadInput, MediaError
from flexqa.recordings.export import ExportOptions, export_datasets, pack_frames, plan, row_of
from flexqa.recordings.flex_layout import open_recordings, read_info, read_pose
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.video import read_clip

OPTIONS = ExportOptions(title="Test lifts", licence="mit", date="2026-01-01", shard_bytes=20_000)


@pytest.fixture(scope="module")
def exported(whole_flex: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-written tree, whose view 1 is a frame folder, in several parquet files."""
    out = tmp_path_factory.mktemp("export") / "flex-export"
    recordings = open_recordings(whole_flex)
    seen: list[tuple[int, int]] = []
    shards = export_datasets(recordings, out, OPTIONS, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)
    assert [s.split for s in shards] == ["train", "train", "test", "test"]
    return out


@pytest.fixture(scope="module")
def computed(whole_flex: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same recordings, said to be a simulator's."""
    root = tmp_path_factory.mktemp("computed") / "flex"
    shutil.copytree(whole_flex, root)
    (root / "recordings.toml").write_text('generator = "flexqa simulate 0.1.0"\nseed = 7\nframes_fps = 12.5\n')
    return root


@pytest.fixture(scope="module")
def simulated(computed: Path) -> Path:
    out = computed.parent / "sim-export"
    export_datasets(open_recordings(computed), out, OPTIONS.model_copy(update={"shard_bytes": 10**9}))
    return out


def loaded(folder: Path, cache: Path) -> dict[str, Any]:
    import datasets

    found: dict[str, Any] = datasets.load_dataset(str(folder), cache_dir=str(cache))
    for split, rows in found.items():
        for name in rows.features:
            if name.startswith("video_"):
                assert isinstance(rows.features[name], datasets.Video)
                rows = rows.cast_column(name, datasets.Video(decode=False))
        found[split] = rows
    return found


@pytest.fixture(scope="module", params=["exported", "simulated"])
def pair(request: pytest.FixtureRequest, whole_flex: Path, computed: Path) -> tuple[RecordingSet, Path]:
    """Recordings and their export."""
    root = {"exported": whole_flex, "simulated": computed}[request.param]
    return open_recordings(root), request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_it_loads_again_row_by_row(pair: tuple[RecordingSet, Path], tmp_path: Path) -> None:
    recordings, folder = pair
    splits = loaded(folder, tmp_path)
    rows = {row["recording"]: (split, row) for split, found in splits.items() for row in found}
    assert sorted(rows) == list(recordings.recordings)
    for recording in recordings:
        split, row = rows[recording.id]
        assert recording.annotation is not None
        assert split == recording.annotation.split
        assert row == row_of(recording, recordings)
        points = read_pose(recording, recordings.info).points
        np.testing.assert_allclose(np.array(row["pose"]).reshape(points.shape), points, rtol=1e-6)
        mp4s = [(v, p) for v, p in recording.views.items() if p.is_file()]
        assert mp4s
        for view, path in mp4s:
            assert row[f"video_{view}"]["bytes"] == path.read_bytes()


def strings(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of every file, and of every cell and all metadata of parquet, which may be compressed."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield path.name, str(pq.read_metadata(path).metadata).encode()
            yield path.name, str(table.schema.metadata).encode()
            for row in table.to_pylist():
                for name, cell in row.items():
                    if isinstance(cell, dict):
                        yield name, cell["bytes"] + cell["path"].encode()
                    else:
                        yield name, str(cell).encode()


def test_it_names_no_place_of_this_machine(pair: tuple[RecordingSet, Path]) -> None:
    recordings, folder = pair
    places = {str(recordings.root), str(folder), str(folder.parent), str(Path.home()), str(Path.cwd())}
    secret = {p.encode() for p in places if len(p) > 1} | {f"/home/{getpass.getuser()}".encode(), b"/tmp/"}
    leaks = [(name, place) for name, data in strings(folder) for place in secret if place in data]
    assert leaks == []


def test_frame_folders_are_packed_without_a_change(whole_flex: Path, tmp_path: Path) -> None:
    folder = whole_flex / "A16/001/View-1"
    packed = tmp_path / "packed.mp4"
    packed.write_bytes(pack_frames(folder, 12.0))
    for picture in folder.iterdir():
        assert picture.read_bytes() in packed.read_bytes()
    there, here = (read_clip(p, frames=12, size=64, frames_fps=12.0) for p in (packed, folder))
    assert there.times_s == pytest.approx(here.times_s)
    assert np.abs(there.frames.astype(int) - here.frames.astype(int)).max() <= 4  # two decoders of one JPEG


def test_pictures_of_several_kinds_are_refused(flex: Path) -> None:
    folder = flex / "A16/001/View-1"
    (folder / "img_00003.JPG").rename(folder / "img_00003.png")
    with pytest.raises(MediaError, match="pictures of several kinds, mjpeg, png"):
        pack_frames(folder, 12.0)


def test_a_picture_of_another_size_is_refused(flex: Path) -> None:
    folder = flex / "A16/001/View-1"
    Image.new("RGB", (80, 48)).save(folder / "img_00003.JPG")
    with pytest.raises(MediaError, match=r"img_00003\.JPG: is not 64x48"):
        pack_frames(folder, 12.0)


def test_the_card_says_what_the_folder_holds(exported: Path, simulated: Path) -> None:
    _, front, body = (exported / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(front)
    assert (card["pretty_name"], card["license"], card["size_categories"]) == ("Test lifts", "mit", ["n<1K"])
    assert card["configs"][0]["data_files"] == [
        {"split": "train", "path": "data/train-*"}, {"split": "test", "path": "data/test-*"}
    ]  # fmt: skip
    assert "not to be passed on" in body
    assert "health data" in body
    assert "nobody was recorded" in (simulated / "README.md").read_text()
    info = read_info(exported / "recordings.toml")
    assert (info.pose_unit, info.frames_fps) == ("m", 12.0)


def test_the_metadata_are_valid_croissant(exported: Path, simulated: Path) -> None:
    import mlcroissant

    for folder in (exported, simulated):
        dataset = mlcroissant.Dataset(folder / "croissant.json")
        issues = dataset.metadata.ctx.issues
        assert not issues.errors, issues.report()
        assert not issues.warnings, issues.report()
        metadata = json.loads((folder / "croissant.json").read_text())
        files = {f["contentUrl"]: f["sha256"] for f in metadata["distribution"]}
        there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"croissant.json"}
        assert set(files) == there
        for name, digest in files.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        for field in ("personalSensitiveInformation", "dataLimitations", "dataBiases", "dataCollection"):
            assert metadata[f"rai:{field}"]
        assert "http://mlcommons.org/croissant/1.1" in metadata["conformsTo"]


def test_croissant_reads_the_rows_with_their_clips(exported: Path) -> None:
    import mlcroissant

    dataset = mlcroissant.Dataset(exported / "croissant.json")
    for records in json.loads((exported / "croissant.json").read_text())["recordSet"]:
        name = records["name"]
        table = pq.read_table(exported / f"data/{name}.parquet").to_pylist()
        assert [f["name"] for f in records["field"]] == list(table[0])
        for found, row in zip(dataset.records(name), table, strict=True):
            assert found[f"{name}/recording"] == row["recording"].encode()
            assert found[f"{name}/video_1"] == row["video_1"]["bytes"]
            assert found[f"{name}/phase_ends_s"] == row["phase_ends_s"]


def test_an_export_replaces_nothing_and_leaves_nothing_half_done(flex: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(BadInput, match="exists; give the name of a new folder"):
        export_datasets(open_recordings(flex), tmp_path / "there", OPTIONS)
    (flex / "A16/002/View-1/img_00004.JPG").unlink()
    (tmp_path / "new").mkdir()
    with pytest.raises(MediaError, match="frame 4 is missing"):
        export_datasets(open_recordings(flex), tmp_path / "new/out", OPTIONS)
    assert list((tmp_path / "new").iterdir()) == []


def test_recordings_without_annotation_have_a_part_of_their_own(flex: Path, tmp_path: Path) -> None:
    (flex / "annotations.jsonl").unlink()
    recordings = open_recordings(flex)
    assert [s.split for s in plan(recordings, 10**9)] == ["unannotated"]
    export_datasets(recordings, tmp_path / "out", OPTIONS)
    found = loaded(tmp_path / "out", tmp_path / "cache")
    assert len(found["unannotated"]) == 4
    assert found["unannotated"][0]["subject"] is None
