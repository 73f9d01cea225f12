"""A leaderboard in the formats of others."""

from pathlib import Path
from typing import Literal

from flexqa.errors import RunError
from flexqa.files import write_atomic
from flexqa.leaderboard.build import read_leaderboard
from flexqa.leaderboard.export_every_eval_ever import every_eval_ever_files
from flexqa.leaderboard.export_hugging_face import hugging_face_files
from flexqa.leaderboard.export_options import ExportOptions
from flexqa.leaderboard.export_table import to_csv, to_parquet

Format = Literal["every-eval-ever", "hf", "csv", "parquet"]


def export(path: Path, form: Format, out: Path, options: ExportOptions | None = None) -> list[Path]:
    """Write a leaderboard in another format.

    Args:
        path: the leaderboard file; the samples of Every Eval Ever come from the run folders beside it.
        form: which.
        out: a file for csv and parquet, else a folder.
        options: what the leaderboard does not know.

    Returns:
        The files that were written. Equal leaderboards and run folders give equal bytes.

    Raises:
        RunError: the leaderboard cannot be read or has no entry, or the format needs an option.
    """
    board, options = read_leaderboard(path), options or ExportOptions()
    if not board.boards:
        raise RunError(f"{path}: has no entry to export; add one: flexqa leaderboard add RUN --to {path}")
    if form == "csv":
        write_atomic(out, to_csv(board))
        return [out]
    if form == "parquet":
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(to_parquet(board))
        return [out]
    eee = form == "every-eval-ever"
    files = every_eval_ever_files(board, path.parent, options) if eee else hugging_face_files(board, options)
    written = []
    for place, text in files:
        write_atomic(out / place, text)
        written.append(out / place)
    return written
