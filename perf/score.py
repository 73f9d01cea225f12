"""Scoring a run of 1,000,000 predictions with all breakdowns, on two processes: seconds, memory, and a floor.

The run is made from the questions of the mini benchmark, each asked of many recordings of many lifters, and replies
as models give them: bare letters, short sentences, reasoning as long as the default of 64 tokens has room for,
refusals, failures, second attempts. Where other work runs, seconds are no measure; processor time nearly is.
The floor, which no scorer can beat, is parsing every line of both files as JSON, in one process.
    python perf/score.py [DIR [PREDICTIONS]]      DIR: a run made by an earlier call, or to be made now (minutes)
"""

import json
import multiprocessing
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from flexqa.assets import asset
from flexqa.files import write_atomic
from flexqa.processes import in_processes
from flexqa.question import LETTERS, canonical_hash
from flexqa.record import ModelRef, QuestionSetRef, RunManifest, RunSpec
from flexqa.rescore import score_folder
from flexqa.store import MANIFEST, PREDICTIONS, QUESTIONS

PREDICTIONS_ASKED = 1_000_000
WORKERS = 2
SUBJECTS = 94
"""that the questions are dealt to, as in FLEX"""

_RECORDING = re.compile(r"\b(A\d\d)/(\d{3})\b")
_SENTENCES = (
    "The lifter stands with the feet at hip width and grips the bar just outside the knees",
    "In the first frames the back is flat and the head is in line with the spine",
    "Around the middle of the clip the knees move towards each other",
    "The hips rise at the same rate as the shoulders, so the bar path stays vertical",
    "The elbows remain close to the body during the lowering phase",
    "On the left side the activity seems to reach its peak a little earlier",
    "At the top of the movement there is a short pause before the weight comes down",
    "I do not see any sign that the heels leave the floor",
    "Compared with the standard, the depth of this repetition is limited",
    "The second view shows the same moment from the side and confirms this",
    "It's hard to tell from one view whether the shoulders are level",
    "The torso leans forward slightly, which is normal for this exercise",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one call took."""

    seconds: float
    processor_s: float
    """of all processes"""
    parent_mib: float
    child_mib: float
    """of the greatest child"""


def reply_of(asked: dict[str, Any], rng: random.Random) -> str:
    """A reply such as models give to a question."""
    form, options = asked["answer_format"], [o["text"] for o in asked["options"]]
    shown = rng.randrange(len(options)) if options else 0
    letter = LETTERS[shown]
    reasons = ". ".join(rng.sample(_SENTENCES, rng.randint(2, 4))) + "."
    match form, rng.random():
        case _, draw if draw < 0.01:
            return "I'm sorry, I cannot determine this from the video."
        case "text", _:
            return f"{reasons} {asked['answer'] if rng.random() < 0.5 else ''}"
        case "choice", draw if draw < 0.55:
            return rng.choice((letter, letter, letter, f"{letter}.", f"({letter})"))
        case "choice", draw if draw < 0.70:
            return f"{letter}. {options[shown]}"
        case "choice", draw if draw < 0.82:
            return rng.choice(
                (f"The answer is {letter}.", f"**Answer: {letter}**", f"The answer is {options[shown]}.")
            )
        case "choice", _:
            return f"{reasons} Therefore, the answer is {letter}. {options[shown]}"
        case "choices", draw:
            chosen = sorted(rng.sample(LETTERS[: len(options)], rng.randint(1, len(options))))
            return ", ".join(chosen) if draw < 0.7 else f"{reasons} So {' and '.join(chosen)} are correct."
        case "yes_no", draw:
            word = rng.choice(("Yes", "No"))
            return word if draw < 0.6 else f"{word}, {reasons.lower()}" if draw < 0.8 else f"{reasons} Answer: {word}"
        case _, draw:
            number = rng.randint(20, 100)
            return (
                str(number) if draw < 0.6 else f"Score: {number}/100" if draw < 0.8 else f"{reasons} Score: {number}"
            )


def predictions_of(asked: dict[str, Any], rng: random.Random) -> Iterator[dict[str, Any]]:
    """What a run wrote about a question: nothing, a reply, a failure, or a reply after a failure."""
    line = {
        "schema_version": "1", "run_id": "perf", "key": asked["hash"][:32], "question_id": asked["id"],
        "question_hash": asked["hash"], "prompt_sha256": canonical_hash(asked["id"]), "media": [
            {"recording": m["recording"], "modality": m["modality"], "view": m["view"], "sha256": asked["hash"],
             "frame_indices": list(range(0, 96, 6)), "frame_times_s": [round(i / 5, 3) for i in range(16)],
             "width": 448, "height": 252}
            for m in asked["media"]
        ],
    }  # fmt: skip
    failed = line | {
        "status": "error", "reply": None, "failure": {"kind": "engine", "message": "gone", "status": "error"},
    }  # fmt: skip
    draw = rng.random()
    if draw < 0.005:
        return
    if draw < 0.03:
        yield failed
    if draw < 0.015:
        return
    status = "truncated" if draw > 0.99 else "ok"
    usage = {"input_tokens": 3100, "vision_tokens": 3000, "cached_tokens": 2900, "output_tokens": 9,
             "reasoning_tokens": None}  # fmt: skip
    timing = {"decode_s": 0.031, "queue_s": 0.12, "first_token_s": 0.2, "total_s": round(0.3 + draw, 6)}
    yield line | {
        "status": status,
        "reply": {
            "text": reply_of(asked, rng), "reasoning": None, "finish_reason": "stop", "status": status,
            "choice_logprobs": None, "usage": usage, "timing": timing,
        },
        "failure": None,
    }  # fmt: skip


@dataclass(frozen=True)
class MakeCopy:
    """The mini benchmark asked of other recordings; returns the lines of questions and predictions."""

    lines: tuple[str, ...]

    def __call__(self, copy: int) -> tuple[list[str], list[str]]:
        """Ask it once."""
        rng, ids = random.Random(copy), dict[str, str]()
        questions, predictions = [], list[list[str]]()
        for line in self.lines:
            asked = json.loads(_RECORDING.sub(rf"\1/{copy:03d}\2", line))
            before = asked.pop("id")
            asked["subject"] = f"S{(copy * 6 + int(asked['subject'][1:])) % SUBJECTS:02d}"
            asked["follows"] = ids.get(asked["follows"], asked["follows"])
            of_question = canonical_hash(asked)
            asked["id"] = ids[before] = f"{asked['type']}-{of_question[:16]}"
            questions.append(_line(asked))
            predictions.append([_line(p) for p in predictions_of(asked | {"hash": of_question}, rng)])
        rng.shuffle(predictions)
        return questions, [line for lines in predictions for line in lines]


def _line(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def make(folder: Path, count: int) -> None:
    """Write a run folder of so many questions, or a few more."""
    lines = (asset("benchmarks") / "flex-videoqa/mini" / QUESTIONS).read_text().splitlines()
    copies = range(1, count // len(lines) + 2)
    folder.mkdir(parents=True)
    with (folder / QUESTIONS).open("w") as questions, (folder / PREDICTIONS).open("w") as predictions:
        for asked, answered in in_processes(MakeCopy(tuple(lines)), copies, WORKERS):
            questions.writelines(asked)
            predictions.writelines(answered)
    of_set = QuestionSetRef(
        sha256="0" * 64, n_questions=len(copies) * len(lines), split="all", graph_sha256="0" * 64,
        recordings_sha256="0" * 64, generator_version="1", seed=0,
    )  # fmt: skip
    spec = RunSpec(model=ModelRef(name="perf"), prompts_sha256="0" * 64, questions=of_set)
    manifest = RunManifest(run_id="perf", created_at="2026-01-01T00:00:00+00:00", spec=spec)
    write_atomic(folder / MANIFEST, manifest.model_dump_json())


def score(folder: Path) -> None:
    """What `flexqa score` does."""
    score_folder(folder)


def parse(folder: Path) -> None:
    """Parse every line of both files."""
    for name in (QUESTIONS, PREDICTIONS):
        with (folder / name).open("rb") as f:
            for line in f:
                msgspec.json.decode(line)


def measured(work: Callable[[Path], None], folder: Path) -> Measured:
    """Time and memory of a call; itself to be called in a process of its own."""
    started = time.perf_counter()
    work(folder)
    seconds = time.perf_counter() - started
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    processor = sum(u.ru_utime + u.ru_stime for u in (own, children))
    return Measured(seconds, processor, own.ru_maxrss / 1024, children.ru_maxrss / 1024)


def alone(work: Callable[[Path], None], folder: Path) -> Measured:
    """`measured` in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measured, work, folder).result()


def main(arguments: Sequence[str]) -> None:
    """Make the run where there is none, measure and print."""
    count = int(arguments[1]) if len(arguments) > 1 else PREDICTIONS_ASKED
    with tempfile.TemporaryDirectory() as place:
        folder = Path(arguments[0]) if arguments else Path(place) / "run"
        if not folder.exists():
            make(folder, count)
        floor, ours = alone(parse, folder), alone(score, folder)
        with (folder / PREDICTIONS).open("rb") as f:
            lines = sum(1 for _ in f)
        mib = sum((folder / name).stat().st_size for name in (QUESTIONS, PREDICTIONS)) / 2**20
    total = ours.parent_mib + (WORKERS * ours.child_mib)
    print(f"{lines} predictions, {mib:.0f} MiB of questions and predictions")
    print(
        f"scored in {ours.seconds:.1f} s, {lines / ours.seconds:.0f} per second; {ours.processor_s:.1f} processor-s"
    )
    print(f"peak memory {ours.parent_mib:.0f} MiB, a worker {ours.child_mib:.0f} MiB, in all up to {total:.0f} MiB")
    print(f"floor, parsing every line in one process: {floor.seconds:.1f} s, {floor.processor_s:.1f} processor-s")
    print(f"ratios {ours.seconds / floor.seconds:.2f} and {ours.processor_s / floor.processor_s:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
