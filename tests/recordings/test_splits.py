from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.errors import BadInput, RecordingError
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import Annotation, Recording, RecordingSet, RecordingsInfo
from flexqa.recordings.splits import ViewSplit, divide, divide_views, draw, read_view_split, write_view_split

shares = st.tuples(st.floats(0.05, 0.5), st.sampled_from([0.0, 0.1, 0.25]))
people = st.sets(st.text("ABCXYZ0123", min_size=1, max_size=4), min_size=6, max_size=40)


def recordings_of(subjects: list[str]) -> RecordingSet:
    found = {}
    for n, subject in enumerate(subjects, 1):
        action = f"A{1 + n % 5:02d}"
        a = Annotation(
            recording=f"{action}/{n:03d}",
            action=action,
            subject=subject,
            split="train",
            phases=(),
            pairs=(),
            score=50,
        )
        found[a.recording] = Recording(a.recording, {}, None, None, None, a)
    return RecordingSet(Path("nowhere"), RecordingsInfo(), found)


@given(people=people, share=shares, seed=st.integers(0, 2**32), reps=st.integers(1, 4))
def test_nobody_is_in_two_parts_of_a_split_by_subject(
    people: set[str], share: tuple[float, float], seed: int, reps: int
) -> None:
    divided = divide(recordings_of(sorted(people) * reps), "subject", test=share[0], val=share[1], seed=seed)
    parts = defaultdict(set)
    for a in divided:
        parts[a.subject].add(a.split)
    assert all(len(found) == 1 for found in parts.values())
    assert {a.split for a in divided} == ({"train", "val", "test"} if share[1] else {"train", "test"})


@given(people=people, share=shares, seed=st.integers(0, 2**32), data=st.data())
def test_a_split_depends_on_names_and_seed_alone(
    people: set[str], share: tuple[float, float], seed: int, data: st.DataObject
) -> None:
    test, val = share
    shuffled = data.draw(st.permutations(sorted(people)))
    parts = draw(shuffled, test=test, val=val, seed=seed)
    assert parts == draw(people, test=test, val=val, seed=seed)
    assert abs(list(parts.values()).count("test") - test * len(people)) <= 1


@given(people=people, seed=st.integers(0, 2**32))
def test_a_newcomer_moves_at_most_one_other(people: set[str], seed: int) -> None:
    before = draw(people, test=0.3, seed=seed)
    after = draw({*people, "newcomer"}, test=0.3, seed=seed)
    assert sum(after[p] != before[p] for p in people) <= 1


def test_the_split_of_a_seed_never_changes() -> None:
    parts = draw([f"S{i:02d}" for i in range(10)], test=0.3, val=0.1, seed=7)
    assert [u for u, p in sorted(parts.items()) if p == "test"] == ["S06", "S08", "S09"]
    assert [u for u, p in parts.items() if p == "val"] == ["S01"]


def test_a_split_by_action_divides_no_action() -> None:
    divided = divide(recordings_of([f"S{i}" for i in range(20)]), "action", test=0.4)
    parts = {(a.action, a.split) for a in divided}
    assert len(parts) == 5
    assert sum(split == "test" for _, split in parts) == 2


def test_flexs_own_lists(flex: Path) -> None:
    divided = divide(open_recordings(flex), "flex", test=0.3)
    assert {a.recording: a.split for a in divided} == {
        "A08/001": "train", "A16/001": "train", "A08/002": "test", "A16/002": "test"
    }  # fmt: skip
    (flex / "Split_4/split_4_test_list.mat").unlink()
    with pytest.raises(BadInput, match="there is no test list"):
        divide(open_recordings(flex), "flex", test=0.3)


def test_views_of_one_corner_stay_together(flex: Path) -> None:
    recordings = open_recordings(flex)
    for seed in range(8):
        split = divide_views(recordings, test=0.5, seed=seed)
        assert sorted(v for part in split.parts.values() for v in part) == ["1", "2", "P"]
        assert {"1", "P"} in [set(part) for part in split.parts.values()]
    split = divide_views(recordings, test=0.5)
    write_view_split(flex, split)
    assert read_view_split(flex) == split
    assert open_recordings(flex).recordings.keys() == recordings.recordings.keys()


def test_a_wrong_splits_file_is_refused(tmp_path: Path) -> None:
    assert read_view_split(tmp_path) is None
    (tmp_path / "splits.toml").write_text('by = "moon"')
    with pytest.raises(RecordingError, match=r"splits\.toml: by: Input should be 'view'"):
        read_view_split(tmp_path)
    (tmp_path / "splits.toml").write_text("by = ")
    with pytest.raises(RecordingError, match=r"splits\.toml: Invalid value"):
        read_view_split(tmp_path)
    write_view_split(tmp_path, ViewSplit(seed=1, parts={"train": ("1",), "test": ("2",)}))
    assert read_view_split(tmp_path)


@pytest.mark.parametrize(
    ("units", "test", "val", "message"),
    [
        ("AB", 0.0, 0.0, "both lie between 0 and 1"),
        ("AB", 0.6, 0.5, "both lie between 0 and 1"),
        ("A", 0.3, 0.0, "1 to divide, 1 for test and 0 for val: none is left"),
        ("AB", 0.3, 0.3, "none is left for train"),
    ],
)
def test_what_cannot_be_divided_is_refused(units: str, test: float, val: float, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        draw(units, test=test, val=val)


def test_without_annotations_there_is_nothing_to_write_into(flex: Path) -> None:
    (flex / "annotations.jsonl").unlink()
    with pytest.raises(BadInput, match="no annotations to write a split into"):
        divide(open_recordings(flex), "subject", test=0.3)
