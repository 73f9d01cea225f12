"""What can be wrong with a folder of recordings, as data: kind, recording, file, message, remedy."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FaultKind = Literal[
    "info",  # recordings.toml
    "assumed",  # what recordings.toml leaves open
    "link",  # leads out of the folder
    "number",  # two folders that the split lists cannot tell apart
    "missing",  # a view, sensor or annotation that most recordings have
    "clip",  # an mp4, or a frame folder as a whole, that cannot be read
    "view_twice",
    "frame_gap",
    "frame_twice",
    "frame_names",
    "picture",  # one or more pictures of a frame folder that cannot be read
    "sizes",
    "lengths",
    "pose",
    "pose_rows",
    "emg",
    "emg_columns",
    "emg_constant",
    "emg_saturated",
    "physio",
    "split_file",
    "split_row",
    "split_score",
    "split_overlap",
    "annotation",  # a line that is not an `Annotation`
    "twice",  # two annotations of one recording
    "orphan",  # an annotation without files
    "subject",
    "score",
    "phases",
    "graph",  # ids that the graph does not have, or not together
    "row",  # a row of a table to map
    "crash",  # reading killed the process
]
"""Names for programs that read `flexqa data check --json`; the messages are for people."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a folder of recordings."""

    kind: FaultKind
    recording: str
    """id, or empty where it concerns the whole set"""
    path: str
    """relative to the folder; `annotations.jsonl:3` is a line"""
    message: str
    remedy: str
    fatal: bool = True
    """false: the recording is usable for what does not need the missing piece"""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}; {self.remedy}"


Report = Callable[[Fault], None]


def fault_of(error: Exception, kind: FaultKind, recording: str, path: Path, root: Path) -> Fault:
    """A reader's message, `path: what; remedy`, as a fault: path and remedy have fields of their own here."""
    what, _, remedy = str(error).removeprefix(f"{path}: ").rpartition("; ")
    shown = path.relative_to(root).as_posix()
    return Fault(kind, recording, shown, what or remedy, remedy if what else "restore this file")
