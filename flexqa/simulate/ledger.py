"""What of a set of recordings has been made, so that a killed simulation goes on where it was.

    simulate.json              what was asked for; it stays
    .made/A05/001/signals.json one file per finished piece of work: its files with their sizes, and what it found;
                               written after them, gone when the set is complete

A file is written under another, always the same, name and then renamed; a piece of work that was cut short is done
again and writes over what it left. This holds for killed processes; after a power cut sizes tell what is torn.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flexqa.errors import BadInput, RecordingError

_PLAN, _MADE = "simulate.json", ".made"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The finished pieces of work of one folder."""

    root: Path

    def open(self, plan: Mapping[str, Any]) -> None:
        """Begin a folder, or take up one of the same plan.

        Raises:
            BadInput: the folder holds something else.
            RecordingError: it is a simulation of another plan.
        """
        path = self.root / _PLAN
        if path.exists():
            self._compare(path, plan)
        elif self._is_free(path):
            replace_file(path, (json.dumps(plan, indent=1, ensure_ascii=False) + "\n").encode())
        else:
            raise BadInput(
                f"{self.root} exists and is not an empty folder, nor a simulation that was begun; "
                "give the name of a new one"
            )

    def _is_free(self, path: Path) -> bool:
        if not self.root.exists():
            return True
        return self.root.is_dir() and all(e.name == draft_of(path).name for e in self.root.iterdir())

    def _compare(self, path: Path, plan: Mapping[str, Any]) -> None:
        try:
            there = dict(json.loads(path.read_bytes()))
        except (ValueError, TypeError) as e:
            raise RecordingError(f"{path}: {e}; delete the folder, or give the name of a new one") from e
        asked = json.loads(json.dumps(plan))
        different = [k for k in {**asked, **there} if there.get(k) != asked.get(k)]
        if different:
            key = different[0]
            raise RecordingError(
                f"{self.root} holds a simulation with other options: {key} is {there.get(key)!r} there and "
                f"{asked.get(key)!r} now; give the same options to go on, or the name of a new folder"
            )

    def has(self, piece: str) -> bool:
        """Whether a piece of work is finished and its files are there in full."""
        entry = self._read(piece)
        return entry is not None and all(
            (self.root / name).is_file() and (self.root / name).stat().st_size == size
            for name, size in entry["files"].items()
        )

    def enter(self, piece: str, files: Iterable[Path], result: str = "") -> None:
        """Note that a piece of work is finished: all of its files are written."""
        sizes = {f.relative_to(self.root).as_posix(): f.stat().st_size for f in files}
        replace_file(self._path(piece), json.dumps({"files": sizes, "result": result}).encode())

    def result(self, piece: str) -> str:
        """What a finished piece of work found.

        Raises:
            RecordingError: it is not finished.
        """
        entry = self._read(piece)
        if entry is None:
            raise RecordingError(f"{self._path(piece)} is gone; start the same command again")
        return str(entry["result"])

    def close(self) -> None:
        """Forget the pieces: the set is complete."""
        shutil.rmtree(self.root / _MADE, ignore_errors=True)

    def _path(self, piece: str) -> Path:
        return self.root / _MADE / f"{piece}.json"

    def _read(self, piece: str) -> dict[str, Any] | None:
        try:
            entry = json.loads(self._path(piece).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return entry if isinstance(entry, dict) and "files" in entry else None


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step; folders above it are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_of(path)
    draft.write_bytes(data)
    draft.replace(path)


def draft_of(path: Path) -> Path:
    """Where a file is written before it gets its name."""
    return path.with_name(f".{path.name}.part")
