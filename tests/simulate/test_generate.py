import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.io import loadmat

from flexqa.errors import BadInput, RecordingError
from flexqa.graph.model import Graph
from flexqa.graph.walk import score
from flexqa.media import Emg
from flexqa.recordings.model import Annotation, RecordingsInfo
from flexqa.recordings.signals import side_asymmetry
from flexqa.simulate.generate import SimulateOptions, simulate

SMALL = SimulateOptions(actions=("A05", "A08"), subjects=3, reps=2, seed=3, video="none", regime="controlled")


def digest(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def small(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small")
    simulate(graph, out, SMALL)
    return out


def annotations(folder: Path) -> list[Annotation]:
    return [Annotation.model_validate_json(line) for line in (folder / "annotations.jsonl").read_text().splitlines()]


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(
    graph: Graph, small: Path, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    simulate(graph, tmp_path / "two", SMALL.model_copy(update={"workers": 2}), lambda *n: seen.append(n))
    assert digest(tmp_path / "two") == digest(small)
    assert seen == [(i, 12) for i in range(1, 13)]


def test_a_recording_does_not_depend_on_the_other_actions(graph: Graph, small: Path, tmp_path: Path) -> None:
    simulate(graph, tmp_path / "one", SMALL.model_copy(update={"actions": ("A08",)}))
    alone, together = digest(tmp_path / "one"), digest(small)
    shared = [name for name in alone if "/A08/" in name]
    assert len(shared) == 18
    assert all(alone[name] == together[name] for name in shared)
    assert [a for a in annotations(small) if a.action == "A08"] == annotations(tmp_path / "one")


def test_another_seed_gives_other_recordings(graph: Graph, small: Path, tmp_path: Path) -> None:
    options = SMALL.model_copy(update={"actions": ("A08",), "seed": 4})
    simulate(graph, tmp_path / "other", options)
    assert digest(tmp_path / "other")["EMG/A08/001/EMG.csv"] != digest(small)["EMG/A08/001/EMG.csv"]


def test_the_files_are_those_of_the_official_layout(small: Path) -> None:
    skeleton = (small / "Skeleton/A05/001/skeleton_points.csv").read_text().splitlines()
    assert len(skeleton[0].split(",")) == 63
    emg = np.loadtxt(small / "EMG/A05/001/EMG.csv", delimiter=",")
    assert emg.shape[1] == 4
    assert emg.min() < 0 < emg.max()
    physio = (small / "physio/A05/001.csv").read_text().splitlines()
    assert physio[0] == "time_s,heart_bpm,breath_per_min"
    assert len(physio) == 16
    by_id = {a.recording: a for a in annotations(small)}
    assert list(by_id) == sorted(by_id) == [f"{a}/{i:03d}" for a in ("A05", "A08") for i in range(1, 7)]
    rows = []
    for split in ("train", "test"):
        table = loadmat(small / f"Split_4/split_4_{split}_list.mat")[f"consolidated_{split}_list"]
        rows += [(f"A{int(c):02d}/{int(i):03d}", split, s) for c, i, s in table]
    assert sorted(rows) == [(a.recording, a.split, a.score) for a in by_id.values()]


def test_subjects_never_stand_in_both_splits(small: Path) -> None:
    splits = {s: {a.subject for a in annotations(small) if a.split == s} for s in ("train", "test")}
    assert splits == {"train": {"S01", "S03"}, "test": {"S02"}}


def test_annotations_hold_together(graph: Graph, small: Path) -> None:
    for a in annotations(small):
        assert a.score == pytest.approx(score(graph, a.action, a.pairs).value, abs=0.01)
        assert [s.phase for s in a.phases] == list(graph.actions[a.action].phases)
        samples = np.loadtxt(small / "Skeleton" / a.recording / "skeleton_points.csv", delimiter=",", skiprows=1)
        assert len(samples) / 50 == pytest.approx(a.phases[-1].end_s, abs=0.02)
        assert a.load_kg is not None
        assert a.load_kg > 0


def test_the_emg_file_has_the_side_that_was_meant(graph: Graph, small: Path) -> None:
    for a in annotations(small):
        emg = Emg(np.loadtxt(small / "EMG" / a.recording / "EMG.csv", delimiter=","), 200.0, "a.u.")
        prior, span = graph.actions[a.action].emg, a.span("concentric")
        assert prior is not None
        assert span is not None
        clear = any(
            (e := graph.errors[error].emg_effect) and e.asymmetry and graph.keysteps[k].phase == "concentric"
            for k, error in a.pairs
        )
        asymmetry = abs(side_asymmetry(emg, prior, span))
        assert asymmetry >= 0.15 if clear else asymmetry <= 0.03


def test_minimal_pairs_know_each_other(small: Path) -> None:
    by_id = {a.recording: a for a in annotations(small)}
    for a in by_id.values():
        assert a.twin is not None
        twin = by_id[a.twin]
        assert (twin.twin, twin.subject, twin.action, twin.split) == (a.recording, a.subject, a.action, a.split)
        assert {len({e for _, e in x.pairs}) for x in (a, twin)} == {0, 1}


def test_a_repetition_without_its_other_half_has_no_twin(graph: Graph, small: Path, tmp_path: Path) -> None:
    simulate(graph, tmp_path / "three", SMALL.model_copy(update={"actions": ("A05",), "reps": 1}))
    alone = annotations(tmp_path / "three")
    assert [a.twin for a in alone] == [None] * 3
    # Its files are those that it has in a larger set.
    for a, b in zip(alone, [a for a in annotations(small) if a.action == "A05" and a.rep == 1], strict=True):
        for name in ("Skeleton/{}/skeleton_points.csv", "EMG/{}/EMG.csv", "physio/{}.csv"):
            assert (tmp_path / "three" / name.format(a.recording)).read_bytes() == (
                small / name.format(b.recording)
            ).read_bytes()


def test_the_emg_rate_is_an_option(graph: Graph, tmp_path: Path) -> None:
    options = SMALL.model_copy(update={"actions": ("A08",), "subjects": 1, "reps": 1, "emg_rate_hz": 1000})
    info = simulate(graph, tmp_path / "fast", options)
    (a,) = annotations(tmp_path / "fast")
    rows = (tmp_path / "fast/EMG/A08/001/EMG.csv").read_text().splitlines()
    assert info.emg_rate_hz == 1000
    assert len(rows) == pytest.approx(a.phases[-1].end_s * 1000, abs=1)
    with pytest.raises(BadInput, match="201 samples per second"):
        simulate(graph, tmp_path / "odd", options.model_copy(update={"emg_rate_hz": 201}))


def test_the_info_file_reads_back(small: Path) -> None:
    info = RecordingsInfo.model_validate(tomllib.loads((small / "recordings.toml").read_text()))
    assert (info.seed, info.pose_fps, info.emg_rate_hz) == (3, 50.0, 200.0)
    assert info.generator.startswith("flexqa simulate ")


def test_video_and_frames_are_written_for_the_views_asked_for(graph: Graph, tmp_path: Path) -> None:
    options = SMALL.model_copy(
        update={
            "actions": ("A16",),
            "subjects": 1,
            "reps": 1,
            "views": ("2", "P"),
            "width": 96,
            "height": 64,
            "fps": 4.0,
        }
    )
    info = simulate(graph, tmp_path / "mp4", options.model_copy(update={"video": "mp4"}))
    assert sorted(p.name for p in (tmp_path / "mp4/A16/001").iterdir()) == ["View-2.mp4", "View-P.mp4"]
    assert set(info.cameras) == {"2", "P"}
    simulate(graph, tmp_path / "frames", options.model_copy(update={"video": "frames"}))
    assert (tmp_path / "frames/A16/001/View-2/img_00001.JPG").is_file()
    simulate(graph, tmp_path / "two", options.model_copy(update={"video": "mp4", "workers": 2}))
    assert digest(tmp_path / "two") == digest(tmp_path / "mp4")


def test_bad_requests_are_refused(graph: Graph, small: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="A77"):
        simulate(graph, tmp_path / "a", SMALL.model_copy(update={"actions": ("A77",)}))
    with pytest.raises(BadInput, match="view '9'"):
        simulate(graph, tmp_path / "b", SMALL.model_copy(update={"views": ("9",)}))
    (tmp_path / "c").mkdir()
    (tmp_path / "c/notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="not an empty folder"):
        simulate(graph, tmp_path / "c", SMALL)
    with pytest.raises(RecordingError, match="other options: seed is 3 there and 4 now"):
        simulate(graph, small, SMALL.model_copy(update={"seed": 4}))
    with pytest.raises(ValidationError):
        SimulateOptions(subjects=0)
    assert json.loads(SMALL.model_dump_json())["regime"] == "controlled"
    with pytest.raises(ValidationError):
        SimulateOptions(reps=11)
