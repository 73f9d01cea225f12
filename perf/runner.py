"""The runner over the bare floor: `flexqa.run.evaluate` against `vllm.LLM` called directly on the same requests.

The floor decodes each clip once and hands all prompts, written beforehand, to one `LLM.generate`, with media ids and
the same sampling. The runner renders prompts, checks them, decodes ahead, streams, writes the run folder and counts
costs. Both use one engine in one process, in turns, its caches emptied before each. Prints seconds and processor
seconds per question and the ratios' medians, and how many clips were decoded.

    python perf/runner.py [tiny|mid] [REPEATS] [CLIPS] [QUESTIONS_PER_CLIP]
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice, permutations
from pathlib import Path
from typing import Any

import vllm

from flexqa.adapters.registry import create
from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.vllm_engine import VllmEngine
from flexqa.assets import default_graph
from flexqa.executors.base import Setup
from flexqa.executors.here import Here
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.presentation import Presenter
from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.record import ModelRef, Presentation, QuestionSetRef, RunSpec, Sampling
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.video import read_clip
from flexqa.run import evaluate
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.store import read_run

SIZES = {"tiny": (64, 2), "mid": (512, 8)}
"""width and layers"""
FRAMES, SIDE = 16, 224
ACTIONS = ("Barbell Curl", "Dumbbell Curl", "Back Squat", "Deadlift", "Lunge")
SHOWN = Presentation(frames=FRAMES, size=SIDE)


def recordings_in(folder: Path, graph: Graph, clips: int) -> RecordingSet:
    """As many mp4 clips of 224 x 224 at 20 frames per second."""
    options = SimulateOptions(actions=("A02",), subjects=clips, reps=1, views=("1",), width=SIDE, height=SIDE)
    simulate(graph, folder, options)
    return open_recordings(folder)


def questions_about(recordings: RecordingSet, per_clip: int) -> list[Question]:
    """Choice questions that differ in the order of their options, so that no two prompts of a clip are the same."""
    return [
        Question(
            type="action_recognition",
            level=Level.RECOGNITION,
            modalities=(Modality.VIDEO,),
            media=(Media(recording=recording, modality=Modality.VIDEO, view="1"),),
            options=tuple(Option(text=t, kind="answer" if t == ACTIONS[0] else "confusable") for t in shown),
            answer="ABCDE"[shown.index(ACTIONS[0])],
            answer_format=AnswerFormat.CHOICE,
            chance=0.2,
            graph_path=(("A02", "contains", "AK06"),),
            action="A02",
            subject="S01",
            split="test",
        )
        for recording in recordings.recordings
        for shown in islice(permutations(ACTIONS), per_clip)
    ]


class Legs:
    """The two ways to the same answers."""

    def __init__(self, name: str, place: Path, clips: int, per_clip: int) -> None:
        self.out, self.graph = place / "run", load_graph(default_graph())
        self.recordings = recordings_in(place / "recordings", self.graph, clips)
        self.questions = questions_about(self.recordings, per_clip)
        hidden, layers = SIZES[name]
        checkpoint = make_tiny_checkpoint(place / name, hidden=hidden, layers=layers)
        adapter = create(f"vllm:{checkpoint}", {"cpu_kv_cache_gb": "1"})
        assert isinstance(adapter, VllmEngine)
        self.adapter = adapter
        arguments = adapter._start.arguments()
        adapter.close()
        self.llm = vllm.LLM(**arguments)
        adapter.engine = self.llm.llm_engine
        self.spec = RunSpec(
            model=ModelRef(name="vllm:perf", revision=adapter.revision()),
            presentation=SHOWN,
            decode="choice",
            prompts_sha256="0" * 64,
            questions=QuestionSetRef(
                sha256="1" * 64,
                n_questions=len(self.questions),
                split="test",
                graph_sha256="2" * 64,
                recordings_sha256="3" * 64,
                generator_version="1",
                seed=7,
            ),
        )
        setup = Setup(
            model="vllm:perf", data=place, questions=place, presentation=SHOWN, sampling=Sampling(), decode="choice"
        )
        self.here = Here(setup, self.graph, self.recordings, adapter)
        self.prompts = self._prompts()

    def presenter(self) -> Presenter:
        """A new one, which has decoded nothing yet."""
        return Presenter(self.recordings, self.graph, SHOWN, Sampling(), "choice")

    def _prompts(self) -> list[tuple[str, str, Any]]:
        """Recording, text of the prompt, and sampling of each question."""
        presenter, found = self.presenter(), []
        for question in self.questions:
            request = presenter.prepare(question).request
            ids = list(self.adapter.chat.reply_ids(request.forced).values())
            sampling = vllm.SamplingParams(
                temperature=0.0, max_tokens=1, seed=0, allowed_token_ids=ids, logprob_token_ids=ids
            )
            found.append((question.media[0].recording, self.adapter.chat.prompt(request), sampling))
        presenter.close()
        return found

    def floor(self) -> dict[str, str]:
        """Decode each clip once and call `LLM.generate`; question -> reply."""
        clips, inputs = {}, []
        for recording, prompt, _ in self.prompts:
            if recording not in clips:
                path = self.recordings[recording].views["1"]
                clips[recording] = read_clip(path, frames=FRAMES, size=SIDE, frames_fps=20.0)
            clip = clips[recording]
            media = {"video": self.adapter.chat.clips.engine_items(clip)}
            inputs.append(
                {"prompt": prompt, "multi_modal_data": media, "multi_modal_uuids": {"video": [clip.sha256]}}
            )
        outputs = self.llm.generate(inputs, [sampling for *_, sampling in self.prompts], use_tqdm=False)
        return {q.id: output.outputs[0].text for q, output in zip(self.questions, outputs, strict=True)}

    def runner(self) -> None:
        """Run the questions as `flexqa eval` does."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.decoded = evaluate(self.here, self.questions, self.spec, self.out).decoded_clips

    def replies(self) -> dict[str, str]:
        """Question -> reply of the last run."""
        return {p.question_id: p.reply.text for p in read_run(self.out).predictions if p.reply}

    def measured(self, leg: Callable[[], object]) -> tuple[float, float]:
        """Wall and processor seconds of a leg from empty caches."""
        for reset in ("reset_prefix_cache", "reset_mm_cache", "reset_encoder_cache"):
            getattr(self.llm.llm_engine, reset)()
        wall, cpu = time.perf_counter(), time.process_time()
        leg()
        return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure and print."""
    name = sys.argv[1] if len(sys.argv) > 1 else "tiny"
    repeats, clips, per_clip = (int(w) for w in (*sys.argv[2:], *("9", "8", "16")[max(0, len(sys.argv) - 2) :]))
    with tempfile.TemporaryDirectory() as place:
        legs = Legs(name, Path(place), clips, per_clip)
        legs.measured(legs.runner)
        assert legs.floor() == legs.replies(), "the two do not answer alike"
        pairs = []
        for _ in range(repeats):
            floor, runner = legs.measured(legs.floor), legs.measured(legs.runner)
            pairs.append((floor, runner))
            print(f"floor {floor[0]:.3f} s (CPU {floor[1]:.3f}), runner {runner[0]:.3f} s (CPU {runner[1]:.3f})")
        n = len(legs.questions)
        for i, kind in enumerate(("wall", "CPU")):
            floor_ms, runner_ms = (1000 * statistics.median(p[leg][i] for p in pairs) / n for leg in (0, 1))
            ratio = statistics.median(p[1][i] / p[0][i] for p in pairs)
            print(
                f"{name}, {kind}: floor {floor_ms:.2f} ms per question, runner {runner_ms:.2f} ms, ratio {ratio:.3f}"
            )
        print(f"{legs.decoded} decodes of {clips} clips for {n} questions; medians of {repeats} pairs")
        legs.adapter.close()


if __name__ == "__main__":
    main()
