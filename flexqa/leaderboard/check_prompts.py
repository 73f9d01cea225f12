"""Prompt hashes made again: of the templates always, of whole prompts as far as what they hold is at hand.

Without recordings, a prompt whose evidence is clips alone follows from the question, the replies before it, and the
hashes of the frames that its prediction names. With them, frames and traces are made again, too.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np

from flexqa.adapters.base import Part, Request, Text, Turn
from flexqa.controls import removed
from flexqa.errors import FlexqaError, QuestionError
from flexqa.graph.model import Graph
from flexqa.leaderboard.submission import ById, Submission
from flexqa.leaderboard.verification import Findings, shown
from flexqa.media import Clip
from flexqa.presentation import Presenter, prompt_hash
from flexqa.prompts import media_label, prompts_hash, render_question
from flexqa.question import FILMED, Question
from flexqa.record import MediaUse, Prediction
from flexqa.recordings.flex_layout import fingerprint
from flexqa.recordings.model import RecordingSet
from flexqa.store import MANIFEST
from flexqa.vocabulary import Control


def check_templates(run: Submission, findings: Findings) -> bool:
    """Compare the templates' hash with that of the templates of this flexqa; whether they are the same."""
    spec = run.manifest.spec
    if spec.prompts_sha256 == (here := prompts_hash()):
        return True
    version = run.manifest.environment.get("flexqa", {})
    findings.fault(
        "prompt",
        f"{MANIFEST}: spec.prompts_sha256",
        f"is {shown(spec.prompts_sha256[:16])}, the templates here hash to {here[:16]!r}; verify with the flexqa "
        f"that made the run ({shown(version)}), or run again with this one",
    )
    return False


def check_recorded_prompts(run: Submission, findings: Findings) -> int:
    """Compare prompt hashes with those of prompts made from what the predictions name; how many could be made."""
    control = run.manifest.spec.control
    by_id, replies, made = ById(run.questions, run.rows), run.replies(), 0
    for where, p in run.predictions.placed():
        if p.question_id not in by_id or p.prompt_sha256 is None:
            continue
        question = by_id[p.question_id]
        if not _check_media(where, question, p, control, findings):
            continue
        before = turns_before(question, by_id, replies)
        try:
            request = None if before is None else _request(question, before, p.media, control)
        except QuestionError as e:
            findings.fault("prompt", where, f"the prompt of {shown(question.id)} cannot be made: {e}")
            continue
        if request is not None:
            made += 1
            _compare(where, p, prompt_hash(request), findings)
    return made


def check_prompts(run: Submission, recordings: RecordingSet, graph: Graph, findings: Findings) -> int:
    """Make every prompt again from the recordings and compare text, frames and traces; how many were made."""
    spec = run.manifest.spec
    for name, said, here in (
        ("recordings_sha256", spec.questions.recordings_sha256, fingerprint(recordings)),
        ("graph_sha256", spec.questions.graph_sha256, graph.sha256),
    ):
        if said != here:
            findings.fault("set", f"{MANIFEST}: spec.questions.{name}", f"is {shown(said)}, here it is {here!r}")
    # A presenter copies questions, and what it gives is compared with records: stand-ins will not do.
    by_id = ById(replace(run.questions, read=Question.from_json), run.rows)
    predictions = replace(run.predictions, read=Prediction.model_validate_json)
    replies, made, media = run.replies(), 0, (spec.presentation, spec.sampling, spec.decode, spec.control)
    with closing(Presenter(recordings, graph, *media)) as presenter:
        sent = [p.question_id for p in predictions if p.prompt_sha256 and p.question_id in by_id]
        presenter.expect(by_id[question_id] for question_id in sent)
        for where, p in predictions.placed():
            if not p.prompt_sha256 or p.question_id not in by_id:
                continue
            question = by_id[p.question_id]
            before = turns_before(question, by_id, replies)
            try:
                prepared = presenter.prepare(question, before or ())
            except FlexqaError as e:
                findings.fault("prompt", where, f"the prompt of {shown(question.id)} cannot be made again: {e}")
                continue
            made += 1
            if prepared.media != p.media:
                findings.fault("media", f"{where}: media", _media_difference(p.media, prepared.media))
            _compare(where, p, prepared.prompt_sha256, findings)
    return made


def _compare(where: str, p: Prediction, expected: str, findings: Findings) -> None:
    if p.prompt_sha256 != expected:
        findings.fault(
            "prompt",
            f"{where}: prompt_sha256",
            f"is {shown((p.prompt_sha256 or '')[:16])}, the prompt of {shown(p.question_id)} hashes to "
            f"{expected[:16]!r}: other words or other evidence were sent",
        )


def _media_difference(said: Sequence[MediaUse], made: Sequence[MediaUse]) -> str:
    for a, b in zip(said, made, strict=False):
        for name in MediaUse.model_fields:
            if getattr(a, name) != getattr(b, name):
                values = f"is {shown(getattr(a, name))}, the recordings give {shown(getattr(b, name))}"
                return f"{name} of {shown(a.recording)} {values}"
    return f"names {len(said)} pieces of evidence, the question shows {len(made)}"


def _check_media(where: str, question: Question, p: Prediction, control: Control | None, findings: Findings) -> bool:
    """Whether a prediction names the evidence of its question."""
    shown_media = [m for m in question.media if not removed(control, m)]
    shown_media += [o.media for o in question.options if o.media and not removed(control, o.media)]
    wanted = [(m.modality, m.view) if m.modality in FILMED else (m.modality, None) for m in shown_media]
    if [(u.modality, u.view) for u in p.media] != wanted:
        findings.fault("media", f"{where}: media", f"is not the evidence that {shown(question.id)} shows")
        return False
    swaps = control is not None and control.startswith("swapped")
    strays = [u.recording for u, m in zip(p.media, shown_media, strict=True) if u.recording != m.recording]
    if strays and not swaps:
        findings.fault(
            "media", f"{where}: media", f"is of {shown(strays[0])}, which {shown(question.id)} does not show"
        )
        return False
    return True


def turns_before(
    question: Question, by_id: Mapping[str, Question], replies: Mapping[str, str]
) -> list[tuple[Question, str]] | None:
    """The turns before a question with their replies; null where one is not there, or they go in a circle."""
    said: list[tuple[Question, str]] = []
    while question.follows is not None:
        if question.follows not in replies or question.follows not in by_id or len(said) > len(by_id):
            return None
        question = by_id[question.follows]
        said.insert(0, (question, replies[question.id]))
    return said


def _request(
    question: Question, before: Sequence[tuple[Question, str]], uses: Sequence[MediaUse], control: Control | None
) -> Request | None:
    """The words of a request, with clips by their hashes; null where it holds a trace."""
    options = [o.media for o in question.options if o.media and not removed(control, o.media)]
    media = [m for m in question.media if not removed(control, m)]
    if options or any(m.modality not in FILMED for m in media):
        return None
    parts: list[Part] = []
    for m, use in zip(media, uses, strict=True):
        parts += [Text(media_label(m)), _clip(use.sha256)]
    asked = [render_question(q) for q, _ in before] + [render_question(question)]
    parts.append(Text(asked[0]))
    then = tuple(Turn(reply, text) for (_, reply), text in zip(before, asked[1:], strict=True))
    return Request(question.id, question.type, question.answer_format, tuple(parts), then=then)


def _clip(sha256: str) -> Clip:
    """A clip of which only the hash is known."""
    return Clip(np.empty((0, 0, 0, 3), np.uint8), (), (), 0.0, 0, sha256)
