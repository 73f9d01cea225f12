"""A version holds all that is needed, and only a sound set becomes one."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from flexqa.audit.report import AuditReport
from flexqa.errors import QuestionError
from flexqa.freeze import VersionInfo, freeze
from flexqa.graph.model import Graph
from flexqa.questions.generate import GenerateOptions
from flexqa.questions.question_set import QuestionSet, read_question_set
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions
from tests.questions.sets import make_set, simulate_without_pictures

INFO = VersionInfo(name="Small", version="1", limits="It is small.")


@pytest.fixture(scope="module")
def data(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = SimulateOptions(actions=("A02", "A05", "A08", "A16"), subjects=4, reps=2, regime="mixed")
    return simulate_without_pictures(graph, tmp_path_factory.mktemp("frozen") / "set", options)


@pytest.fixture(scope="module")
def file(data: Path, graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frozen_set") / "q.jsonl"
    make_set(graph, data, GenerateOptions(types=("action_recognition", "error_present")), path)
    return path


def test_a_version_is_complete(file: Path, data: Path, graph: Graph, tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    report = freeze(file, open_recordings(data), graph, folder, INFO)
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md", "audit.json", "questions.jsonl", "questions.manifest.json", "recordings.json",
    ]  # fmt: skip
    questions: QuestionSet = read_question_set(folder / "questions.jsonl")
    assert sha256(file.read_bytes()).hexdigest() == questions.manifest.sha256 == report.questions_sha256
    assert AuditReport.model_validate_json((folder / "audit.json").read_bytes()) == report
    recordings = json.loads((folder / "recordings.json").read_text())
    assert {m.recording for q in questions.questions for m in q.media} == set(recordings)
    card = (folder / "README.md").read_text()
    for told in ("# Small 1", questions.manifest.sha256, questions.manifest.graph_sha256, "It is small.", "CC BY 4.0",
                 "| action_recognition | video |", "| oracle | pass |"):  # fmt: skip
        assert told in card


def test_a_version_is_never_changed(file: Path, data: Path, graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "README.md").touch()
    with pytest.raises(QuestionError, match="a version is never changed"):
        freeze(file, open_recordings(data), graph, tmp_path, INFO)


def test_a_set_that_fails_its_audit_is_refused(file: Path, data: Path, graph: Graph, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    make_set(graph, data, GenerateOptions(types=("error_present",)), bad)
    lines = bad.read_text().splitlines(keepends=True)
    bad.write_text("".join(lines[1:]))
    manifest = json.loads((tmp_path / "bad.manifest.json").read_text())
    manifest |= {"sha256": sha256(bad.read_bytes()).hexdigest(), "n_questions": len(lines) - 1}
    (tmp_path / "bad.manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(QuestionError, match=r"fails its audit \(groups: .* mend the set first"):
        freeze(bad, open_recordings(data), graph, tmp_path / "v1", INFO)
    assert not (tmp_path / "v1").exists()
