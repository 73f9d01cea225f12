"""Exports are what the formats of others ask for, and exporting again gives the same bytes."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from flexqa.cli.leaderboard import app
from flexqa.errors import RunError
from flexqa.leaderboard.build import build, read_leaderboard
from flexqa.leaderboard.export import export
from flexqa.leaderboard.export_options import ExportOptions, hub_name
from flexqa.leaderboard.export_table import rows, to_csv
from flexqa.question import Question
from tests.scoring.runs import write_run

OPTIONS = ExportOptions(organization="Acme", dataset="acme/flex", source_url="https://example.org/runs")


@pytest.fixture
def board(pristine: Path, tmp_path: Path) -> Path:
    """A real run, with conversations, and three of made-up models on the same questions."""
    runs = [Path(shutil.copytree(pristine, tmp_path / "runs" / "random"))]
    questions = list(map(Question.from_json, (pristine / "questions.jsonl").read_bytes().splitlines()))
    for name, wrong_every in (("vllm:Acme/Good-8B", 9), ("vllm:Acme/Poor-8B", 2), ("baseline:prior", 3)):
        runs.append(write_run(tmp_path / "runs" / re.sub(r"\W", "-", name), questions, wrong_every, name))
    build(runs, tmp_path / "leaderboard.json")
    return tmp_path / "leaderboard.json"


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schemas of Every Eval Ever 0.3.0, out of its wheel; the package itself does not install beside ours."""
    place = tmp_path_factory.mktemp("wheel")
    wanted = ["every-eval-ever==0.3.0", "--no-deps", "--python-version", "3.13", "--only-binary=:all:"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *wanted, "--dest", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index gives every-eval-ever: {done.stderr.splitlines()[-1:]}")
    with zipfile.ZipFile(next(place.glob("*.whl"))) as wheel:
        names = ("eval", "instance_level_eval")
        return {n: json.loads(wheel.read(f"every_eval_ever/schemas/{n}.schema.json")) for n in names}


def test_every_eval_ever_takes_it(board: Path, tmp_path: Path, schemas: dict[str, Any]) -> None:
    written = export(board, "every-eval-ever", tmp_path / "eee", OPTIONS)
    assert len(written) == 8
    log, sample = (jsonschema.Draft7Validator(schemas[n]) for n in ("eval", "instance_level_eval"))
    kinds = set()
    for path in (p for p in written if p.suffix == ".json"):
        data = json.loads(path.read_text())
        log.validate(data)
        detailed = data["detailed_evaluation_results"]
        lines = (tmp_path / "eee" / detailed["file_path"]).read_bytes()
        assert hashlib.sha256(lines).hexdigest() == detailed["checksum"]
        assert lines.count(b"\n") == detailed["total_rows"]
        results = {r["evaluation_result_id"]: r for r in data["evaluation_results"]}
        scores: dict[str, list[float]] = {}
        for line in lines.splitlines():
            row = json.loads(line)
            sample.validate(row)
            assert row["evaluation_id"] == data["evaluation_id"]
            scores.setdefault(row["evaluation_result_id"], []).append(row["evaluation"]["score"])
            kinds.add(row["interaction_type"])
            assert (
                (row["output"] is None) == (row["interaction_type"] == "multi_turn") == (row["messages"] is not None)
            )
        assert {i: pytest.approx(sum(s) / len(s)) for i, s in scores.items()} == {
            i: results[i]["score_details"]["score"] for i in scores
        }
        assert set(scores) == set(results)
    assert kinds == {"single_turn", "multi_turn"}


def test_every_eval_ever_without_run_folders_and_with_costs(
    board: Path, tmp_path: Path, schemas: dict[str, Any]
) -> None:
    data = json.loads(board.read_text())
    for entry in (e for b in data["boards"] for e in b["entries"]):
        entry["folder"] = None
        entry["cost"].update(usd_per_1k_questions=0.4, latency_s=1.5)
    board.write_text(json.dumps(data))
    written = export(board, "every-eval-ever", tmp_path / "eee", ExportOptions(organization="Acme"))
    assert len(written) == 4
    for path in written:
        log = json.loads(path.read_text())
        jsonschema.Draft7Validator(schemas["eval"]).validate(log)
        assert log["source_metadata"]["source_type"] == "documentation"
        units = {
            r["metric_config"]["metric_id"]: r["metric_config"]["metric_unit"] for r in log["evaluation_results"]
        }
        assert units["flex_videoqa.usd_per_1k_questions"] == "US dollars"


def test_every_eval_ever_wants_an_organization(board: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="--organization"):
        export(board, "every-eval-ever", tmp_path / "eee")


def test_the_hub_takes_it(board: Path, tmp_path: Path) -> None:
    from huggingface_hub import eval_result_entries_to_yaml, parse_eval_result_entries

    written = export(board, "hf", tmp_path / "hf", OPTIONS)
    assert {str(p.relative_to(tmp_path / "hf")) for p in written} == {
        "eval.yaml",
        "Acme__Good-8B/.eval_results/flex_videoqa.yaml",
        "Acme__Poor-8B/.eval_results/flex_videoqa.yaml",
    }
    tasks = yaml.safe_load((tmp_path / "hf" / "eval.yaml").read_text())
    assert tasks["evaluation_framework"] == "flexqa"
    raw = yaml.safe_load((tmp_path / "hf" / "Acme__Good-8B/.eval_results/flex_videoqa.yaml").read_text())
    (entry,) = parse_eval_result_entries(raw)
    assert entry.task_id in {t["id"] for t in tasks["tasks"]}
    assert (entry.dataset_id, entry.source_url) == ("acme/flex", "https://example.org/runs")
    best = next(e for b in read_leaderboard(board).boards for e in b.entries if e.model.name == "vllm:Acme/Good-8B")
    assert entry.value == pytest.approx(100 * (best.metrics.accuracy.accuracy.value or 0), abs=0.005)
    assert raw[0]["date"] == best.provenance.created_at[:10]
    assert isinstance(raw[0]["date"], str)
    assert eval_result_entries_to_yaml([entry])[0]["value"] == entry.value


def test_csv_and_parquet_hold_the_same_table(board: Path, tmp_path: Path) -> None:
    export(board, "csv", tmp_path / "t" / "board.csv")
    export(board, "parquet", tmp_path / "t" / "board.parquet")
    expected = rows(read_leaderboard(board))
    assert pq.read_table(tmp_path / "t" / "board.parquet").to_pylist() == expected
    text = (tmp_path / "t" / "board.csv").read_bytes().decode()
    found = list(csv.DictReader(io.StringIO(text)))
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in expected] == found
    assert len(found) == 4
    assert {
        "accuracy",
        "accuracy_ci_low",
        "against_best_p_holm",
        "accuracy:type:action_recognition",
        "prompts_sha256",
    } <= set(found[0])


def test_a_spreadsheet_runs_no_cell(board: Path) -> None:
    data = read_leaderboard(board)
    first = data.boards[0]
    evil = first.entries[0].model_copy(
        update={"model": first.entries[0].model.model_copy(update={"name": '=HYPERLINK("http://evil")'})}
    )
    text = to_csv(data.model_copy(update={"boards": (first.model_copy(update={"entries": (evil,)}),)}))
    assert "'=HYPERLINK" in text
    assert ',"=HYPERLINK' not in text


@pytest.mark.parametrize("form", ["every-eval-ever", "hf", "csv", "parquet"])
def test_exporting_again_gives_the_same_bytes(form: str, board: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        arguments = ["export", str(board), "--format", form, "--out", str(tmp_path / name), "--organization", "Acme"]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        place = tmp_path / name
        files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        contents.append([(str(p.relative_to(place)), p.read_bytes()) for p in files])
    assert contents[0] == contents[1]
    assert contents[0]


def test_names_that_lead_elsewhere_are_not_followed() -> None:
    assert hub_name("vllm:Qwen/Qwen3-VL-8B") == "Qwen/Qwen3-VL-8B"
    for name in ("vllm:../x", "vllm:a/..", "vllm:/etc/passwd", "vllm:a/b/c", "baseline:prior", "vllm:./x", "a/b"):
        assert hub_name(name) is None


def test_an_empty_leaderboard_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "leaderboard.json").write_text('{"boards": []}')
    with pytest.raises(RunError, match="leaderboard add"):
        export(tmp_path / "leaderboard.json", "csv", tmp_path / "x.csv")
