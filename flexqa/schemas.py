"""JSON Schemas (2020-12) of the published files, generated from the models that write them.

They lie in `benchmarks/flex-videoqa/schemas/`, so that others can validate without installing flexqa. Write them anew
with `python -m flexqa.schemas`; a test fails while they are out of date.
"""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from flexqa.assets import asset
from flexqa.audit.report import AuditReport
from flexqa.compare_runs import RunComparison
from flexqa.control_runs import ControlsReport
from flexqa.cost.report import CostReport
from flexqa.cost.session import SessionLine
from flexqa.exports.write import ExportReport
from flexqa.files import write_atomic
from flexqa.leaderboard.entry import Leaderboard
from flexqa.leaderboard.verification import Verification
from flexqa.plan import Plan
from flexqa.question import Question
from flexqa.questions.question_set import QuestionSetManifest
from flexqa.record import Prediction, RunManifest
from flexqa.recordings.model import Annotation, RecordingsInfo
from flexqa.scoring.aggregate import Scores, dumps
from flexqa.scoring.judgements import Judgement
from flexqa.scoring.verdict import Verdict

PUBLISHED: dict[str, type] = {
    "recordings": RecordingsInfo,
    "annotation": Annotation,
    "question": Question,
    "question_set": QuestionSetManifest,
    "audit": AuditReport,
    "export": ExportReport,
    "prediction": Prediction,
    "run": RunManifest,
    "session": SessionLine,
    "cost": CostReport,
    "judgement": Judgement,
    "verdict": Verdict,
    "scores": Scores,
    "leaderboard": Leaderboard,
    "verification": Verification,
    "comparison": RunComparison,
    "controls": ControlsReport,
    "plan": Plan,
}
"""Name of the schema file -> the model; for files of JSON lines, the schema of one line."""


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of a published file, as it is written (computed fields included)."""
    schema = TypeAdapter(PUBLISHED[name]).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"flexqa:{name}:1", **schema}


def folder() -> Path:
    """Where the schema files lie."""
    return asset("benchmarks") / "flex-videoqa" / "schemas"


def write(to: Path) -> None:
    """Write every schema into a folder, as `<name>.json`."""
    for name in PUBLISHED:
        write_atomic(to / f"{name}.json", dumps(schema_of(name)))


if __name__ == "__main__":
    write(folder())
