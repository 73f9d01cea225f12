"""Divides recordings into train, val and test: by subject, by action, by view, or as FLEX's own lists do.

What is divided, subjects, actions or cameras, is ordered by a hash of seed and name, and the first of that order are
the test part. So a split depends on the seed and on the names alone: not on the order of files, nor on the machine;
and one more subject moves at most one other across each border.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError
from tomli_w import dumps

from flexqa.errors import BadInput, RecordingError
from flexqa.files import first_fault, write_atomic
from flexqa.question import Frozen, Split
from flexqa.recordings.model import Annotation, RecordingSet
from flexqa.recordings.split_lists import FLEX_SPLITS, number_of, read_split_list

VIEW_SPLITS = "splits.toml"

By = Literal["subject", "action", "flex"]

_CORNERS = (("1", "P"), ("2",), ("3",), ("4",))
"""cameras that see the same: the phone P stands at the corner of view 1"""


class ViewSplit(Frozen):
    """splits.toml: which views are for training and which for testing; one recording has views of both."""

    by: Literal["view"] = "view"
    seed: int
    parts: Mapping[Split, tuple[str, ...]]


def draw(units: Iterable[str], *, test: float, val: float = 0.0, seed: int = 7) -> dict[str, Split]:
    """The part of each unit.

    Args:
        units: names of subjects, actions or cameras; doubles count once.
        test: share of the units for the test part, over 0; rounded, at least one.
        val: share for the validation part; at least one unit unless 0.
        seed: another seed, another split.

    Raises:
        BadInput: shares outside of 0-1, or so few units that a part would be empty.
    """
    names = sorted(set(units), key=lambda unit: hashlib.sha256(f"{seed}\n{unit}".encode()).digest())
    if not 0 < test < 1 or not 0 <= val < 1 or test + val >= 1:
        raise BadInput(f"shares test {test:g} and val {val:g}: both lie between 0 and 1, and so does their sum")
    n_test = max(1, round(test * len(names)))
    n_val = max(1, round(val * len(names))) if val else 0
    if n_test + n_val >= len(names):
        raise BadInput(f"{len(names)} to divide, {n_test} for test and {n_val} for val: none is left for train")
    parts: dict[str, Split] = dict.fromkeys(names, "train")
    parts |= dict.fromkeys(names[:n_test], "test")
    parts |= dict.fromkeys(names[n_test : n_test + n_val], "val")
    return parts


def divide(
    recordings: RecordingSet, by: By, *, test: float, val: float = 0.0, seed: int = 7
) -> tuple[Annotation, ...]:
    """The annotations of all annotated recordings, each with its new split.

    `subject`: nobody is in two parts. `action`: no action is in two parts. `flex`: FLEX's own lists.

    Raises:
        BadInput: there are no annotations, too few units, or a recording that is in none of FLEX's lists.
    """
    annotations = tuple(r.annotation for r in recordings if r.annotation)
    if not annotations:
        raise BadInput(f"{recordings.root}: there are no annotations to write a split into; see `flexqa data map`")
    if by == "flex":
        parts = _flex(recordings.root)
        unit = {a.recording: str(number_of(a.recording)) for a in annotations}
        if lost := [a.recording for a in annotations if unit[a.recording] not in parts]:
            raise BadInput(f"{lost[0]} and {len(lost) - 1} others are in no list of Split_4/; fetch the lists again")
    else:
        unit = {a.recording: a.subject if by == "subject" else a.action for a in annotations}
        parts = draw(unit.values(), test=test, val=val, seed=seed)
    return tuple(a.model_copy(update={"split": parts[unit[a.recording]]}) for a in annotations)


def divide_views(recordings: RecordingSet, *, test: float, seed: int = 7) -> ViewSplit:
    """Views for training and views for testing; cameras that stand at one corner stay together.

    Raises:
        BadInput: the recordings have clips from one corner only.
    """
    present = {view for r in recordings for view in r.views}
    corners = {"+".join(c): [v for v in c if v in present] for c in _CORNERS if present & set(c)}
    parts: dict[Split, tuple[str, ...]] = {"train": (), "test": ()}
    for corner, part in sorted(draw(corners, test=test, seed=seed).items()):
        parts[part] += tuple(corners[corner])
    return ViewSplit(seed=seed, parts=parts)


def write_view_split(root: Path, split: ViewSplit) -> Path:
    """Write splits.toml into the folder of recordings, in one step."""
    path = root / VIEW_SPLITS
    head = "# Which views are for training and which for testing: `flexqa data split --by view`\n"
    write_atomic(path, head + dumps(split.model_dump(mode="json")))
    return path


def read_view_split(root: Path) -> ViewSplit | None:
    """What splits.toml says, or None when there is none.

    Raises:
        RecordingError: it is no TOML, or has wrong or unknown fields.
    """
    path = root / VIEW_SPLITS
    if not path.exists():
        return None
    try:
        return ViewSplit.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as e:
        raise RecordingError(f"{path}: {first_fault(e)}; write it anew with `flexqa data split --by view`") from e
    except ValueError as e:  # TOML, UTF-8
        raise RecordingError(f"{path}: {e}; write it anew with `flexqa data split --by view`") from e


def _flex(root: Path) -> dict[str, Split]:
    parts: dict[str, Split] = {}
    for split in FLEX_SPLITS:
        rows = read_split_list(root, split)
        if rows is None:
            raise BadInput(f"{root}: there is no {split} list in Split_4/; fetch it, or split --by subject")
        parts |= {str(row.number): split for row in rows}
    return parts
