"""Files: written so that a kill at any moment leaves either the old one or the new one, and faults in one line."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError


def write_atomic(path: Path, text: str) -> None:
    """Replace a file by `text` (UTF-8) in one step; folders above it are made."""
    write_lines_atomic(path, (text,))


def write_lines_atomic(path: Path, pieces: Iterable[str]) -> None:
    """Replace a file by the pieces of text in one step, without holding all of them."""
    with replacing(path) as f:
        for piece in pieces:
            f.write(piece)


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file to write (UTF-8) that replaces `path` in one step when the block ends, and is dropped when it raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as f:
            yield f
            f.flush()
            os.fsync(f.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def drop_torn_line(path: Path) -> None:
    """Drop what stands after the last newline of a file of lines: a write that was cut off."""
    with suppress(FileNotFoundError), path.open("r+b") as f:
        f.truncate(f.read().rfind(b"\n") + 1)


def sha256_of(path: Path) -> str:
    """sha256 of a file's content, in hex."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def first_fault(error: ValueError) -> str:
    """The first fault of a record that does not validate, in one line: field and what is wrong with it."""
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}".removeprefix(": ")
    return str(error)
