"""The meter in real runs: resumed, failing, interrupted, killed; the GPU is the one thing that is not real."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.cost.gpus import Gpus
from flexqa.cost.measure import cost_of_folder
from flexqa.cost.meter import Meter
from flexqa.cost.session import SESSIONS, SessionStart, read_sessions
from flexqa.evaluation import EvalOptions, run_controls, run_model
from flexqa.record import Presentation
from flexqa.store import read_run
from flexqa.vocabulary import Control
from tests.cost.records import H100, PRICES, nvml
from tests.scoring.runs import question, reply_to

SMALL = Presentation(frames=2, size=32)


def options(model: str, tree: Path, questions: Path, out: Path, **changes: object) -> EvalOptions:
    fields = {"model": model, "data": tree, "questions": questions, "out": out, "split": "all", "presentation": SMALL}
    return EvalOptions.model_validate({**fields, "limit": 40, **changes})


def my_model(folder: Path, body: str) -> str:
    """An adapter on two H100, as far as it says."""
    path = folder / "my_model.py"
    path.write_text(
        "import time\n"
        "class MyVLM:\n"
        "    asked = 0\n"
        "    def describe(self):\n"
        f"        return {{'engine': 'mine', 'mine': '1.0', 'device': '{H100}', 'devices': 2, 'concurrency': 1}}\n"
        "    def reply(self, request):\n"
        "        self.asked += 1\n"
        f"{body}"
        "        return 'A'\n"
    )
    return f"{path}:MyVLM"


@pytest.mark.parametrize("model", ["fake:echo", "baseline:random"])
def test_a_run_on_a_processor_has_time_and_no_gpu(
    model: str, tree: Path, question_file: Path, tmp_path: Path
) -> None:
    before = time.perf_counter()
    outcome = run_model(options(model, tree, question_file, tmp_path / "run"))
    took = time.perf_counter() - before
    got = cost_of_folder(outcome.folder, PRICES)
    [session] = got.sessions
    assert (session.outcome, session.answered, session.failed) == ("finished", outcome.n_questions, 0)
    assert session.window_s is not None
    assert session.startup_s is not None
    assert 0 < session.window_s + session.startup_s <= took
    assert got.questions_per_second == pytest.approx(outcome.n_questions / session.window_s)
    assert got.gpu_seconds.total is got.gpu_energy_j.total is None
    assert got.peak_rss_bytes is not None
    assert 10 * 2**20 < got.peak_rss_bytes < 2**36
    assert got.n_unmeasured == 0


def test_running_again_with_nothing_to_ask_leaves_no_session(tree: Path, question_file: Path, tmp_path: Path) -> None:
    command = options("fake:echo", tree, question_file, tmp_path / "run")
    run_model(command)
    before = (tmp_path / "run" / SESSIONS).read_bytes()
    run_model(command)
    assert (tmp_path / "run" / SESSIONS).read_bytes() == before


def test_joules_and_gpu_seconds_come_from_nvml(
    tree: Path, question_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    born = time.perf_counter()
    library = nvml((H100, H100, H100), lambda i: int(1000 * (100 + 100 * i) * (time.perf_counter() - born)) + 5)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")
    model = my_model(tmp_path, "        time.sleep(2.1 if self.asked == 1 else 0)\n")
    outcome = run_model(options(model, tree, question_file, tmp_path / "run"))
    got = cost_of_folder(outcome.folder, PRICES)
    seconds = got.window_s.total
    assert seconds is not None
    assert seconds > 2.1
    assert got.gpu_seconds.total == pytest.approx(2 * seconds)
    # Cards 2 and 0 draw 300 W and 100 W.
    assert got.gpu_energy_j.total == pytest.approx(400 * seconds, rel=0.01)
    assert got.gpu_energy_j.per_question == pytest.approx(400 * seconds / outcome.n_questions, rel=0.01)
    assert got.dollars.usd_per_1k_questions == pytest.approx(1000 * 2 * seconds / 3600 * 3.6 / outcome.n_questions)
    assert (got.operating_point.n_gpus, got.operating_point.concurrency) == (2, 1)
    assert library.calls == ["init", "shutdown"]


def test_an_adapter_that_raises_is_counted_and_a_retry_is_no_new_question(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    command = options("fake:fail", tree, question_file, tmp_path / "run")
    first = run_model(command)
    run_model(command.model_copy(update={"retry_failed": True}))
    got = cost_of_folder(tmp_path / "run", PRICES)
    again = got.sessions[1]
    assert again.answered == again.failed == again.retried == sum(first.failures.values()) > 0
    assert got.window_s.n_questions == first.n_questions
    assert got.n_unmeasured == 0


def test_an_interrupted_run_ends_its_session_and_goes_on_in_another(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    body = (
        f"        once = __import__('pathlib').Path({str(tmp_path / 'interrupted')!r})\n"
        "        if self.asked == 7 and not once.exists():\n"
        "            once.touch()\n"
        "            raise KeyboardInterrupt\n"
    )
    command = options(my_model(tmp_path, body), tree, question_file, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        run_model(command)
    outcome = run_model(command)
    got = cost_of_folder(tmp_path / "run", PRICES)
    first, second = got.sessions
    assert (first.outcome, first.answered) == ("interrupted", 6)
    assert (second.outcome, second.answered) == ("finished", outcome.n_questions - 6)
    assert got.n_unmeasured == 0


def test_a_session_that_is_killed_is_bounded_by_its_marks(tree: Path, question_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [
        *(sys.executable, "-m", "flexqa", "eval", "fake:slow", "-o", "seconds=0.05"),
        *("--data", str(tree), "--questions", str(question_file), "--out", str(out)),
        *("--split", "all", "--limit", "80", "--frames", "2", "--size", "32"),
    ]
    for lines in (0, 1):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and _lines(out) < 1 + 2 * lines:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with (out / SESSIONS).open("a") as f:
        f.write('{"event": "mark", "wind')
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    early, late, last = read_sessions(out)
    assert early.last is None
    assert late.last is not None
    assert (late.ended, last.ended) == (False, True)
    assert late.last.window_s >= 1
    got = cost_of_folder(out, PRICES)
    predicted = len(read_run(out).predictions)
    assert got.window_s.n_questions == late.last.answered + (last.last.answered if last.last else 0)
    assert got.n_unmeasured == predicted - got.window_s.n_questions
    assert [s.outcome for s in got.sessions] == ["killed", "killed", "finished"]
    assert got.questions_per_second is not None
    assert 1 < got.questions_per_second < 20


def _lines(folder: Path) -> int:
    path = folder / SESSIONS
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_controls_have_sessions_of_their_own_and_the_model_starts_once(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    command = options("fake:echo", tree, question_file, tmp_path / "run", limit=None)
    runs = [read_sessions(o.folder) for o in run_controls(command, (Control.BLIND,))]
    [[clean], [blind]] = runs
    assert clean.start.startup_s
    assert blind.start.startup_s == 0


def test_the_first_line_is_there_before_the_first_question(tmp_path: Path) -> None:
    with Meter(tmp_path, {"engine": "fake"}, pending=3, startup_s=1.5) as meter:
        [line] = (tmp_path / SESSIONS).read_text().splitlines()
        assert SessionStart.model_validate_json(line).pending == 3
        meter.count(reply_to(question(1), "B"))
    [session] = read_sessions(tmp_path)
    assert session.last
    assert (session.start.startup_s, session.last.answered, session.last.request_s) == (1.5, 1, None)


def test_a_full_disk_costs_the_figures_and_not_the_run(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from flexqa.cost.meter import Meter\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150, 150))\n"
        "with Meter(Path(sys.argv[1]), {'engine': 'fake'}, pending=1):\n"
        "    pass\n"
        "print('the run goes on')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("the run goes on\n", "")
    assert (tmp_path / SESSIONS).stat().st_size == 150
    assert read_sessions(tmp_path) == ()


@pytest.mark.parametrize(
    ("visible", "found"),
    [(None, "ABB"), ("1,2", "BB"), ("GPU-111,GPU-0", "BA"), ("2,x,1", "B"), ("", ""), ("7", ""), ("-1", "")],
)
def test_the_gpus_are_those_that_cuda_shows(visible: str | None, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml(("A", "B", "B"), lambda i: i))
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    every = Gpus({"device": "cuda:0", "devices": len(found) or 1})
    assert "".join(g.name for g in every.found or ()) == found
    assert (every.found is None) == (not found)
    only_b = Gpus({"device": "B", "devices": 1})
    assert [g.name for g in only_b.found or ()] == ["B"][: found.count("B")]


def test_a_machine_without_driver_library_or_counter_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    on_gpu = {"device": H100}
    monkeypatch.setitem(sys.modules, "pynvml", nvml((H100,), None))
    gpus = Gpus(on_gpu)
    assert gpus.found
    assert gpus.energy_mj() is None
    assert gpus.note == "the energy counter cannot be read: Not Supported"
    monkeypatch.setitem(sys.modules, "pynvml", nvml((H100,), lambda i: i, driver=False))
    assert (Gpus(on_gpu).found, Gpus(on_gpu).note) == (None, "NVML: NVML Shared Library Not Found")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "pip install 'flexqa[gpu]'" in (Gpus(on_gpu).note or "")
    assert Gpus({"device": "x86_64 CPU"}).found == ()
    on_others = Gpus(on_gpu | {"devices": 4, "elsewhere": 3})
    assert (on_others.found, on_others.note) == (
        None,
        "3 of the replicas work on other machines, whose GPUs are not read",
    )
    assert Gpus({"engine": "fake"}).found == ()


def test_the_real_bindings_have_what_we_call() -> None:
    pynvml = pytest.importorskip("pynvml")
    stand_in = nvml((), None)
    assert issubclass(pynvml.NVMLError, Exception)
    for name in vars(stand_in).keys() - {"calls", "NVMLError"}:
        assert callable(getattr(pynvml, name)), name
    gpus = Gpus({"device": "NVIDIA of no such name"})
    assert gpus.found is None
    assert gpus.note


def test_the_command_shows_every_figure_beside_its_operating_point(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    run_model(options("fake:echo", tree, question_file, tmp_path / "run"))
    own = tmp_path / "own.toml"
    own.write_text('date = 2026-11-01\nsource = "x"\n[tokens."fake:echo"]\ninput_usd = 1\noutput_usd = 1\n')
    shown = CliRunner().invoke(app, ["cost", str(tmp_path / "run")], env={"COLUMNS": "80"})
    assert shown.exit_code == 0, shown.output
    for words in ("operating point", "questions per second", "GPU energy, J (NVML)", "no GPU of this machine"):
        assert words in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80
    record = CliRunner().invoke(app, ["cost", str(tmp_path / "run"), "--json", "--prices", str(own)])
    got = json.loads(record.output)
    assert got["operating_point"]["engine"] == "fake"
    assert (got["dollars"]["basis"], got["dollars"]["reason"]) == ("tokens", "no tokens are reported")
