"""Files: written so that a kill at any moment leaves either the old one or the new one, and faults in one line."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError

_PIECE = 1 << 16
"""bytes that are read at once, looking for the last line"""


def write_atomic(path: Path, text: str) -> None:
    """Replace a file by `text` (UTF-8) in one step; folders above it are made."""
    write_lines_atomic(path, (text,))


def write_lines_atomic(path: Path, pieces: Iterable[str]) -> None:
    """Replace a file by the pieces of text (UTF-8) in one step, without holding all of them."""
    with replacing(path) as f:
        for piece in pieces:
            f.write(piece.encode())


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that replaces `path` in one step when the block ends, and is dropped when it raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as f:
            yield f
            f.flush()
            os.fsync(f.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def drop_torn_line(path: Path) -> None:
    """Drop what stands after the last newline of a file of lines: a write that was cut off."""
    with suppress(FileNotFoundError), path.open("r+b") as f:
        end = f.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - _PIECE)
            f.seek(begin)
            if (newline := f.read(end - begin).rfind(b"\n")) >= 0:
                end = begin + newline + 1
                break
            end = begin
        f.truncate(end)


def whole_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that end in a newline, without it; what stands after the last one was cut off."""
    with path.open("rb") as f:
        yield from (line for _, line in placed_lines(f))


def placed_lines(f: IO[bytes], begin: int = 0, end: int = sys.maxsize) -> Iterator[tuple[int, bytes]]:
    """The whole lines that begin in a stretch of a file, each with the byte at which it begins."""
    offset = f.seek(max(begin - 1, 0))
    if begin:
        offset += len(f.readline())
    for line in f:
        if offset >= end:
            return
        if line.endswith(b"\n"):
            yield offset, line[:-1]
        offset += len(line)


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
