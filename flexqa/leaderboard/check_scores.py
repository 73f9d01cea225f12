"""Scores made again from the raw replies and compared with those in the folder, to the last digit."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flexqa.leaderboard.strict_json import lines, strict
from flexqa.leaderboard.verification import Findings, Limits, shown
from flexqa.scoring.aggregate import Scores, to_json
from flexqa.store import SCORES, VERDICTS

_DIGITS_TOLD = 5
"""Figures that are told: one reply changes dozens."""


def check_scores(folder: Path, scores: Scores, verdicts: Iterable[bytes], limits: Limits, findings: Findings) -> None:
    """Compare scores.json and verdicts.jsonl with what the raw replies give; a file that is not there claims nothing.

    Args:
        folder: the run folder.
        scores: made from its raw replies.
        verdicts: likewise, the lines of verdicts.jsonl.
        limits: of reading.
        findings: takes each difference.
    """
    if (folder / VERDICTS).exists():
        _check_verdicts(folder / VERDICTS, verdicts, scores.n_questions, limits, findings)
    if (folder / SCORES).exists():
        with (folder / SCORES).open("rb") as f:
            text = f.read(limits.line_bytes + 1)
        if text != to_json(scores).encode():
            _tell_scores(text, scores, limits, findings)
    else:
        findings.note("score", SCORES, "is not there: nothing to compare with")


def differences(claimed: Any, found: Any, at: str = "") -> list[tuple[str, Any, Any]]:
    """Where two JSON values differ: place, first value, second value."""
    if isinstance(claimed, dict) and isinstance(found, dict):
        keys = sorted({*claimed, *found})
        pairs = [(f"{at}.{k}".lstrip("."), claimed.get(k), found.get(k)) for k in keys]
    elif isinstance(claimed, list) and isinstance(found, list) and len(claimed) == len(found):
        pairs = [(f"{at}[{i}]", a, b) for i, (a, b) in enumerate(zip(claimed, found, strict=True))]
    else:
        return [] if json.dumps(claimed) == json.dumps(found) else [(at, claimed, found)]
    return [d for place, a, b in pairs for d in differences(a, b, place)]


def _tell_scores(text: bytes, scores: Scores, limits: Limits, findings: Findings) -> None:
    try:
        claimed = strict(text, limits.depth)
    except ValueError as e:
        findings.fault("json", SCORES, str(e))
        return
    found = json.loads(to_json(scores))
    if isinstance(claimed, dict) and claimed.get("scorer") != found["scorer"]:
        findings.fault(
            "score",
            f"{SCORES}: scorer",
            f"is {shown(claimed.get('scorer'))}, this is {shown(found['scorer'])}; make it anew: flexqa score RUN",
        )
        return
    differing = sorted(differences(claimed, found), key=lambda d: not d[0].startswith("overall"))
    for place, said, given in differing[:_DIGITS_TOLD]:
        findings.fault(
            "score", f"{SCORES}: {shown(place)[1:-1]}", f"says {shown(said)}, the raw replies give {shown(given)}"
        )
    if len(differing) > _DIGITS_TOLD:
        findings.note("score", SCORES, f"differs in {len(differing) - _DIGITS_TOLD} more figures")
    if not differing:
        findings.fault("score", SCORES, "holds the right figures in other bytes; make it anew: flexqa score RUN")


def _check_verdicts(path: Path, verdicts: Iterable[bytes], count: int, limits: Limits, findings: Findings) -> None:
    number, due = 0, iter(verdicts)
    for number, line in lines(path, limits, findings):
        if number > count:
            break
        verdict = next(due).removesuffix(b"\n")
        if line != verdict:
            findings.fault("score", f"{path.name}:{number}", _difference(line, json.loads(verdict), limits))
    if number != count:
        findings.fault("score", path.name, f"holds {number} verdicts or more, the questions are {count}")


def _difference(line: bytes, found: dict[str, Any], limits: Limits) -> str:
    try:
        claimed = strict(line, limits.depth)
    except ValueError as e:
        return f"is no verdict: {e}"
    name = found["question_id"]
    for place, said, given in differences(claimed, found):
        return f"{shown(place)[1:-1]} of {name} is {shown(said)}, the raw reply gives {shown(given)}"
    return f"the verdict on {name} is right in other bytes; make it anew: flexqa score RUN"
