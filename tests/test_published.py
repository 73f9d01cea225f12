"""The published runs: what stands in results/ is what its raw replies give, and what would be asked today."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flexqa.adapters.base import Request, answer_one
from flexqa.adapters.registry import create
from flexqa.evaluation import EvalOptions
from flexqa.leaderboard.verify import Against, verify
from flexqa.mini import folder as mini_folder
from flexqa.published import BASELINES, BOARD, ENGINES, LIMIT, PAGE, RUNS, small_options, stands, take_over
from flexqa.questions.question_set import read_question_set
from flexqa.record import Reply
from flexqa.store import PREDICTIONS, SCORES, read_run

RESULTS = Path(__file__).parent.parent / "results"
NAMES = (*BASELINES, *(f"tiny-{engine}" for engine in ENGINES))
QUESTIONS = mini_folder() / "questions.jsonl"


def test_the_published_runs_are_those_of_the_demo_set() -> None:
    assert {p.parent.name for p in (RESULTS / RUNS).glob("*/run.json")} >= set(NAMES)


def test_the_published_leaderboard_is_verified() -> None:
    verification = verify(RESULTS / BOARD, Against(questions=QUESTIONS))
    assert verification.passed, verification.findings
    assert len(verification.run_ids) >= len(NAMES)


CPUINFO = Path("/proc/cpuinfo")
AVX512 = CPUINFO.exists() and "avx512f" in CPUINFO.read_text()
PROCESSORS = {
    "as it is": {},
    "with or without AVX-512": {"OPENBLAS_CORETYPE": "SkylakeX" if AVX512 else "Haswell"},
    "without AVX2 and FMA": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL X86_V3",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F",
    },
}
"""As which processor BLAS, numpy and the C library are told to compute."""


@pytest.mark.parametrize("processor", PROCESSORS.values(), ids=PROCESSORS)
def test_scores_leaderboard_and_page_are_the_same_bytes_again(processor: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path, dirs_exist_ok=True)
    derived = [BOARD, PAGE, *(f"{RUNS}/{name}/{SCORES}" for name in NAMES)]
    for name in derived:
        (tmp_path / name).unlink()
    code = f"from pathlib import Path; from flexqa.published import rank; rank(Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", code], env=os.environ | processor, check=True)
    for name in derived:
        assert (tmp_path / name).read_bytes() == (RESULTS / name).read_bytes(), f"{name}: run make results"


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_stands_until_something_of_it_changes(name: str, tmp_path: Path) -> None:
    options = _options(name)
    assert stands(RESULTS / RUNS / name, options), "run make results"
    assert not stands(RESULTS / RUNS / name, options.model_copy(update={"limit": LIMIT - 1}))
    assert not stands(tmp_path, options)
    shutil.copytree(RESULTS / RUNS / name, tmp_path, dirs_exist_ok=True)
    lines = (tmp_path / PREDICTIONS).read_bytes().splitlines(keepends=True)
    (tmp_path / PREDICTIONS).write_bytes(b"".join(lines[:-1]))
    assert not stands(tmp_path, options)


@pytest.mark.parametrize("name", ["random", "prior"])
def test_a_baseline_that_needs_no_evidence_replies_the_same_again(name: str) -> None:
    adapter = create(f"baseline:{name}", {})
    adapter.learn(read_question_set(QUESTIONS).questions)
    run = read_run(RESULTS / RUNS / name)
    replies = {p.question_id: p.reply.text for p in run.predictions if p.reply}
    for q in run.questions:
        options = tuple(o.text for o in q.options)
        again = answer_one(adapter, Request(q.id, q.type, q.answer_format, (), q.letters, options))
        assert isinstance(again, Reply)
        assert again.text == replies[q.id], "make results FRESH=1"


def test_a_run_with_the_same_replies_is_kept_and_another_taken_over(tmp_path: Path) -> None:
    standing, asked = tmp_path / "standing", tmp_path / "asked"
    for folder in (standing, asked):
        shutil.copytree(RESULTS / RUNS / "random", folder)
    lines = (asked / PREDICTIONS).read_bytes()
    (asked / PREDICTIONS).write_bytes(lines.replace(b'"decode_s":0.', b'"decode_s":1.'))
    take_over(asked, standing, _options("random"))
    assert (standing / PREDICTIONS).read_bytes() == lines

    (asked / PREDICTIONS).write_bytes(lines.replace(b'"text":"A"', b'"text":"B"', 1))
    take_over(asked, standing, _options("random"))
    assert (standing / PREDICTIONS).read_bytes() == (asked / PREDICTIONS).read_bytes() != lines


def _options(name: str) -> EvalOptions:
    return small_options(f"baseline:{name}", Path("unused"), QUESTIONS, Path("unused")).model_copy(
        update={"limit": LIMIT}
    )
