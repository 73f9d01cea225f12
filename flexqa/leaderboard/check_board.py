"""A leaderboard file held against the run folders beside it, and against the leaderboard before it.

It is derived, so it is right when building it again from its run folders gives the same bytes. Beside that no entry
of an earlier leaderboard may go or change unless an entry says that it stands for it now.
"""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from flexqa.errors import FlexqaError
from flexqa.leaderboard.build import pieces, read_leaderboard, rebuild
from flexqa.leaderboard.check_scores import differences
from flexqa.leaderboard.entry import ControlRun, Entry, Leaderboard
from flexqa.leaderboard.strict_json import strict
from flexqa.leaderboard.verification import Findings, Limits, shown
from flexqa.scoring.aggregate import to_json

_MAY_CHANGE = {
    "rank", "rank_interval", "vs_best", "against_clean", "by_type", "by_modality", "pareto", "controls", "folder",
    "supersedes",
}  # fmt: skip
"""Fields of an entry that depend on the others, or on where its folder lies."""


def check_board(path: Path, before: Path | None, limits: Limits, findings: Findings) -> list[tuple[str, Path]]:
    """Check a leaderboard file by itself and against the one before it.

    Args:
        path: the file.
        before: the leaderboard before it.
        limits: of reading.
        findings: takes what is wrong.

    Returns:
        The run folders that it names and that lie beside it: as named, and where.
    """
    with path.open("rb") as f:
        text = f.read(limits.file_bytes + 1)
    if len(text) > limits.file_bytes:
        findings.fault("size", path.name, f"is longer than {limits.file_bytes} bytes")
        return []
    try:
        strict(text, limits.depth)
        board = Leaderboard.model_validate_json(text)
    except ValueError as e:
        findings.fault("schema", path.name, shown(str(e)))
        return []
    if before:
        check_history(read_leaderboard(before), board, path.name, findings)
    return list(_folders(path, board, findings))


def check_history(before: Leaderboard, now: Leaderboard, name: str, findings: Findings) -> None:
    """No entry of `before` is gone or changed in `now`, but those that an entry there says it supersedes.

    Figures may change when the scorer did: the raw replies are still those.
    """
    standing = {e.run_id: e for e in pieces(now)}
    superseded = {(s.run_id, s.run_sha256) for e in standing.values() for s in e.supersedes}
    for old in pieces(before):
        if (old.run_id, old.run_sha256) in superseded:
            continue
        new = standing.get(old.run_id)
        remedy = f"an entry may replace it by: flexqa leaderboard add RUN --supersedes {shown(old.run_id)}"
        if new is None:
            findings.fault(
                "history", f"{name}: {shown(old.run_id)}", f"is gone since the leaderboard before; {remedy}"
            )
            continue
        same = before.scorer == now.scorer
        changed = differences(_lasting(old, same=same), _lasting(new, same=same))
        # Only so many are told: those of the run itself before those of its many figures.
        for place, was, is_ in sorted(changed, key=lambda d: d[0].count(".")):
            findings.fault(
                "history", f"{name}: {shown(old.run_id)} {place}", f"was {shown(was)} and is {shown(is_)}; {remedy}"
            )


def _lasting(entry: Entry | ControlRun, *, same: bool) -> object:
    """What of a run stays while others come: without its figures where another scorer made them."""
    derived = set() if same else {"metrics", "slices", "accuracy", "accuracy_by_type", "accuracy_by_modality"}
    return json.loads(entry.model_dump_json(exclude=_MAY_CHANGE | derived))


def _folders(path: Path, board: Leaderboard, findings: Findings) -> Iterator[tuple[str, Path]]:
    home, seen = path.parent.resolve(), set[str]()
    for e in pieces(board):
        where = f"{path.name}: {shown(e.run_id)}"
        if e.run_id in seen:
            findings.fault("once", where, "has two entries")
        seen.add(e.run_id)
        if e.folder is None:
            findings.note("score", where, "its run folder is not beside the file, so its figures are not proven")
            continue
        place = PurePosixPath(e.folder)
        if place.is_absolute() or ".." in place.parts or "\\" in e.folder or not e.folder.isprintable():
            findings.fault("path", f"{where} folder", f"{shown(e.folder)} leads out of the folder of the leaderboard")
            continue
        steps = [home.joinpath(*place.parts[:n]) for n in range(1, len(place.parts) + 1)]
        if any(step.is_symlink() for step in steps):
            findings.fault("path", f"{where} folder", f"{shown(e.folder)} goes over a symbolic link")
        elif not steps or not steps[-1].is_dir():
            findings.fault("path", f"{where} folder", f"{shown(e.folder)} is not there; put the run folder there")
        else:
            yield e.folder, steps[-1]


def check_rebuilt(path: Path, answers: Path | None, findings: Findings) -> None:
    """Build a leaderboard again from its run folders, which were found sound, and compare the bytes."""
    text = path.read_bytes()
    try:
        rebuilt = rebuild(read_leaderboard(path), path.parent.resolve(), answers)
    except FlexqaError as e:
        findings.fault("score", path.name, f"cannot be built again: {e}")
        return
    if to_json(rebuilt).encode() == text:
        return
    found = list(differences(json.loads(text), json.loads(to_json(rebuilt))))
    for place, said, given in found:
        findings.fault("score", f"{path.name}: {place}", f"says {shown(said)}, the run folders give {shown(given)}")
    if not found:
        findings.fault("score", path.name, "holds the right figures in other bytes; build it again")
