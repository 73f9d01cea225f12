"""Replicas on a real Ray cluster: processes are killed, runs go on, and each question has one answer."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from flexqa.cost.measure import cost_of_folder
from flexqa.errors import AdapterError, BadInput
from flexqa.evaluation import EvalOptions, run_model
from flexqa.questions.question_file import clip_of
from flexqa.record import Presentation
from flexqa.store import PREDICTIONS, read_run
from tests.cost.records import PRICES

ray: Any = pytest.importorskip("ray", reason="needs flexqa[ray]")

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

DIES = """
import os, signal
from pathlib import Path
from flexqa.adapters.{module} import {engine}

class Dies({engine}):
    "Its process is killed: one of them where there is a file `one`, each where there is a file `all`."

    def __init__(self, *target):
        super().__init__({arguments})

    def stream(self, requests):
        for n, answered in enumerate(super().stream(requests)):
            if Path({folder!r}, "all").exists() or (n == 10 and self.first()):
                os.kill(os.getpid(), signal.SIGKILL)
            yield answered

    def first(self):
        try:
            Path({folder!r}, "one").unlink()
        except FileNotFoundError:
            return False
        return True
"""

# Where tests are started in the background of a shell, that has Ctrl-C ignored.
HEARS_CTRL_C = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nfrom flexqa.cli.app import main; main()"
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.fixture
def ask(tree: Path, question_file: Path) -> Any:
    def options(model: str, out: Path, **changes: object) -> EvalOptions:
        fields = {"model": model, "data": tree, "questions": question_file, "out": out, "split": "all", "limit": 120}
        return EvalOptions.model_validate({**fields, "presentation": Presentation(frames=2, size=56), **changes})

    return options


def mortal(folder: Path, module: str, engine: str, arguments: str = "") -> str:
    """An adapter whose processes can be killed."""
    (folder / "dies.py").write_text(
        DIES.format(module=module, engine=engine, arguments=arguments, folder=str(folder))
    )
    return f"{folder / 'dies.py'}:Dies"


def answers(folder: Path) -> dict[str, tuple[object, ...]]:
    """What a run answered, less what time put into it."""
    run = read_run(folder)
    assert max(Counter(p.question_id for p in run.predictions).values()) == 1
    return {
        p.question_id: (p.key, p.prompt_sha256, p.media, p.reply and p.reply.text, p.failure) for p in run.predictions
    }


@pytest.mark.usefixtures("cluster")
def test_a_killed_replica_costs_nothing_and_the_predictions_are_those_of_one_process(
    ask: Any, tiny: Path, tmp_path: Path
) -> None:
    engine = mortal(tmp_path, "transformers_engine", "TransformersEngine", f"{str(tiny)!r}, {{'dtype': 'float32'}}")
    (tmp_path / "one").touch()
    many = run_model(ask(engine, tmp_path / "many", limit=60, executor="ray", replicas=2))
    assert not (tmp_path / "one").exists()
    one = run_model(ask(engine, tmp_path / "run", limit=60))
    assert (many.run_id, many.n_new, many.failures) == (one.run_id, one.n_new, one.failures)
    assert sum(many.failures.values()) < 30
    assert answers(many.folder) == answers(one.folder)
    [session] = cost_of_folder(many.folder, PRICES).sessions
    assert (session.outcome, session.answered) == ("finished", many.n_questions)
    assert cost_of_folder(many.folder, PRICES).operating_point.batch["replicas"] == 2


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(("first", "then"), [("here", "ray"), ("ray", "here")])
def test_a_run_can_be_taken_up_by_the_other_executor(first: str, then: str, ask: Any, tmp_path: Path) -> None:
    whole = run_model(ask("fake:fail", tmp_path / "whole", limit=None, executor=first, replicas=2))
    expected = answers(whole.folder)
    lines = (whole.folder / PREDICTIONS).read_text().splitlines(keepends=True)
    half = len(lines) // 2
    (whole.folder / PREDICTIONS).write_text("".join(lines[:half]))
    rest = run_model(ask("fake:fail", whole.folder, limit=None, executor=then, replicas=2))
    assert rest.n_new == len(lines) - half
    assert rest.failures == whole.failures
    assert rest.failures["adapter"] > 0
    assert answers(whole.folder) == expected


@pytest.mark.usefixtures("cluster")
def test_replicas_that_keep_dying_end_the_run_and_lose_nothing(ask: Any, tmp_path: Path) -> None:
    command = ask(mortal(tmp_path, "fake", "Echo"), tmp_path / "run", executor="ray", replicas=2)
    run_model(command)
    path = tmp_path / "run" / PREDICTIONS
    whole = path.read_bytes()
    half = b"".join(whole.splitlines(keepends=True)[::2])
    path.write_bytes(half)
    (tmp_path / "all").touch()
    with pytest.raises(AdapterError, match=r"replica [12] died \d times with no answer in between"):
        run_model(command)
    assert path.read_bytes() == half
    (tmp_path / "all").unlink()
    assert run_model(command).failures == {}
    assert sorted(p.question_id for p in read_run(tmp_path / "run").predictions) == sorted(
        q.id for q in read_run(tmp_path / "run").questions
    )


KILLED_BY = """
import os, signal
from pathlib import Path
from flexqa.adapters.fake import Echo

class KilledBy(Echo):
    "Its process is killed by the questions whose ids are in the file `deadly`."

    def stream(self, requests):
        deadly = Path({folder!r}, "deadly").read_text().split()
        for request, reply in super().stream(requests):
            if request.question_id in deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            yield request, reply
"""


@pytest.mark.usefixtures("cluster")
def test_what_kills_replicas_fails_alone_and_the_rest_is_answered(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "killed_by.py").write_text(KILLED_BY.format(folder=str(tmp_path)))
    (tmp_path / "deadly").touch()
    engine = f"{tmp_path / 'killed_by.py'}:KilledBy"
    sound = run_model(ask(engine, tmp_path / "sound")).folder
    clips = [list(questions) for _, questions in groupby(read_run(sound).questions, key=clip_of)]
    followed = {q.follows for clip in clips for q in clip}
    broken = next(clip for clip in clips[1:] if len(clip) > 3)
    alone = next(q for clip in clips for q in clip[1:] if clip is not broken and q.id not in followed)
    deadly = {q.id for q in broken} | {alone.id}
    (tmp_path / "deadly").write_text("\n".join(deadly))

    run = ask(engine, tmp_path / "run", executor="ray", replicas=2)
    assert sum(run_model(run).failures.values()) == len(deadly)
    expected, got = answers(sound), answers(tmp_path / "run")
    assert got | {i: expected[i] for i in deadly} == expected
    failures = {p.question_id: p.failure for p in read_run(tmp_path / "run").predictions if p.failure}
    assert failures.keys() == deadly
    assert "this question alone" in failures[alone.id].message
    assert sum("this question alone" in f.message for f in failures.values()) == 3, "its own, and two of the clip"
    assert {f.kind for f in failures.values()} <= {"engine", "turn"}

    (tmp_path / "deadly").write_text("")
    assert run_model(run.model_copy(update={"retry_failed": True})).failures == {}
    assert answers(tmp_path / "run") == expected


@pytest.mark.usefixtures("cluster")
def test_what_a_replica_cannot_make_is_said_as_without_replicas(ask: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no fake adapter 'ekko'"):
        run_model(ask("fake:ekko", tmp_path / "run", executor="ray", replicas=2))
    with pytest.raises(BadInput, match="without --executor ray"):
        run_model(ask("baseline:oracle", tmp_path / "run", executor="ray", replicas=2))
    with pytest.raises(BadInput, match="want 6, the cluster has 0"):
        run_model(ask("fake:echo", tmp_path / "run", executor="ray", replicas=2, gpus_per_replica=3))


def test_ctrl_c_keeps_what_was_answered_and_leaves_no_process(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, time\n"
        "class Slow:\n"
        "    def reply(self, request):\n"
        f"        open({str(tmp_path)!r} + f'/{{os.getpid()}}.pid', 'w').close()\n"
        "        time.sleep(0.05)\n"
        "        assert 'withheld' not in request.text\n"
        "        return 'A'\n"
    )
    command = [
        *(sys.executable, "-c", HEARS_CTRL_C, "eval", f"{tmp_path / 'slow.py'}:Slow", "--executor", "ray"),
        *("--replicas", "2", "--data", str(tree), "--questions", str(question_file), "--out", str(tmp_path / "run")),
        *("--split", "all", "--frames", "2", "--size", "32"),
    ]
    path = tmp_path / "run" / PREDICTIONS
    alone = os.environ | {"RAY_ADDRESS": "local"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=alone)
    while process.poll() is None and not (path.exists() and path.read_bytes().count(b"\n") > 10):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130, said
    kept = read_run(tmp_path / "run").predictions
    assert 10 < len(kept) < len(read_run(tmp_path / "run").questions)
    pids = [int(p.stem) for p in tmp_path.glob("*.pid")]
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
