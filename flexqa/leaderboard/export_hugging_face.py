"""Results as the Hugging Face Hub reads them: `.eval_results/*.yaml` of a model, and `eval.yaml` of the data set.

The Hub keeps one number per task, without name, unit or interval; ours is percent right, said in `eval.yaml`, and
interval, chance and presentation stand in the notes. A token of verification is the Hub's to give and is left out.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import yaml

from flexqa.leaderboard.entry import Board, Entry, Leaderboard
from flexqa.leaderboard.export_options import ExportOptions, hub_name

FRAMEWORK = "flexqa"
"""must be listed in huggingface.js, packages/tasks/src/eval.ts, before the Hub accepts eval.yaml"""


def hugging_face_files(leaderboard: Leaderboard, options: ExportOptions) -> Iterator[tuple[PurePosixPath, str]]:
    """Path and content of each file: eval.yaml, and per model `<org>__<name>/.eval_results/flex_videoqa.yaml`.

    Models that are not on the Hub have no repository to put a file into and are left out.
    """
    yield PurePosixPath("eval.yaml"), _yaml(_data_set(leaderboard))
    results: dict[str, list[dict[str, Any]]] = {}
    for board in leaderboard.boards:
        for e in board.entries:
            if name := hub_name(e.model.name):
                results.setdefault(name, []).append(_result(board, e, options))
    for name, found in sorted(results.items()):
        place = PurePosixPath(name.replace("/", "__"), ".eval_results", "flex_videoqa.yaml")
        yield place, _yaml(sorted(found, key=lambda r: (r["dataset"]["task_id"], r["date"], -r["value"])))


def task_id(board: Board) -> str:
    """The name of a board on the Hub: its split and the beginning of the hash of its questions."""
    return f"flex_videoqa_{board.benchmark.split}_{board.benchmark.questions_sha256[:8]}"


def _data_set(leaderboard: Leaderboard) -> dict[str, Any]:
    boards = leaderboard.boards
    sizes = "; ".join(f"{task_id(b)}: {b.benchmark.n_questions} questions" for b in boards)
    return {
        "name": "FLEX-VideoQA",
        "description": "Question answering over strength-training video. Values are percent of questions answered "
        f"right; a failed or unreadable reply counts as wrong. {sizes}.",
        "evaluation_framework": FRAMEWORK,
        "tasks": [{"id": task_id(b), "config": "default", "split": b.benchmark.split} for b in boards],
    }


def _result(board: Board, e: Entry, options: ExportOptions) -> dict[str, Any]:
    accuracy, shown = e.metrics.accuracy.accuracy, e.provenance.presentation
    interval = (
        f"95 % interval {_percent(accuracy.ci_low)} to {_percent(accuracy.ci_high)}, "
        if accuracy.ci_low is not None
        else ""
    )
    data_set: dict[str, Any] = {"id": options.dataset or board.benchmark.id, "task_id": task_id(board)}
    if options.dataset_revision:
        data_set["revision"] = options.dataset_revision
    result = {
        "dataset": data_set,
        "value": _percent(accuracy.value),
        "date": e.provenance.created_at[:10],
        "notes": f"percent right of {accuracy.n} questions, {interval}chance {_percent(e.metrics.accuracy.chance)}; "
        f"{shown.frames} frames of {shown.size} px; run {e.run_id}, replies sha256 {e.run_sha256[:12]}",
    }
    return result | ({"source": {"url": options.source_url}} if options.source_url else {})


def _percent(value: float | None) -> float:
    return round(100 * (value or 0.0), 2)


def _yaml(data: Any) -> str:
    return yaml.dump(data, sort_keys=False, allow_unicode=True, width=110)
