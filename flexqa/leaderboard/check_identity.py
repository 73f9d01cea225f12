"""What follows from the content of a run: its id, keys, one prediction per question, figures that can be."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flexqa.leaderboard.submission import Submission
from flexqa.leaderboard.verification import Findings, Limits, shown
from flexqa.record import Prediction, Reply, RunManifest, Timing, Usage
from flexqa.store import MANIFEST, PREDICTIONS, QUESTIONS, run_id_of

_TOKENS_AT_MOST = 10**8
_SECONDS_AT_MOST = 10**6.0
_CLOCKS_DIFFER = timedelta(days=1)


def check_identity(run: Submission, limits: Limits, findings: Findings) -> None:
    """Check run.json, the questions by their number, and each prediction by itself."""
    check_manifest(run.manifest, findings)
    _check_questions(run, findings)
    hashes, key = {q.id: q.content_hash for q in run.questions}, run.manifest.spec.keys()
    answered: Counter[str] = Counter()
    for where, p in run.predictions.placed():
        answered[p.question_id] += 1
        if p.question_id not in hashes:
            findings.fault("once", where, f"answers {shown(p.question_id)}, which {QUESTIONS} does not ask")
            continue
        if answered[p.question_id] > 1:
            findings.fault("once", where, f"{shown(p.question_id)} has a prediction before; remove one line")
        expected = {
            "run_id": run.manifest.run_id,
            "question_hash": hashes[p.question_id],
            "key": key(hashes[p.question_id]),
        }
        for name, value in expected.items():
            if getattr(p, name) != value:
                findings.fault(
                    "hash", f"{where}: {name}", f"is {shown(getattr(p, name))}, the content gives {shown(value)}"
                )
        _check_prediction(where, p, limits, findings)
    for question_id in hashes:
        if not answered[question_id]:
            findings.fault("once", PREDICTIONS, f"{shown(question_id)} has no prediction; finish the run")


def check_manifest(manifest: RunManifest, findings: Findings) -> None:
    """Check run.json by itself."""
    spec = manifest.spec
    if manifest.run_id != (expected := run_id_of(spec)):
        findings.fault(
            "hash",
            f"{MANIFEST}: run_id",
            f"is {shown(manifest.run_id)}, its spec gives {shown(expected)}: the spec was edited after the run",
        )
    if (spec.control is None) != (manifest.control_of is None):
        findings.fault(
            "hash", f"{MANIFEST}: control_of", f"is {shown(manifest.control_of)}, the control {shown(spec.control)}"
        )
    try:
        created = datetime.fromisoformat(manifest.created_at)
    except ValueError:
        created = None
    if created is None or created.tzinfo is None:
        findings.fault("figures", f"{MANIFEST}: created_at", f"{shown(manifest.created_at)} is no time with its zone")
    elif created > datetime.now(UTC) + _CLOCKS_DIFFER:
        findings.fault("figures", f"{MANIFEST}: created_at", f"{shown(manifest.created_at)} is yet to come")
    for path, text in _texts(manifest.model_dump(mode="json")):
        if not text.isprintable():
            findings.fault("name", f"{MANIFEST}: {path}", f"{shown(text)} holds control or direction characters")
        elif "<" in text or ">" in text:
            findings.fault("name", f"{MANIFEST}: {path}", f"{shown(text)} holds < or >, as markup does")
    model = f"{spec.model.name} {spec.model.revision or ''}"
    if "://" in model or spec.model.name.startswith(("=", "+", "-", "@")):
        findings.fault("name", f"{MANIFEST}: spec.model", f"{shown(model)} is no name of a model")
    if spec.model.revision is None and not spec.model.name.startswith("baseline:"):
        findings.note("hash", f"{MANIFEST}: spec.model.revision", "is null: which weights answered is not said")


def _texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, keys included, with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield at or "keys", str(key)
            yield from _texts(inner, f"{at}.{key if key.isidentifier() else '?'}".lstrip("."))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _texts(inner, f"{at}[{i}]")


def _check_questions(run: Submission, findings: Findings) -> None:
    wanted = run.manifest.spec.questions
    if len(run.questions) != wanted.n_questions:
        findings.fault(
            "set", QUESTIONS, f"holds {len(run.questions)} sound questions, {MANIFEST} names {wanted.n_questions}"
        )
    for question_id, n in Counter(q.id for q in run.questions).items():
        if n > 1:
            findings.fault("once", QUESTIONS, f"{shown(question_id)} is asked {n} times")
    strays = [q.id for q in run.questions if wanted.split not in (q.split, "all")]
    if strays:
        findings.fault(
            "set", QUESTIONS, f"{shown(strays[0])} and {len(strays) - 1} more are not of split {shown(wanted.split)}"
        )


def _check_prediction(where: str, p: Prediction, limits: Limits, findings: Findings) -> None:
    if (p.reply is None) == (p.failure is None):
        findings.fault("schema", where, "needs a reply or a failure, and not both")
    outcome = p.reply or p.failure
    if outcome and p.status != outcome.status:
        findings.fault("hash", f"{where}: status", f"is {p.status}, that of its outcome {outcome.status}")
    if p.reply is None:
        return
    if p.prompt_sha256 is None:
        findings.fault("prompt", f"{where}: prompt_sha256", "is null although there is a reply")
    longest = max(len(p.reply.text), len(p.reply.reasoning or ""))
    if longest > limits.reply_characters:
        findings.fault(
            "size", f"{where}: reply", f"has {longest} characters, at most {limits.reply_characters} are taken"
        )
    for name, wrong in _figure_faults(p.reply):
        findings.fault("figures", f"{where}: {name}", wrong)


def _figure_faults(reply: Reply) -> Iterator[tuple[str, str]]:
    """Tokens, seconds and probabilities that cannot be."""
    usage, timing = reply.usage, reply.timing
    for name, tokens in ((name, getattr(usage, name)) for name in Usage.model_fields):
        if tokens is not None and not 0 <= tokens <= _TOKENS_AT_MOST:
            yield name, f"{tokens} tokens cannot be"
    for name, seconds in ((name, getattr(timing, name)) for name in Timing.model_fields):
        if seconds is not None and not 0 <= seconds <= _SECONDS_AT_MOST:
            yield name, f"{seconds} seconds cannot be"
    parts = (
        ("vision_tokens", usage.vision_tokens, usage.input_tokens, "input tokens"),
        ("cached_tokens", usage.cached_tokens, usage.input_tokens, "input tokens"),
        ("reasoning_tokens", usage.reasoning_tokens, usage.output_tokens, "output tokens"),
        ("first_token_s", timing.first_token_s, timing.total_s, "seconds in total"),
    )
    for name, part, whole, words in parts:
        if part is not None and whole is not None and part > whole:
            yield name, f"{part} is more than the {whole} {words}"
    for letter, logprob in (reply.choice_logprobs or {}).items():
        if logprob > 1e-6:
            yield "choice_logprobs", f"{shown(letter)} has log-probability {logprob}, above zero"
