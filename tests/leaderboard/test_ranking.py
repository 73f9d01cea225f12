"""What stands beside an entry: its controls, and the Pareto fronts it is on."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.errors import RunError
from flexqa.evaluation import EvalOptions, run_controls
from flexqa.leaderboard.build import add, build, read_leaderboard
from flexqa.leaderboard.check_board import check_history
from flexqa.leaderboard.entry import Entry, Leaderboard
from flexqa.leaderboard.ranking import pareto
from flexqa.leaderboard.verification import Findings
from flexqa.leaderboard.verify import verify
from flexqa.record import Presentation
from flexqa.rescore import judge_folder
from flexqa.vocabulary import Control
from tests.scoring.runs import mixed_questions, write_run


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, tree: Path, question_file: Path) -> Path:
    """A folder of runs of the oracle: on the evidence, blind, and without sEMG."""
    place = tmp_path_factory.mktemp("controls")
    options = EvalOptions(
        model="baseline:oracle",
        data=tree,
        questions=question_file,
        out=place / "oracle",
        limit=60,
        presentation=Presentation(frames=1, size=32),
    )
    list(run_controls(options, (Control.BLIND, Control.NO_EMG)))
    return place


@pytest.fixture
def runs(asked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(asked, tmp_path / "runs"))


def test_controls_stand_within_the_entry_of_their_run(runs: Path) -> None:
    out = runs.parent / "leaderboard.json"
    (board,) = build([runs / "oracle.no_emg", runs / "oracle", runs / "oracle.blind"], out).boards
    (entry,) = board.entries
    assert list(entry.controls) == ["blind", "no_emg"]
    blind = entry.controls["blind"]
    _, clean = judge_folder(runs / "oracle")
    _, without = judge_folder(runs / "oracle.blind")
    before = {j.question.id: j.verdict.score for j in clean}
    drop = sum(j.verdict.score - before[j.question.id] for j in without) / len(without)
    assert blind.against_clean is not None
    assert blind.against_clean.difference.value == pytest.approx(drop)
    assert drop < -0.2, "the oracle needs its eyes"
    assert blind.accuracy.accuracy.n == len(without)
    by_type = [c.difference for c in blind.by_type.values()]
    assert set(blind.by_type) == {j.question.type for j in without}
    assert sum(d.n * (d.value or 0) for d in by_type) / len(without) == pytest.approx(drop)
    assert verify(out).passed
    at_once = out.read_bytes()
    out.unlink()
    for name in ("oracle", "oracle.no_emg", "oracle.blind"):
        add(runs / name, out)
    assert out.read_bytes() == at_once


def test_a_control_needs_its_run_and_is_replaced_only_on_demand(runs: Path) -> None:
    out = runs.parent / "leaderboard.json"
    with pytest.raises(RunError, match="add that one first"):
        add(runs / "oracle.blind", out)
    old = build([runs / "oracle", runs / "oracle.blind"], out)
    with pytest.raises(RunError, match="--supersedes"):
        add(runs / "oracle.blind", out)
    blind = old.boards[0].entries[0].controls["blind"].run_id
    new = add(runs / "oracle.blind", out, supersedes=blind)
    assert [s.run_id for s in new.boards[0].entries[0].controls["blind"].supersedes] == [blind]
    assert read_leaderboard(out) == new
    without = build([runs / "oracle"], runs.parent / "other.json")
    assert history(old, without)
    assert not history(without, old), "a control may come later"


def test_a_spoiled_control_is_found(runs: Path) -> None:
    out = runs.parent / "leaderboard.json"
    build([runs / "oracle", runs / "oracle.blind"], out)
    out.write_text(out.read_text().replace("runs/oracle.blind", "runs/../runs/oracle.blind"))
    assert any(f.rule == "path" for f in verify(out).findings)


def test_a_control_whose_folder_is_gone_keeps_its_accuracy(runs: Path) -> None:
    out = runs.parent / "leaderboard.json"
    before = build([runs / "oracle", runs / "oracle.blind"], out).boards[0].entries[0].controls["blind"]
    shutil.rmtree(runs / "oracle.blind")
    after = build([runs / "oracle.no_emg"], out).boards[0].entries[0].controls
    assert after["blind"].accuracy == before.accuracy
    assert after["blind"].folder is None
    assert "no_emg" in after


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> Entry:
    place = tmp_path_factory.mktemp("entry")
    return build([write_run(place / "run", mixed_questions(2))], place / "leaderboard.json").boards[0].entries[0]


def priced(entry: Entry, accuracy: float, price: float | None) -> Entry:
    value = entry.metrics.accuracy.accuracy.model_copy(update={"value": accuracy})
    cell = entry.metrics.accuracy.model_copy(update={"accuracy": value})
    return entry.model_copy(
        update={
            "metrics": entry.metrics.model_copy(update={"accuracy": cell}),
            "cost": entry.cost.model_copy(update={"usd_per_1k_questions": price}),
        }
    )


@given(
    st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.8]), st.none() | st.sampled_from([1.0, 2.0, 3.0])), min_size=1)
)
def test_a_front_is_what_nobody_beats(entry: Entry, found: list[tuple[float, float | None]]) -> None:
    entries = [priced(entry, a, p) for a, p in found]
    on_front = [(a, p) for (a, p), e in zip(found, entries, strict=True) if pareto(e, entries)]
    measured = [(a, p) for a, p in found if p is not None]
    assert bool(on_front) == bool(measured), "where something was measured, somebody is best"
    for a, p in measured:
        beaten = any((b >= a and q < p) or (b > a and q <= p) for b, q in measured)
        assert ((a, p) in on_front) != beaten


def history(before: Leaderboard, now: Leaderboard) -> list[str]:
    findings = Findings()
    check_history(before, now, "leaderboard.json", findings)
    return [f.message for f in findings.told]
