"""A run on a machine that lets it down: a full disk, and a process that is killed while a server answers it."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from flexqa.evaluation import EvalOptions, run_model
from flexqa.record import Presentation
from flexqa.store import PREDICTIONS, read_run
from tests.adapters.serving import serve
from tests.killing import killed, whole_lines

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")

FULL_AT = 50_000
"""bytes; a file that would be larger cannot be written, as on a disk that is full"""

LIMITED = (
    "import os, resource, sys\n"
    f"resource.setrlimit(resource.RLIMIT_FSIZE, ({FULL_AT}, {FULL_AT}))\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'flexqa', *sys.argv[1:]])"
)


@pytest.fixture
def words(tree: Path, question_file: Path, tmp_path: Path) -> tuple[str, ...]:
    """Arguments of `flexqa eval` behind the model."""
    shown = ("--split", "all", "--limit", "150", "--frames", "2", "--size", "64")
    return ("--data", str(tree), "--questions", str(question_file), "--out", str(tmp_path / "run"), *shown)


def flexqa(*words: str, full: bool = False) -> tuple[int, str]:
    """Exit code of a process, and what it said on standard error."""
    start = ["-c", LIMITED] if full else ["-m", "flexqa"]
    done = subprocess.run([sys.executable, *start, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_a_disk_that_is_full_keeps_what_was_answered(words: tuple[str, ...], tmp_path: Path) -> None:
    run = tmp_path / "run"
    code, said = flexqa("eval", "fake:echo", *words, full=True)
    assert code == 2
    assert f"{run}: cannot be written to (File too large); free space there" in said
    assert [p.name for p in run.iterdir() if not p.name.startswith(".")] == [], "half a run was left"

    assert flexqa("eval", "fake:echo", *words)[0] == 0
    whole = (run / PREDICTIONS).read_bytes().splitlines(keepends=True)
    assert sum(map(len, whole)) > FULL_AT
    (run / PREDICTIONS).write_bytes(b"".join(whole[:20]))
    code, said = flexqa("eval", "fake:echo", *words, full=True)
    assert code == 2
    assert "What was answered is kept" in said
    assert "Traceback" not in said
    kept = whole_lines(run)
    assert len(kept) > 20
    assert (run / PREDICTIONS).stat().st_size == FULL_AT, "the last line is torn"

    assert flexqa("eval", "fake:echo", *words)[0] == 0
    assert whole_lines(run)[: len(kept)] == kept
    stored = read_run(run)
    assert Counter(p.question_id for p in stored.predictions) == Counter(q.id for q in stored.questions)


def test_a_killed_run_asks_a_server_again_only_what_it_was_asking(words: tuple[str, ...], tmp_path: Path) -> None:
    run, at_once, kills = tmp_path / "run", 2, 3
    with serve(lambda call: call.say("A")) as serving:
        options = ("-o", f"base_url={serving.url}", "-o", f"concurrency={at_once}")
        command = [sys.executable, "-m", "flexqa", "eval", "openai:m", *words, *options]
        seen = list(killed(command, run, 140, kills, random.Random(3)))
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
        calls = len(serving.calls)
    stored = read_run(run)
    assert Counter(p.question_id for p in stored.predictions) == Counter(q.id for q in stored.questions)
    assert any(kill.while_ == "asking" for kill in seen)
    assert 0 <= calls - len(stored.questions) <= kills * at_once


def test_a_failure_names_no_folder_of_this_machine(tree: Path, question_file: Path, tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(
        "from pathlib import Path\n"
        "class Reader:\n"
        "    def reply(self, request):\n"
        f"        raise OSError(f'{{Path.home()}}/.cache is full; see {tmp_path}/run and {tree}')\n"
    )
    options = {"model": f"{tmp_path}/reader.py:Reader", "data": tree, "questions": question_file, "limit": 10}
    shown = {"out": tmp_path / "run", "split": "all", "presentation": Presentation(frames=2, size=64)}
    outcome = run_model(EvalOptions.model_validate(options | shown))
    assert outcome.failures == {"adapter": outcome.n_questions}
    written = (tmp_path / "run" / PREDICTIONS).read_text()
    assert "~/.cache is full; see the run folder and the recordings" in written
    assert not any(str(folder) in written for folder in (Path.home(), tmp_path, tree))
