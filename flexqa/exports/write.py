"""Write a question set for another tool.

The folder appears when it is complete. Beside the files of the format it holds `export.json`, which says what it was
made from and counts what was left out, and `left_out.jsonl`, which names every such question with the reason.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Literal

from flexqa import __version__
from flexqa.errors import BadInput
from flexqa.exports.clips import ClipFiles
from flexqa.exports.common import EvidenceText, Format, Item, LeftOut, counts, gather
from flexqa.files import write_atomic, write_lines_atomic
from flexqa.question import Frozen, Question
from flexqa.recordings.model import RecordingSet

FormatName = Literal["lmms-eval", "vlmevalkit", "inspect", "datasets"]

_SHIPPED = Path(__file__).parent / "shipped"

_MODULES: dict[FormatName, str] = {
    "lmms-eval": "lmms_eval",
    "vlmevalkit": "vlmevalkit",
    "inspect": "inspect_ai",
    "datasets": "hf_datasets",
}


class ExportReport(Frozen):
    """What an export holds, and what it does not. `export.json`."""

    schema_version: Literal["1"] = "1"
    format: FormatName
    flexqa_version: str = __version__
    questions_sha256: str
    """of the question set that was exported, all of it or a part"""
    n_questions: int
    by_type: dict[str, int]
    n_left_out: int
    left_out: dict[str, dict[str, int]]
    """reason -> type -> questions; `left_out.jsonl` names them"""


def export_questions(
    questions: Sequence[Question],
    recordings: RecordingSet,
    evidence_text: EvidenceText,
    form: FormatName,
    out: Path,
    *,
    questions_sha256: str,
    copy: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Write questions for another tool.

    Args:
        questions: what is exported, in this order.
        recordings: hold the evidence.
        evidence_text: puts sensor traces into words.
        form: for which tool.
        out: a folder that is not there yet.
        questions_sha256: of the question set that they belong to.
        copy: copy clips; otherwise they are linked.
        progress: called with (questions done, questions in all).

    Raises:
        BadInput: `out` exists, or no question can be shown in this format.
        QuestionError: a prompt cannot be rendered.
    """
    if out.exists():
        raise BadInput(f"{out} exists; give the name of a new folder")
    chosen = format_named(form)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # left behind by a kill
    part.mkdir(parents=True)
    try:
        items: list[Item] = []
        left_out: list[LeftOut] = []
        clips = ClipFiles(recordings, part, copy=copy)
        for done, one in enumerate(gather(questions, chosen.abilities, clips, evidence_text), 1):
            if isinstance(one, Item):
                items.append(one)
            else:
                left_out.append(one)
            if progress:
                progress(done, len(questions))
        if not items:
            reasons = "; ".join(counts(left_out)) or "the set is empty"
            raise BadInput(
                f"none of {len(questions)} questions can be shown by {form}, and nothing is written: {reasons}"
            )
        chosen.write(items, part)
        for name, source in chosen.shipped.items():
            shutil.copyfile(_SHIPPED / source, part / name)
        report = ExportReport(
            format=form,
            questions_sha256=questions_sha256,
            n_questions=len(items),
            by_type=dict(sorted(Counter(i.question.type for i in items).items())),
            n_left_out=len(left_out),
            left_out=counts(left_out),
        )
        write_atomic(part / "export.json", report.model_dump_json(indent=2) + "\n")
        write_lines_atomic(part / "left_out.jsonl", (json.dumps(asdict(one)) + "\n" for one in left_out))
        part.replace(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return report


def format_named(name: FormatName) -> Format:
    """The format of this name."""
    found: Format = import_module(f"flexqa.exports.{_MODULES[name]}").FORMAT
    return found
