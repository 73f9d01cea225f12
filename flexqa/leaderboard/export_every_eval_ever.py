"""Every Eval Ever 0.3.0: one aggregate JSON per entry, and its samples where the run folder lies beside the file.

Layout `data/<collection>/<developer>/<model>/<uuid4>.json` and `<uuid4>_samples.jsonl`. Names of files and ids follow
from the run, so that exporting again gives the same bytes. Scores are proportions; what the schema has no place for
stands in maps of text.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from flexqa import __version__
from flexqa.errors import RunError
from flexqa.leaderboard.check_prompts import turns_before
from flexqa.leaderboard.entry import Board, Entry, Leaderboard
from flexqa.leaderboard.export_options import ExportOptions, hub_name
from flexqa.leaderboard.export_table import flat
from flexqa.prompts import render_question
from flexqa.question import Question
from flexqa.record import Prediction
from flexqa.rescore import judge_folder
from flexqa.scoring.aggregate import Cell, Judged, dumps
from flexqa.scoring.statistics import Estimate
from flexqa.store import read_run

SCHEMA_VERSION = "0.3.0"
COLLECTION = "flex-videoqa"

_PRICES = {
    "usd_per_1k_questions": "US dollars",
    "gpu_energy_j_per_question": "joules",
    "gpu_seconds_per_question": "seconds",
    "latency_s": "seconds",
}
_SELF_DEPLOYED = ("vllm", "transformers", "baseline")


def every_eval_ever_files(
    leaderboard: Leaderboard, home: Path, options: ExportOptions
) -> Iterator[tuple[PurePosixPath, str]]:
    """Path and content of each file.

    Args:
        leaderboard: the entries.
        home: the folder that their run folders are named from.
        options: `organization` must be given.

    Raises:
        RunError: no organisation is given, or a run folder cannot be read.
    """
    if not options.organization:
        raise RunError("Every Eval Ever wants to know who ran the evaluations; say so: --organization NAME")
    for board in leaderboard.boards:
        for entry in board.entries:
            yield from _files(board, entry, home, options)


def _files(board: Board, e: Entry, home: Path, options: ExportOptions) -> Iterator[tuple[PurePosixPath, str]]:
    folder = PurePosixPath("data", COLLECTION, *_model_id(e).split("/"))
    name = str(uuid.UUID(bytes=hashlib.sha256(f"{e.run_id} {e.run_sha256}".encode()).digest()[:16], version=4))
    log = _aggregate(board, e, options)
    # Samples tell the right answers.
    if e.folder and not any(q.withheld for q in read_run(home / e.folder).questions):
        samples = "".join(
            json.dumps(s, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n" for s in _samples(e, home)
        )
        place = folder / f"{name}_samples.jsonl"
        log["source_metadata"]["source_type"] = "evaluation_run"
        log["detailed_evaluation_results"] = {
            "format": "jsonl",
            "file_path": str(place),
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(samples.encode()).hexdigest(),
            "total_rows": samples.count("\n"),
        }
        yield place, samples
    yield folder / f"{name}.json", dumps(log)


def _aggregate(board: Board, e: Entry, options: ExportOptions) -> dict[str, Any]:
    at = _epoch(e)
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": _evaluation_id(e),
        "evaluation_timestamp": at,
        "retrieved_timestamp": at,
        "source_metadata": {
            "source_name": "flexqa leaderboard",
            "source_type": "documentation",
            "source_organization_name": options.organization,
            "evaluator_relationship": options.relationship,
        },
        "eval_library": {
            "name": "flexqa",
            "version": str(e.provenance.environment.get("flexqa", {}).get("version") or __version__),
        },
        "model_info": _model_info(e),
        "evaluation_results": list(_results(board, e, options)),
    }


def _model_info(e: Entry) -> dict[str, Any]:
    engine = str(e.provenance.adapter.get("engine", "unknown"))
    packages = e.provenance.environment.get("packages", {})
    own = engine in _SELF_DEPLOYED
    info: dict[str, Any] = {
        "name": e.model.name.partition(":")[2] or e.model.name,
        "id": _model_id(e),
        "developer": _model_id(e).split("/")[0],
        "additional_details": {
            "deployment_type": "self_deployed" if own else "unknown",
            "model_availability": "open_weights" if own and hub_name(e.model.name) else "unknown",
            "revision": e.model.revision or "unknown",
        },
    }
    if own:
        version = e.provenance.adapter.get(engine) or packages.get(engine)
        info["inference_engine"] = {"name": engine, "version": str(version or "unknown")}
    return info


def _results(board: Board, e: Entry, options: ExportOptions) -> Iterator[dict[str, Any]]:
    yield _accuracy(board, e, options, "overall", e.metrics.accuracy)
    for name, cell in sorted(e.slices.by_type.items()):
        yield _accuracy(board, e, options, name, cell)
    for name, unit in _PRICES.items():
        price = getattr(e.cost, name)
        if price is not None:
            yield {
                "evaluation_result_id": _result_id(e, name),
                "evaluation_name": f"{COLLECTION}.{name}",
                "source_data": _source(board, options),
                "metric_config": {
                    "metric_id": f"flex_videoqa.{name}",
                    "metric_name": name.replace("_", " "),
                    "metric_kind": "cost",
                    "metric_unit": unit,
                    "lower_is_better": True,
                    "score_type": "continuous",
                    "min_score": 0,
                    "max_score": "Infinity",
                },
                "score_details": {"score": price, "details": _texts(flat(e.cost.model_dump(mode="json"), "cost"))},
            }


def _accuracy(board: Board, e: Entry, options: ExportOptions, name: str, cell: Cell) -> dict[str, Any]:
    p = e.provenance
    return {
        "evaluation_result_id": _result_id(e, name),
        "evaluation_name": f"{COLLECTION}.{name}" if name != "overall" else COLLECTION,
        "source_data": _source(board, options),
        "evaluation_timestamp": _epoch(e),
        "metric_config": {
            "metric_id": "accuracy",
            "metric_name": "accuracy",
            "metric_kind": "accuracy",
            "metric_unit": "proportion",
            "evaluation_description": "share of questions answered right; unanswered questions count as wrong",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": 0,
            "max_score": 1,
        },
        "score_details": {
            "score": cell.accuracy.value or 0.0,
            "uncertainty": _uncertainty(cell.accuracy),
            "details": _texts(
                {
                    "chance": cell.chance,
                    "n_clusters": cell.accuracy.n_clusters,
                    "n_failed": cell.n_failed,
                    "n_unparsable": cell.n_unparsable,
                    "questions_sha256": board.benchmark.questions_sha256,
                    "predictions_sha256": e.run_sha256,
                }
            ),
        },
        "generation_config": {
            "generation_args": {
                "temperature": p.sampling.temperature,
                "top_p": p.sampling.top_p,
                "max_tokens": p.sampling.max_tokens,
            },
            "additional_details": _texts(
                {
                    **flat(p.presentation.model_dump(mode="json"), "presentation"),
                    "seed": p.sampling.seed,
                    "decode": p.decode,
                    "prompts_sha256": p.prompts_sha256,
                    "graph_sha256": p.graph_sha256,
                    "recordings_sha256": p.recordings_sha256,
                    "generator_version": p.generator_version,
                }
            ),
        },
    }


def _uncertainty(e: Estimate) -> dict[str, Any]:
    found: dict[str, Any] = {"num_samples": e.n}
    if e.se is not None:
        found["standard_error"] = {"value": e.se, "method": "cluster-robust (CR1) by subject"}
    if e.ci_low is not None and e.ci_high is not None:
        method = "t with clusters - 1 degrees of freedom"
        found["confidence_interval"] = {
            "lower": e.ci_low, "upper": e.ci_high, "confidence_level": 0.95, "method": method,
        }  # fmt: skip
    return found


def _source(board: Board, options: ExportOptions) -> dict[str, Any]:
    b = board.benchmark
    if options.dataset:
        return {
            "dataset_name": "FLEX-VideoQA",
            "source_type": "hf_dataset",
            "hf_repo": options.dataset,
            "hf_split": b.split,
            "samples_number": b.n_questions,
        }
    if options.source_url:
        return {"dataset_name": "FLEX-VideoQA", "source_type": "url", "url": [options.source_url]}
    return {"dataset_name": "FLEX-VideoQA", "source_type": "other"}


def _samples(e: Entry, home: Path) -> Iterator[dict[str, Any]]:
    stored, judged = judge_folder(home / str(e.folder))
    predictions = {p.question_id: p for p in stored.predictions}
    by_id = {q.id: q for q in stored.questions}
    replies = {p.question_id: p.reply.text for p in stored.predictions if p.reply}
    for j in judged:
        before = turns_before(j.question, by_id, replies) or []
        for name in ("overall", j.question.type):
            yield _sample(e, name, j, predictions.get(j.question.id), before)


def _sample(
    e: Entry, name: str, j: Judged, p: Prediction | None, before: list[tuple[Question, str]]
) -> dict[str, Any]:
    q, v = j.question, j.verdict
    text = p.reply.text if p and p.reply else ""
    raw, reference = render_question(q), [q.reference or str(q.answer)] if isinstance(q.answer, str) else _listed(q)
    hashed = json.dumps({"raw": raw, "reference": reference}, sort_keys=True, separators=(",", ":"))
    turns = len(before) + 1
    sample: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": _evaluation_id(e),
        "model_id": _model_id(e),
        "evaluation_name": f"{COLLECTION}.{name}" if name != "overall" else COLLECTION,
        "evaluation_result_id": _result_id(e, name),
        "sample_id": q.id,
        "sample_hash": hashlib.sha256(hashed.encode()).hexdigest(),
        "interaction_type": "multi_turn" if before else "single_turn",
        "input": {"raw": raw, "reference": reference, "choices": [o.text for o in q.options] or None},
        "output": None if before else {"raw": [text]},
        "messages": _messages(before, raw, text) if before else None,
        "answer_attribution": [
            {
                "turn_idx": 2 * turns - 1 if before else 0,
                "source": "messages" if before else "output.raw",
                "extracted_value": "" if v.extracted is None else ", ".join(_words(v.extracted)),
                "extraction_method": v.method,
                "is_terminal": True,
            }
        ],
        "evaluation": {"score": v.score, "is_correct": v.correct, "num_turns": turns},
        "token_usage": _tokens(p),
        "performance": _performance(p),
        "error": p.failure.message if p and p.failure else None if p else "no prediction",
        "metadata": _texts(
            {"status": v.status, "type": q.type, "level": q.level.value, "subject": q.subject, "action": q.action,
             "prompt_sha256": p.prompt_sha256 if p else None}
        ),
    }  # fmt: skip
    return sample


def _messages(before: list[tuple[Question, str]], raw: str, text: str) -> list[dict[str, Any]]:
    said = [part for q, reply in before for part in (render_question(q), reply)]
    return [
        {"turn_idx": i, "role": "user" if i % 2 == 0 else "assistant", "content": content}
        for i, content in enumerate([*said, raw, text])
    ]


def _tokens(p: Prediction | None) -> dict[str, int | None] | None:
    usage = p.reply.usage if p and p.reply else None
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "input_tokens_cache_read": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }


def _performance(p: Prediction | None) -> dict[str, float | None] | None:
    timing = p.reply.timing if p and p.reply else None
    if timing is None or timing.total_s is None:
        return None
    first = timing.first_token_s
    return {
        "latency_ms": 1000 * timing.total_s,
        "time_to_first_token_ms": None if first is None else 1000 * first,
    }


def _listed(q: Question) -> list[str]:
    return list(_words(q.answer))


def _words(answer: object) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else (str(answer),)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """A map of text to text, as the schema wants them; what was not measured is left out."""
    return {name: str(value) for name, value in values.items() if value is not None}


def _model_id(e: Entry) -> str:
    if name := hub_name(e.model.name):
        return name
    return "flexqa/" + "".join(c if c.isascii() and c.isalnum() else "-" for c in e.model.name)


def _evaluation_id(e: Entry) -> str:
    return f"{COLLECTION}/{_model_id(e).replace('/', '_')}/{_epoch(e)}-{e.run_id[-10:]}"


def _result_id(e: Entry, name: str) -> str:
    return f"{e.run_id}.{name}"


def _epoch(e: Entry) -> str:
    at = datetime.fromisoformat(e.provenance.created_at)
    return str(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()))
