"""Rows of tables that others wrote: CSV, TSV, JSON, JSON lines, Excel and MATLAB 5 files, all as mappings.

A row of CSV, Excel or a matrix maps the name of a column to its cell; columns without a header are called 1, 2, 3 ...
A row of JSON, or a MATLAB struct, is the object itself; `lookup` goes into it by a path such as `labels.errors.0`.
"""

import csv
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flexqa.errors import BadInput, require
from flexqa.question import Frozen

KEY = "$key"
"""what a row of a JSON object of objects was found under"""


class TableSource(Frozen):
    """Where a table is, and how it is laid out."""

    file: str
    """relative to the folder of recordings; .csv .tsv .json .jsonl .xlsx .mat"""
    sheet: str | None = None
    """of an Excel file; default: the first"""
    rows: str = ""
    """JSON: path to the list, or object, of rows; MATLAB: name of the variable"""
    header: bool = True
    """CSV and Excel: whether the first row names the columns"""
    columns: tuple[str, ...] = ()
    """names for columns, in place of the header's or where there is none"""
    delimiter: str | None = None
    """CSV: default a comma, and a tab for .tsv"""
    encoding: str = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    number: int
    """as an editor or spreadsheet counts it, from 1; the position in a JSON list or matrix"""
    values: Mapping[str, Any]
    fault: str = ""
    """what is wrong with the row itself; then it has no values"""


def read_rows(root: Path, source: TableSource) -> Iterator[Row]:
    """The rows of a table, in order.

    Raises:
        BadInput: the file is missing, leads out of the folder, is damaged, or has another layout than told.
    """
    path = root / source.file
    if not path.resolve().is_relative_to(root.resolve()):
        raise BadInput(f"{path}: leads out of the folder of recordings; copy the table into {root}")
    if not path.is_file():
        raise BadInput(f"{path}: no such table; `file` is relative to {root}")
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise BadInput(f"{path}: tables are {', '.join(_READERS)}; save it as one of these")
    try:
        yield from _READERS[kind](path, source)
    except (UnicodeDecodeError, LookupError, csv.Error, json.JSONDecodeError, OSError, zipfile.BadZipFile) as e:
        raise BadInput(f"{path}: not a readable {kind} file ({e}); save it again, or correct the mapping") from e


def lookup(values: Mapping[str, Any], path: str) -> Any:
    """What a row has under the name of a column, or under a dotted path; None where it has nothing."""
    if path in values:
        return values[path]
    found: Any = values
    for step in path.split("."):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, Sequence) and not isinstance(found, str) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def cell_text(value: Any) -> str:
    """A cell as text: empty for nothing, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv(path: Path, source: TableSource) -> Iterator[Row]:
    delimiter = source.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    with path.open(encoding=source.encoding, newline="") as f:
        reader = csv.reader(f, delimiter=delimiter, strict=True)
        yield from _named(((reader.line_num, cells) for cells in reader), source)


def _xlsx(path: Path, source: TableSource) -> Iterator[Row]:
    book = require("openpyxl", "tables").load_workbook(path, read_only=True, data_only=True)
    try:
        if source.sheet is not None and source.sheet not in book.sheetnames:
            raise BadInput(f"{path}: there is no sheet {source.sheet!r}; it has {', '.join(book.sheetnames)}")
        sheet = book[source.sheet] if source.sheet is not None else book.worksheets[0]
        yield from _named(enumerate(sheet.iter_rows(values_only=True), 1), source)
    finally:
        book.close()


def _named(rows: Iterable[tuple[int, Sequence[Any]]], source: TableSource) -> Iterator[Row]:
    names: Sequence[str] = source.columns
    header = source.header
    for number, cells in rows:
        if all(cell_text(cell) == "" for cell in cells):
            continue
        if header:
            header, names = False, names or [cell_text(cell) for cell in cells]
            continue
        names = names or [str(i) for i in range(1, len(cells) + 1)]
        # A spreadsheet pads rows with empty cells; text files may lack the last, empty ones.
        if any(cell_text(cell) for cell in cells[len(names) :]):
            yield Row(number, {}, f"{len(cells)} cells for {len(names)} columns")
            continue
        yield Row(number, dict(zip(names, [*cells, *[None] * len(names)], strict=False)))


def _json(path: Path, source: TableSource) -> Iterator[Row]:
    found = json.loads(path.read_text(source.encoding))
    if source.rows:
        found = lookup(found, source.rows) if isinstance(found, dict) else None
    yield from _objects(path, found, source)


def _jsonl(path: Path, source: TableSource) -> Iterator[Row]:
    with path.open(encoding=source.encoding) as f:
        for number, line in enumerate(f, 1):
            if not line.strip():
                continue
            try:
                yield _object(number, json.loads(line))
            except json.JSONDecodeError as e:
                yield Row(number, {}, f"no JSON ({e})")


def _objects(path: Path, found: Any, source: TableSource) -> Iterator[Row]:
    if isinstance(found, dict):
        for number, (key, value) in enumerate(found.items(), 1):
            inner = value if isinstance(value, dict) else {"value": value}
            yield Row(number, {KEY: key, **inner})
    elif isinstance(found, list):
        for number, value in enumerate(found, 1):
            yield _object(number, value)
    else:
        raise BadInput(f"{path}: there are no rows at {source.rows or 'the top'!r}; `rows` is the path to them")


def _object(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(number, {}, f"{str(value)[:40]!r} is no object")
    return Row(number, value)


def _mat(path: Path, source: TableSource) -> Iterator[Row]:
    import numpy as np

    from flexqa.recordings.split_lists import load_mat

    table = load_mat(path, simplify_cells=True)
    names = [name for name in table if not name.startswith("__")]
    if source.rows not in names and (source.rows or len(names) != 1):
        raise BadInput(f"{path}: there is no variable {source.rows!r}; `rows` is one of {', '.join(names)}")
    found = table[source.rows or names[0]]
    if isinstance(found, np.ndarray) and found.ndim == 2:
        yield from _named(enumerate(found.tolist(), 1), source.model_copy(update={"header": False}))
        return
    yield from _objects(path, _plain(found), source)


def _plain(value: Any) -> Any:
    """Lists for numpy's arrays; MATLAB's empty text is an empty array."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [_plain(inner) for inner in value] or None if isinstance(value, list) else value


_READERS: dict[str, Callable[[Path, TableSource], Iterator[Row]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".xlsx": _xlsx,
    ".mat": _mat,
}
