"""JSON from strangers: one meaning, finite numbers, text that can be written again, bounded depth.

The `json` module takes the last of two equal keys, reads NaN and 1e999 as floats and lone surrogates as text, and
follows brackets until the stack ends. All of these are refused here before a model sees the data.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flexqa.leaderboard.verification import Findings, Limits, shown

_LARGEST = 2**53
"""Whole numbers up to here are exact as floats."""


def strict(text: bytes, depth: int) -> Any:
    """Parse one JSON value.

    Args:
        text: UTF-8.
        depth: levels of objects and arrays that are allowed.

    Raises:
        ValueError: it is not plain JSON; says in which way.
    """
    try:
        data = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
        )
        # Brackets bound the depth from above, and counting them is cheap.
        if text.count(b"{") + text.count(b"[") > depth and _deeper(data, depth):
            raise ValueError(f"is nested deeper than {depth} levels")
        if b"\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
    except RecursionError as e:
        raise ValueError(f"is nested deeper than {depth} levels") from e
    except UnicodeDecodeError as e:
        raise ValueError(f"is not UTF-8 (byte {e.start})") from e
    except UnicodeEncodeError as e:
        raise ValueError("holds half of a surrogate pair, which is no character") from e
    return data


def lines(path: Path, limits: Limits, findings: Findings) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, without what ends them.

    A last line without a newline, a line that is too long, and what comes after it are findings and are not given.
    """
    with path.open("rb") as f:
        number = 0
        while line := f.readline(limits.line_bytes + 1):
            number += 1
            if not line.endswith(b"\n"):
                long = len(line) > limits.line_bytes
                what = f"is longer than {limits.line_bytes} bytes" if long else "is torn: no newline ends it"
                findings.fault("size" if long else "json", f"{path.name}:{number}", f"the line {what}")
                return
            yield number, line[:-1]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"has the key {shown(twice)} twice in one object")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"holds {name}, which is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"holds the number {shown(text)}, which is too large")
    return value


def _whole(text: str) -> int:
    if len(text) > len(str(-_LARGEST)) or abs(int(text)) > _LARGEST:
        raise ValueError(f"holds the number {shown(text)}, which is too large")
    return int(text)


def _deeper(data: Any, depth: int) -> bool:
    level = [data]
    for _ in range(depth):
        nested = (value for value in level if isinstance(value, dict | list))
        level = [inner for value in nested for inner in (value.values() if isinstance(value, dict) else value)]
        if not any(isinstance(value, dict | list) for value in level):
            return False
    return True
