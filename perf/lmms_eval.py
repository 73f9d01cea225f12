"""flexqa's runner against lmms-eval 0.7.3 as shipped: the same clips, questions, words, sampling and vLLM engine.

`legs` runs in lmms-eval's own environment, in one process. lmms-eval's `vllm` model (chat) starts the engine, with
the arguments that flexqa would give it and room for images. Its evaluator makes the requests from what `flexqa
questions export --format lmms-eval` writes, and asks them once to warm up. Then, in turns and with the caches of the
engine emptied before each: its `generate_until` of all requests at batch size 1 (its default) and 64, and
`flexqa.run.evaluate`, run folder and all. lmms-eval's start, scoring and saving are not counted. Prints wall and
processor time per question, the medians of the ratios, decodes, and tokens of prompt and reply.

The same on both sides: 16 frames of 224 x 224 per clip, temperature 0, 4 tokens per reply (said to lmms-eval's task
and to its model, or it takes 4096). What differs: lmms-eval decodes for each question and sends frames as pictures,
PNG in base64; flexqa decodes a clip once and sends it as one video, which this model packs into half as many tokens.
The leg "flexqa as images" sends pictures, too, so that the tokens do not count. Computing costs a tiny model next to
nothing: its ratios are those of the harnesses, and `mid` tells how they fade as the model grows.

`commands` measures whole processes, start to end: `python -m lmms_eval` and `flexqa eval`, told the same.

lmms-eval's environment is that of install.sh, or $LMMS_EVAL_PYTHON. It needs what lmms-eval reads video with, and for
`commands` what it prints tables with:

    .venv/bin/uv pip install --python .venv-peers/lmms-eval/bin/python --no-deps qwen-vl-utils==0.0.14 decord==0.6.0
    .venv/bin/uv pip install --python .venv-peers/lmms-eval/bin/python pytablewriter==1.2.1
    python perf/lmms_eval.py [legs|commands] [tiny|mid] [REPEATS] [CLIPS] [QUESTIONS_PER_CLIP]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import flexqa
from flexqa.exports.write import export_questions
from flexqa.presentation import Presenter
from flexqa.record import Sampling
from perf.legs import FRAMES, SHOWN, SIDE, Case, Runner, measured

ROOT = Path(__file__).resolve().parent.parent
PEER = Path(os.environ.get("LMMS_EVAL_PYTHON", f"{sys.prefix}-peers/lmms-eval/bin/python"))
TASK = "flex_videoqa"
BATCHES = (1, 64)
REPLY = Sampling(max_tokens=4)
"""A letter and the end of the reply are two tokens; a model of random weights goes on to the fourth."""
PICTURES = 64
"""that a prompt may hold"""


def export(case: Case, place: Path) -> Path:
    """The task folder for lmms-eval."""
    folder, presenter = place / "lmms-eval", Presenter(case.recordings, case.graph, SHOWN, REPLY)
    report = export_questions(
        list(case.questions),
        case.recordings,
        presenter.sensor_text,
        "lmms-eval",
        folder,
        questions_sha256=case.manifest.sha256,
    )
    presenter.close()
    assert report.n_questions == len(case.questions)
    return folder


class LmmsEval:
    """lmms-eval's model of the name `vllm`, with the requests that its evaluator makes."""

    def __init__(self, task: Path, arguments: dict[str, Any]) -> None:
        """Start the engine and let the evaluator run once.

        Args:
            task: folder of `export`; the working folder, since the task names its data by a relative path.
            arguments: of the engine.
        """
        from lmms_eval import protocol  # only this environment has it
        from lmms_eval.evaluator import simple_evaluate
        from lmms_eval.models.chat.vllm import VLLM
        from lmms_eval.tasks import TaskManager

        os.chdir(task)
        self.model = model = VLLM(**arguments, nframes=FRAMES, max_new_tokens=REPLY.max_tokens)
        self.llm = model.client
        self.requests: list[Any] = []
        self.seen: list[dict[str, int]] = []
        protocol.fetch_video = self._counting(protocol.fetch_video, lambda _: {"decodes": 1})
        self.llm.chat = self._counting(self.llm.chat, _tokens)
        generate_until = model.generate_until

        def first(requests: list[Any]) -> Any:
            self.requests = requests
            return generate_until(requests)

        model.batch_size_per_gpu, model.generate_until = BATCHES[-1], first
        simple_evaluate(
            model=model,
            tasks=[TASK],
            task_manager=TaskManager(include_path=str(task), include_defaults=False),
            gen_kwargs=f"max_new_tokens={REPLY.max_tokens}",
            bootstrap_iters=0,
        )
        model.generate_until = generate_until

    def run(self, batch_size: int) -> None:
        """Ask all questions anew."""
        self.seen.clear()
        self.model.batch_size_per_gpu = batch_size
        replies = self.model.generate_until(self.requests)
        assert len(replies) == len(self.requests)

    def counts(self) -> Counter[str]:
        """Decodes, and tokens of prompt and reply, of the last run."""
        return sum(map(Counter, self.seen), Counter[str]())

    def _counting(self, function: Callable[..., Any], count: Callable[[Any], dict[str, int]]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            self.seen.append(count(result))  # threads do
            return result

        return counted


def _tokens(outputs: list[Any]) -> dict[str, int]:
    return {
        "prompt": sum(len(o.prompt_token_ids) for o in outputs),
        "reply": sum(len(o.outputs[0].token_ids) for o in outputs),
    }


def _counts(runner: Runner) -> Counter[str]:
    """As `LmmsEval.counts`."""
    usages = [p.reply.usage for p in runner.predictions if p.reply]
    assert len(usages) == len(runner.case.questions)
    return Counter(
        decodes=runner.decoded,
        prompt=sum(u.input_tokens or 0 for u in usages),
        reply=sum(u.output_tokens or 0 for u in usages),
    )


@dataclass
class Leg:
    """One way to the answers, and what it took."""

    run: Callable[[], object]
    count: Callable[[], Counter[str]]
    """decodes, and tokens of prompt and reply, of what ran last"""
    times: list[tuple[float, float]] = field(default_factory=list)
    """seconds of wall and processor"""
    counted: Counter[str] = field(default_factory=Counter)
    """of its last turn"""

    def take_turn(self, engine: Any) -> None:
        """Run once, from empty caches of the engine."""
        self.times.append(measured(engine, self.run))
        self.counted = self.count()

    def times_of(self, other: "Leg") -> tuple[float, float]:
        """How many times the wall and the processor time of another leg it takes: medians over the turns."""
        turns = list(zip(self.times, other.times, strict=True))
        wall, cpu = (statistics.median(mine[i] / its[i] for mine, its in turns) for i in (0, 1))
        return wall, cpu

    def said(self, n: int) -> str:
        """What each of n questions took."""
        wall, cpu = (1000 * statistics.median(t[i] for t in self.times) / n for i in (0, 1))
        prompt, reply = (self.counted[kind] / n for kind in ("prompt", "reply"))
        return (
            f"{wall:.1f} ms per question (CPU {cpu:.1f}), {self.counted['decodes']} decodes for {n} questions, "
            f"{prompt:.0f} tokens of prompt and {reply:.1f} of reply each"
        )


def legs(place: Path, size: str, repeats: int, clips: int, per_clip: int) -> None:
    """Measure in this process, which is lmms-eval's, and print."""
    case = Case(place, size, clips, per_clip)
    video, images = (
        Runner(case, place / f"run-{media}", media=media, sampling=REPLY) for media in ("video", "images")
    )
    arguments = {k: v for k, v in video.arguments.items() if k != "seed"}  # its own cannot be changed
    room = arguments["limit_mm_per_prompt"] | {"image": PICTURES}
    peer = LmmsEval(export(case, place), arguments | {"limit_mm_per_prompt": room})
    engine = peer.llm.llm_engine
    for runner in (video, images):
        runner.lend(engine)
        runner.run()
    ours = {
        "flexqa": Leg(video.run, partial(_counts, video)),
        "flexqa as images": Leg(images.run, partial(_counts, images)),
    }
    theirs = {f"lmms-eval, batch {n}": Leg(partial(peer.run, n), peer.counts) for n in BATCHES}
    both = ours | theirs
    for _ in range(repeats):
        for name, leg in both.items():
            leg.take_turn(engine)
            print("{}: {:.2f} s (CPU {:.2f})".format(name, *leg.times[-1]))
    for name, leg in both.items():
        print(f"{size}, {clips} clips, {name}: {leg.said(len(case.questions))}")
    for name, leg in theirs.items():
        for other in ours:
            wall, cpu = leg.times_of(ours[other])
            print(f"{size}: {name} takes {wall:.1f} times the wall and {cpu:.1f} times the CPU time of {other}")
    print(f"medians of {repeats}")


def commands(place: Path, size: str, repeats: int, clips: int, per_clip: int) -> None:
    """Measure whole processes and print."""
    case = Case(place, size, clips, per_clip)
    task, n = export(case, place), str(REPLY.max_tokens)
    arguments = Runner(case, place / "run").arguments
    engine = ("dtype", "max_model_len", "max_num_seqs", "block_size", "enforce_eager")
    model = {"model": case.checkpoint, **{k: arguments[k] for k in engine}, "nframes": FRAMES, "max_new_tokens": n}
    model["limit_mm_per_prompt"] = f'{{"image": {PICTURES}}}'
    theirs = [PEER, "-m", "lmms_eval", "--include_path", task, "--tasks", TASK, "--gen_kwargs", f"max_new_tokens={n}"]
    theirs += ["--model", "vllm", "--model_args", ",".join(f"{k}={v}" for k, v in model.items())]
    theirs += ["--output_path", place / "results", "--batch_size"]
    ours = [sys.executable, "-m", "flexqa", "eval", case.model, "--data", case.data, "--questions", case.file]
    ours += f"--split all --size {SIDE} --frames {FRAMES} --max-tokens {n} -o cpu_kv_cache_gb=1 --out".split()
    seconds: list[list[float]] = []
    for repeat in range(repeats):
        turn = []
        for command in [*ours, place / f"run-{repeat}"], *([*theirs, batch] for batch in BATCHES):
            started = time.perf_counter()
            said = launch(command, place, task)
            turn.append(time.perf_counter() - started)
            assert "accuracy" in said or command[0] != PEER, said[-3000:]  # it exits with 0 whatever happens
        seconds.append(turn)
        print("flexqa {:.1f} s, lmms-eval at batch 1 {:.1f} s, at batch 64 {:.1f} s".format(*turn))
    for i, batch in enumerate(BATCHES, 1):
        ratio = statistics.median(turn[i] / turn[0] for turn in seconds)
        print(f"{size}: lmms-eval's command at batch {batch} takes {ratio:.1f} times flexqa's, median of {repeats}")


def launch(command: Sequence[object], place: Path, cwd: Path, **options: Any) -> str:
    """Run a process that finds flexqa here, and give what it printed.

    Args:
        command: what to run.
        place: folder for what it leaves behind.
        cwd: its working folder.
        options: of `subprocess.run`.
    """
    site = Path(flexqa.__file__).parent / "adapters" / "worker_site"  # lmms-eval shares our torch and torchvision
    variables = {
        "PYTHONPATH": f"{site}{os.pathsep}{ROOT}",
        "HF_HOME": str(place / "hf"),
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        # Threads that spin while another of their group waits for its turn make ten times the work on a busy machine.
        "OMP_WAIT_POLICY": "passive",
    }
    log = place / "log.txt"
    with log.open("w") as errors:
        done = subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            env=os.environ | variables,
            stderr=errors,
            text=True,
            check=False,
            **{"stdout": subprocess.PIPE} | options,
        )
    if done.returncode:
        sys.exit(f"{command[0]} exited with {done.returncode}:\n{log.read_text()[-5000:]}")
    return done.stdout or ""


def main() -> None:
    """Measure and print."""
    match sys.argv[1:]:
        case ["--inside", place, size, *numbers]:
            legs(Path(place), size, *map(int, numbers))
            return
        case given:
            what, size, *numbers = (*given, *("legs", "tiny", "5", "4", "16")[len(given) :])
    if not PEER.exists():
        sys.exit(f"{PEER} is missing; ./install.sh makes it, or say LMMS_EVAL_PYTHON=...")
    with tempfile.TemporaryDirectory() as folder:
        if what == "commands":
            commands(Path(folder), size, *map(int, numbers))
        else:
            inside = [PEER, "-u", "-m", "perf.lmms_eval", "--inside", folder, size, *numbers]
            launch(inside, Path(folder), ROOT, stdout=None)


if __name__ == "__main__":
    main()
