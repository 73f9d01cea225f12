"""Figures by hand: two GPUs for ten seconds and eight questions."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flexqa.cost.measure import cost_of, cost_of_folder, spread
from flexqa.cost.pay import token_usd
from flexqa.cost.report import CostReport
from flexqa.cost.session import SESSIONS, SessionStart, SessionState, read_sessions
from flexqa.errors import RunError
from flexqa.record import Timing, Usage
from flexqa.scoring.aggregate import dumps
from flexqa.store import StoredRun, read_run
from tests.cost.records import H100, PRICES, end, questions, start, write_folder


def report(folder: Path) -> CostReport:
    return cost_of_folder(folder, PRICES)


def test_one_session_by_hand(tmp_path: Path) -> None:
    got = report(write_folder(tmp_path, questions(8), start(), end()))
    assert got.window_s.per_question == 1.25
    assert got.questions_per_second == 0.8
    assert (got.gpu_seconds.total, got.gpu_seconds.per_question) == (20.0, 2.5)
    # (2.6 − 1.0) + (4.4 − 2.0) kJ
    assert (got.gpu_energy_j.total, got.gpu_energy_j.per_question) == (4000.0, 500.0)
    # 20 GPU-seconds at 3.6 dollars an hour are 2 cents, for 8 questions
    assert got.dollars.usd_per_1k_questions == pytest.approx(2.5)
    # 60 s on two GPUs
    assert got.dollars.startup_usd == pytest.approx(0.12)
    assert got.startup_s == 60
    assert got.dollars.basis == "gpu_hour"
    assert list(got.dollars.prices) == [H100]
    assert got.seconds.total.model_dump() == {"n": 8, "total": 36, "mean": 4.5, "p50": 4, "p95": 8, "p99": None}
    assert (got.tokens.text.mean, got.tokens.vision.total, got.tokens.output.mean) == (100, 7200, 2.5)
    assert got.tokens.reasoning.model_dump() == dict.fromkeys(("total", "mean", "p50", "p95", "p99")) | {"n": 0}
    assert got.n_unmeasured == 0
    assert (got.peak_rss_bytes, got.sessions[0].rss_growth_bytes) == (1000, 100)


def test_the_operating_point_stands_beside_the_figures(tmp_path: Path) -> None:
    point = report(write_folder(tmp_path, questions(8), start(), end())).operating_point
    assert (point.engine, point.engine_version, point.dtype, point.device) == ("vllm", "0.32.0", "bfloat16", H100)
    assert (point.n_gpus, point.power_limit_w, point.concurrency, point.mean_requests) == (2, 700, 16, 2.5)
    assert (point.frames, point.size, point.max_tokens, point.decode) == (16, 448, 64, "free")
    assert point.batch == {"max_num_seqs": 16, "prefix_caching": True}
    assert point.differing == ()


def test_a_run_without_sessions_has_tokens_and_no_figures_of_time(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, questions(4))
    (folder / SESSIONS).unlink()
    got = report(folder)
    assert got.tokens.input.total == 4000
    assert got.questions_per_second is got.window_s.total is got.gpu_energy_j.total is None
    assert got.window_s.reason == "no session of this run was metered"
    assert got.n_unmeasured == 4


def test_sessions_add_up_and_a_retried_question_is_paid_twice_and_counted_once(tmp_path: Path) -> None:
    again = end(answered=4, failed=0, retried=2, window_s=6.0, energy_mj=(1_500_000, 2_100_000), request_s=6.0)
    folder = write_folder(tmp_path, questions(10), start(), end(failed=2), start(startup_s=40.0), again)
    got = report(folder)
    assert got.window_s.n_questions == 10
    assert (got.window_s.total, got.startup_s) == (16, 100)
    assert got.questions_per_second == 10 / 16
    assert got.gpu_energy_j.total == 4600
    assert got.dollars.usd_per_1k_questions == pytest.approx(1000 * 32 / 3600 * 3.6 / 10)
    assert got.operating_point.mean_requests == 31 / 16
    assert got.n_unmeasured == 0


def test_a_killed_session_is_known_up_to_its_last_mark(tmp_path: Path) -> None:
    marks = (end(event="mark", outcome=None, window_s=5.0, answered=2), end(event="mark", outcome=None, answered=5))
    got = report(write_folder(tmp_path, questions(9), start(), *marks, start(), end(answered=2)))
    killed, finished = got.sessions
    assert (killed.outcome, killed.answered, killed.gpu_seconds) == ("killed", 5, 20)
    assert finished.outcome == "finished"
    assert got.window_s.n_questions == 7
    assert got.n_unmeasured == 2


def test_a_session_killed_before_any_mark_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    got = report(write_folder(tmp_path, questions(10), start(), start(), end()))
    assert got.gpu_energy_j.per_question == 500
    assert got.gpu_seconds.reason == "1 of 2 sessions left out: killed: it left no mark"
    assert got.dollars.reason == got.gpu_seconds.reason
    assert got.n_unmeasured == 2
    assert report(write_folder(tmp_path / "all", questions(3), start())).window_s.reason == "killed: it left no mark"


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (start(), end(energy_mj=(900_000, 4_400_000)), "the energy counter was reset in the middle"),
        (start(), end(window_s=1.5), "1.5 s are too short for the energy counter"),
        (start(), end(energy_mj=None), "the energy counter could not be read"),
        (start(energy_mj=None, gpu_note="Not Supported"), end(energy_mj=None), "Not Supported"),
        (start(gpus=None, gpu_note="no NVML", energy_mj=None), end(energy_mj=None), "no NVML"),
        (start(gpus=(), energy_mj=None), end(energy_mj=None), "no GPU of this machine was used"),
    ],
)
def test_energy_that_is_not_known_is_null_with_its_reason(
    tmp_path: Path, first: object, last: object, reason: str
) -> None:
    got = report(write_folder(tmp_path, questions(8), first, last))  # type: ignore[arg-type]
    assert (got.gpu_energy_j.total, got.gpu_energy_j.per_question) == (None, None)
    assert got.gpu_energy_j.reason == reason
    assert got.questions_per_second is not None


def test_sessions_on_different_machines_have_no_common_operating_point(tmp_path: Path) -> None:
    other = start(adapter={**start().adapter, "device": "NVIDIA L4", "max_num_seqs": 4}, gpus=(), energy_mj=None)
    point = report(write_folder(tmp_path, questions(8), start(), end(answered=4), other, end())).operating_point
    assert point.differing == ("batch", "concurrency", "device", "n_gpus", "power_limit_w")
    assert (point.device, point.concurrency, point.batch, point.dtype) == (None, None, {}, "bfloat16")


def test_tokens_are_paid_where_no_gpu_of_ours_works(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, questions(4), start(gpus=(), energy_mj=None), end(), failures=1)
    got = report(folder).dollars
    # 200 new tokens at 2, 800 cached at 0.5, 2 or 3 output tokens at 8, per million; three replies
    assert got.usd_per_1k_questions == pytest.approx(1000 * (3 * 800 + (2 + 3 + 2) * 8) / 3e6)
    assert (got.basis, got.startup_usd, got.reason) == ("tokens", None, None)


def test_a_gpu_without_a_price_has_none(tmp_path: Path) -> None:
    strange = start(gpus=({"name": "NVIDIA L4"},), energy_mj=(0,))
    got = report(write_folder(tmp_path, questions(8), strange, end(energy_mj=(0,)))).dollars
    assert got.usd_per_1k_questions is None
    assert got.reason == "the price file has no GPU 'NVIDIA L4'; name one that has with --prices"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}\n", r"sessions.jsonl:1: not a session line"),
        ('{"event":"start","started_at":"x","pending":1,"startup_s":NaN}\n', r"sessions.jsonl:1.*startup_s"),
        (end().model_dump_json() + "\n", r"sessions.jsonl:1: 'end' without a start"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / SESSIONS).write_text(text)
    with pytest.raises(RunError, match=message):
        read_sessions(tmp_path)


def test_a_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / SESSIONS).write_text(start().model_dump_json() + "\n" + end().model_dump_json()[:50])
    [session] = read_sessions(tmp_path)
    assert session.last is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.floats(2, 1e6), st.integers(0, 10**12), st.booleans(), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_totals_are_the_sums_of_the_sessions_and_never_hide_a_part(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, float, int, bool, bool]]
) -> None:
    lines: list[SessionStart | SessionState] = []
    n = 0
    for answered, window_s, used_mj, metered, killed in drawn:
        first = start(energy_mj=(7, 7)) if metered else start(energy_mj=None)
        event = {"event": "mark", "outcome": None} if killed else {}
        energy = (7 + used_mj, 7) if metered else None
        lines += [first, end(answered=answered, window_s=window_s, energy_mj=energy, **event)]
        n += answered
    got = report(write_folder(tmp_path_factory.mktemp("run"), questions(3), *lines))
    assert got.window_s.total == pytest.approx(sum(w for _, w, *_ in drawn))
    assert got.gpu_seconds.total == pytest.approx(2 * sum(w for _, w, *_ in drawn))
    assert got.window_s.n_questions == n
    measured = [(a, mj) for a, _, mj, metered, _ in drawn if metered]
    assert (got.gpu_energy_j.total is None) == (not measured)
    if measured:
        assert got.gpu_energy_j.total == pytest.approx(sum(mj for _, mj in measured) / 1000)
        assert got.gpu_energy_j.n_questions == sum(a for a, _ in measured)
    assert (got.gpu_energy_j.reason is None) == (len(measured) == len(drawn))
    if got.questions_per_second is not None:
        assert got.window_s.per_question == pytest.approx(1 / got.questions_per_second)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.none() | st.floats(0, 1e9), max_size=1200))
def test_a_spread_is_ordered_and_inside_its_values(values: list[float | None]) -> None:
    got, known = spread(values), [v for v in values if v is not None]
    assert got.n == len(known)
    if not known:
        assert got.total is got.mean is got.p50 is None
        return
    assert got.p50 is not None
    assert got.p95 is not None
    assert got.mean is not None
    assert min(known) <= got.p50 <= got.p95 <= max(known)
    assert min(known) <= got.mean <= max(known)
    assert sum(v <= got.p50 for v in known) >= 0.5 * len(known)
    assert sum(v <= got.p95 for v in known) >= 0.95 * len(known)
    assert sum(v < got.p95 for v in known) < 0.95 * len(known)
    assert (got.p99 is None) == (len(known) < 1000)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    numbers=st.tuples(*[st.floats(0, 1e12)] * 3),
    counts=st.tuples(*[st.integers(0, 2**60)] * 3),
    tokens=st.integers(-(10**400), 10**400),
    seconds=st.floats(),
)
@example(numbers=(5e-324, 0.0, 1e12), counts=(2**60, 0, 0), tokens=10**400, seconds=float("nan"))
def test_no_number_of_a_stranger_makes_a_report_that_cannot_be_written(
    tmp_path_factory: pytest.TempPathFactory,
    numbers: tuple[float, ...],
    counts: tuple[int, ...],
    tokens: int,
    seconds: float,
) -> None:
    window_s, request_s, startup_s = numbers
    answered, retried, energy = counts
    last = end(
        window_s=window_s, request_s=request_s, answered=answered, retried=retried, energy_mj=(energy, 2_000_000)
    )
    folder = write_folder(tmp_path_factory.mktemp("run"), questions(1), start(startup_s=startup_s), last)
    run = read_run(folder)
    [prediction] = run.predictions
    assert prediction.reply
    odd = prediction.reply.model_copy(
        update={
            "usage": Usage(input_tokens=tokens, output_tokens=tokens),
            "timing": Timing(total_s=seconds),
        }
    )
    strange = StoredRun(folder, run.manifest, run.questions, (prediction.model_copy(update={"reply": odd}),))
    assert json.loads(dumps(cost_of(strange, PRICES).model_dump(mode="json")))["n_replies"] == 1
    assert token_usd(odd, PRICES.tokens["echo"]) is None or 0 <= tokens <= 1e12


def test_the_format_is_that_of_the_golden_file(tmp_path: Path) -> None:
    last = end(answered=7, failed=1, retried=1, window_s=6.0)
    folder = write_folder(tmp_path, questions(14), start(), end(failed=1), start(), last, failures=1)
    golden = Path(__file__).parent / "cost.golden.json"
    # The id of a run is a hash of its whole specification, which is not what this test is about.
    got = dumps(report(folder).model_copy(update={"run_id": "run"}).model_dump(mode="json"))
    assert got == golden.read_text(), f"if the change is meant, rewrite {golden}"
    assert json.loads(got)["n_failures"] == 1
