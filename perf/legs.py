"""What comparisons with flexqa's runner share: the case that all sides are given, and the runner on a lent engine.

Each side of a comparison is a leg. The legs run in turns, in one process and on one vLLM engine, whose caches are
emptied before each.
"""

import shutil
import time
from collections.abc import Callable
from itertools import cycle, islice, permutations
from pathlib import Path
from typing import Any

from flexqa.adapters.registry import create
from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.vllm_engine import VllmEngine
from flexqa.assets import default_graph
from flexqa.evaluation import EvalOptions, spec_of
from flexqa.executors.here import Here
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.question import LETTERS, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.question_file import open_question_set
from flexqa.questions.question_set import Provenance, question_line, write_question_set
from flexqa.record import Prediction, Presentation
from flexqa.recordings.flex_layout import fingerprint, open_recordings
from flexqa.recordings.model import RecordingSet
from flexqa.run import evaluate
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.store import read_run

SIZES = {"tiny": (64, 2), "mid": (512, 8)}
"""width and layers of a model of random weights"""
FRAMES, SIDE = 16, 224
ACTIONS = ("Barbell Curl", "Dumbbell Curl", "Back Squat", "Deadlift", "Lunge", "Bench Press")
SHOWN = Presentation(frames=FRAMES, size=SIDE)


class Case:
    """Recordings, questions about them and a model, as files that every tool can be given."""

    def __init__(self, place: Path, size: str, clips: int, per_clip: int) -> None:
        """Make them; what an earlier process has made is the same.

        Args:
            place: folder to make them in.
            size: of the model, one of `SIZES`.
            clips: number of recordings.
            per_clip: questions about each.
        """
        self.data, self.file = place / "recordings", place / "questions.jsonl"
        hidden, layers = SIZES[size]
        self.checkpoint = make_tiny_checkpoint(place / size, hidden=hidden, layers=layers)
        self.graph = load_graph(default_graph())
        self.recordings = recordings_in(self.data, self.graph, clips)
        provenance = Provenance(
            generator_version="1",
            seed=7,
            graph_sha256=self.graph.sha256,
            recordings_sha256=fingerprint(self.recordings),
        )
        self.manifest = write_question_set(
            self.file, map(question_line, questions_about(self.recordings, per_clip)), provenance
        )
        self.questions = open_question_set(self.file).select("all", None)

    @property
    def model(self) -> str:
        """As `flexqa eval` names it."""
        return f"vllm:{self.checkpoint}"


def recordings_in(folder: Path, graph: Graph, clips: int) -> RecordingSet:
    """As many mp4 clips of 224 x 224 at 20 frames per second."""
    options = SimulateOptions(actions=("A02",), subjects=clips, reps=1, views=("1",), width=SIDE, height=SIDE)
    simulate(graph, folder, options)
    return open_recordings(folder)


def questions_about(recordings: RecordingSet, per_clip: int) -> list[Question]:
    """Choice questions that differ in the order of their options: few prompts are the same, and none of a clip."""
    orders = cycle(permutations(ACTIONS))
    return [
        Question(
            type="action_recognition",
            level=Level.RECOGNITION,
            modalities=(Modality.VIDEO,),
            media=(Media(recording=recording, modality=Modality.VIDEO, view="1"),),
            options=tuple(Option(text=t, kind="answer" if t == ACTIONS[0] else "confusable") for t in shown),
            answer=LETTERS[shown.index(ACTIONS[0])],
            answer_format=AnswerFormat.CHOICE,
            chance=1 / len(ACTIONS),
            graph_path=(("A02", "contains", "AK06"),),
            action="A02",
            subject="S01",
            split="test",
        )
        for recording in recordings.recordings
        for shown in islice(orders, per_clip)
    ]


class Runner:
    """The leg of `flexqa eval`: `flexqa.run.evaluate`, run folder and all."""

    def __init__(self, case: Case, out: Path, *, media: str = "auto", **options: Any) -> None:
        """Make the adapter without an engine; `lend` gives it one.

        Args:
            case: what is asked.
            out: where the run folder goes.
            media: how clips are shown, as the option of the adapter.
            options: fields of `EvalOptions`.
        """
        self.case, self.out = case, out
        adapter_options = {"cpu_kv_cache_gb": "1", "media": media}
        adapter = create(case.model, adapter_options)
        assert isinstance(adapter, VllmEngine)
        adapter.close()
        self.adapter = adapter
        self.arguments = adapter._start.arguments()
        """of the engine that it would have started"""
        setup = EvalOptions(
            model=case.model,
            adapter_options=adapter_options,
            data=case.data,
            questions=case.file,
            presentation=SHOWN,
            split="all",
            **options,
        )
        self.here = Here(setup, case.graph, case.recordings, adapter)
        self.spec = spec_of(setup, case.manifest, len(case.questions), adapter.revision())

    def lend(self, engine: Any) -> None:
        """From now on use this engine, a `vllm.LLMEngine`."""
        self.adapter.engine = engine

    def run(self) -> None:
        """Ask all questions anew."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.decoded = evaluate(self.here, self.case.questions, self.spec, self.out).decoded_clips

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """Of the last run."""
        return tuple(read_run(self.out).predictions)


def measured(engine: Any, leg: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of a leg from empty caches of the engine, a `vllm.LLMEngine` of this process."""
    for reset in ("reset_prefix_cache", "reset_mm_cache", "reset_encoder_cache"):
        getattr(engine, reset)()
    wall, cpu = time.perf_counter(), time.process_time()
    leg()
    return time.perf_counter() - wall, time.process_time() - cpu
