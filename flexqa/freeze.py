"""A benchmark version: a question set with all that is needed to trust it and to run it again.

A folder of `questions.jsonl` and its manifest, `recordings.json` (which recordings, by hash of their annotation),
`audit.json`, and `README.md`, the card. A set that fails its audit is not frozen.
"""

import json
from pathlib import Path

from flexqa.audit.report import AuditReport
from flexqa.audit.run import audit
from flexqa.errors import QuestionError
from flexqa.files import write_atomic
from flexqa.graph.model import Graph
from flexqa.question import Frozen, canonical_hash
from flexqa.questions.question_set import QuestionSet, manifest_path, media_of, read_question_set
from flexqa.questions.registry import question_types
from flexqa.recordings.model import RecordingSet


class VersionInfo(Frozen):
    """What a person says of a version."""

    name: str
    version: str
    licence: str = "CC BY 4.0"
    intended_use: str = (
        "Evaluation of vision-language models on strength-training video; not coaching, not diagnosis."
    )
    limits: str = ""
    """known limits, in sentences"""


def freeze(path: Path, recordings: RecordingSet, graph: Graph, folder: Path, info: VersionInfo) -> AuditReport:
    """Write a version of the question set at `path`.

    Raises:
        QuestionError: the folder holds something already, the recordings are not those of the set, or a gate of the
            audit fails.
    """
    if folder.exists() and any(folder.iterdir()):
        raise QuestionError(f"{folder}: holds files already; a version is never changed, give another folder")
    question_set = read_question_set(path)
    report = audit(question_set, recordings, graph)
    if failed := [g for g in report.gates if not g.passed]:
        told = "; ".join(f"{g.name}: {g.worst}" for g in failed)
        raise QuestionError(f"{path}: fails its audit ({told}); see flexqa questions audit, and mend the set first")
    folder.mkdir(parents=True, exist_ok=True)
    for source in (path, manifest_path(path)):
        name = "questions.jsonl" if source == path else "questions.manifest.json"
        write_atomic(folder / name, source.read_text(encoding="utf-8"))
    write_atomic(folder / "recordings.json", _recordings_manifest(question_set, recordings))
    write_atomic(folder / "audit.json", report.model_dump_json(indent=1) + "\n")
    write_atomic(folder / "README.md", card(question_set, report, info))
    return report


def card(question_set: QuestionSet, report: AuditReport, info: VersionInfo) -> str:
    """The card of a version, Markdown."""
    manifest = question_set.manifest
    rows = [
        f"| {name} | {' + '.join(question_types()[name].modalities)} | {sum(splits.values())} | "
        f"{manifest.chance[name]:.1%} | {_best_guess(report, name)} |"
        for name, splits in manifest.by_type.items()
    ]
    gates = [f"| {g.name} | {'pass' if g.passed else 'fail'} | {g.worst.replace('|', '/')} |" for g in report.gates]
    splits = sorted({split for counts in manifest.by_type.values() for split in counts})
    return "\n".join(
        [
            f"# {info.name} {info.version}",
            "",
            f"{manifest.n_questions} questions in the splits {', '.join(splits)}. {info.intended_use}",
            "",
            f"- questions: sha256 `{manifest.sha256}`",
            f"- generator: version {manifest.generator_version}, seed {manifest.seed}",
            f"- graph: sha256 `{manifest.graph_sha256}`",
            f"- recordings: sha256 `{manifest.recordings_sha256}`, listed in `recordings.json`",
            f"- licence: {info.licence}",
            "",
            "## Questions",
            "",
            "| type | evidence | questions | chance | best guess without evidence |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "## Audit",
            "",
            "| gate | result | nearest to failing |",
            "|---|---|---|",
            *gates,
            "",
            "## Known limits",
            "",
            info.limits or "None are stated.",
            "",
        ]
    )


def _best_guess(report: AuditReport, name: str) -> str:
    tried = [g for g in report.guesses if g.type == name]
    best = max(tried, key=lambda g: g.accuracy, default=None)
    return f"{best.accuracy:.1%} ({best.way})" if best else "not tried"


def _recordings_manifest(question_set: QuestionSet, recordings: RecordingSet) -> str:
    """Recording -> split, action, subject, and hash of the annotation, for all that are asked about."""
    used = sorted({m.recording for q in question_set.questions for m in media_of(q)})
    lines = {}
    for name in used:
        truth = recordings[name].annotation
        if truth is not None:
            digest = canonical_hash(truth.model_dump(mode="json"))
            lines[name] = {
                "split": truth.split, "action": truth.action, "subject": truth.subject, "annotation_sha256": digest,
            }  # fmt: skip
    return json.dumps(lines, indent=1) + "\n"
