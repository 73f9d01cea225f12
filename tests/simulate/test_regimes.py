"""What a subject does in each regime."""

from itertools import pairwise

import numpy as np
import pytest

from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs, score
from flexqa.media import Pose
from flexqa.recordings.detect import shows
from flexqa.recordings.measures import Body, measure
from flexqa.recordings.repetition import Repetition
from flexqa.recordings.signals import side_asymmetry
from flexqa.simulate.bout import LONGEST, Bout, draw_bout
from flexqa.simulate.electrodes import Electrodes
from flexqa.simulate.inject import Lifter
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.muscles import record_emg
from flexqa.simulate.published import PUBLISHED
from flexqa.simulate.regimes import Drawn, Regime, draw_repetition
from flexqa.simulate.subject import Subject, draw_subject

SEED = 9


def bout_of(graph: Graph, action: str, subject: int) -> tuple[Subject, Bout]:
    who = draw_subject(SEED, subject)
    return who, draw_bout(graph, action, lift_of(graph, action), who, (SEED, int(action[1:]), subject))


def draw(graph: Graph, action: str, subject: int, regime: Regime, rep: int) -> Drawn:
    who, bout = bout_of(graph, action, subject)
    return draw_repetition(graph, action, who, bout, regime, rep)


def found(graph: Graph, action: str, drawn: Drawn) -> set[tuple[str, str]]:
    repetition = Repetition(graph, action, drawn.pose, drawn.plan.timeline.spans())
    return {p for p in possible_pairs(graph, action) if shows(repetition, *p)}


@pytest.mark.parametrize("action", ["A01", "A05", "A08", "A16", "A18"])
def test_minimal_pairs_differ_by_one_error(graph: Graph, action: str) -> None:
    for subject in range(5):
        pair = [draw(graph, action, subject, "controlled", rep) for rep in (1, 2)]
        assert [d.twin for d in pair] == [2, 1]
        if any(d.set_errors for d in pair):
            continue
        clean, wrong = sorted(pair, key=lambda d: len(d.pairs))
        assert (len({e for _, e in clean.pairs}), len({e for _, e in wrong.pairs})) == (0, 1)
        assert all(found(graph, action, d) == set(d.pairs) for d in pair)
        assert (clean.noise, clean.heart_bpm) == (wrong.noise, wrong.heart_bpm)
        assert (clean.plan.sway_seed, clean.plan.habit) == (wrong.plan.sway_seed, wrong.plan.habit)
        error = graph.errors[wrong.pairs[0][1]]
        assert error.emg_effect or clean.drive == wrong.drive


def test_uneven_muscles_show_in_the_emg_and_not_in_the_pose(graph: Graph) -> None:
    seen = 0
    for action in ("A02", "A06", "A08", "A16", "A17"):
        prior = graph.actions[action].emg
        assert prior is not None
        for subject in range(14):
            pair = [draw(graph, action, subject, "controlled", rep) for rep in (1, 2)]
            if not any(d.set_errors for d in pair):
                continue
            seen += 1
            even, uneven = sorted(pair, key=lambda d: d.set_errors)
            assert (even.set_errors, uneven.set_errors) == ((), ("ET151",))
            assert np.array_equal(even.pose.points, uneven.pose.points)
            assert found(graph, action, uneven) == set(uneven.pairs) == set()
            criterion = graph.errors["ET151"].detect_all[0]
            assert isinstance(criterion.value, float)
            span = next(s for s in uneven.plan.timeline.spans() if s.phase == "concentric")
            for drawn, shown in ((even, False), (uneven, True)):
                emg = record_emg(prior, drawn.plan.timeline, drawn.drive, Electrodes(1.0, 80.0, drawn.noise))
                asymmetry = abs(side_asymmetry(emg, prior, span))
                assert (asymmetry > criterion.value + criterion.guard) == shown
                assert shown or asymmetry < criterion.value - criterion.guard
    assert 1 <= seen <= 15


def test_either_of_a_pair_may_be_the_wrong_one(graph: Graph) -> None:
    wrong_first = [bool(draw(graph, "A04", subject, "controlled", 1).pairs) for subject in range(24)]
    assert 6 <= sum(wrong_first) <= 18


def test_the_emg_of_twins_is_the_same_where_the_error_leaves_it_alone(graph: Graph) -> None:
    prior = graph.actions["A16"].emg
    assert prior is not None
    twins = 0
    for subject in range(12):
        one, two = (draw(graph, "A16", subject, "controlled", rep) for rep in (1, 2))
        if one.drive == two.drive and one.plan.timeline == two.plan.timeline:
            twins += 1
            a, b = (
                record_emg(prior, d.plan.timeline, d.drive, Electrodes(1.0, d.heart_bpm, d.noise)) for d in (one, two)
            )
            assert (a.samples == b.samples).all()
    assert twins >= 3


def test_a_clearly_harder_side_is_the_side_that_moves_more(graph: Graph) -> None:
    seen = []
    for action in ("A05", "A08", "A16"):
        for subject in range(10):
            drawn = draw(graph, action, subject, "controlled", 1)
            if abs(drawn.drive.asymmetry) >= 0.15:
                seen.append(_movement_side(action, drawn) * drawn.drive.asymmetry)
            else:
                assert abs(drawn.drive.asymmetry) <= 0.03
    assert len(seen) >= 3
    assert all(s > 0 for s in seen)


def _movement_side(action: str, drawn: Drawn) -> float:
    """1 when the left side is the higher, the farther, or the one that the pelvis goes to; -1 for the right."""
    body = Body(drawn.pose, drawn.plan.timeline.preparation_s)
    if action == "A05":
        elbow = measure("elbow_flex", body).max(axis=0)
        return float(np.sign(elbow[0] - elbow[1]))
    if action == "A08":
        tilt = measure("bar_tilt", body)
        return float(np.sign(tilt[np.argmax(np.abs(tilt))]))
    x = body.middle("hip")[:, 0]
    return float(np.sign(x[np.argmax(np.abs(x))]))


def test_sides_that_are_not_meant_to_differ_hardly_do_in_the_emg(graph: Graph) -> None:
    for action in ("A02", "A07", "A11"):
        prior = graph.actions[action].emg
        assert prior is not None
        for subject in range(4):
            d = draw(graph, action, subject, "controlled", 3)
            emg = record_emg(prior, d.plan.timeline, d.drive, Electrodes(1.0, d.heart_bpm, d.noise))
            span = next(s for s in d.plan.timeline.spans() if s.phase == "concentric")
            measured = side_asymmetry(emg, prior, span)
            assert measured == pytest.approx(d.drive.asymmetry, abs=2e-3)
            assert abs(measured) >= 0.15 or abs(measured) <= 0.03


def test_flexlike_shows_several_errors_and_most_of_them_again(graph: Graph) -> None:
    alike, errors = [], []
    for subject in range(4):
        set_of_reps = [draw(graph, "A17", subject, "flexlike", rep) for rep in (1, 2, 3)]
        for d in set_of_reps:
            assert set(d.pairs) == found(graph, "A17", d)
            errors.append(len({e for _, e in d.pairs}))
            assert d.twin is None
        alike += [
            len(set(a.pairs) & set(b.pairs)) / len(set(a.pairs) | set(b.pairs)) for a, b in pairwise(set_of_reps)
        ]
    others = [draw(graph, "A17", s, "flexlike", 1).pairs for s in range(4)]
    strange = [len(set(a) & set(b)) / len(set(a) | set(b)) for a, b in pairwise(others)]
    assert np.mean(errors) >= 4
    assert np.mean(alike) > 0.45 > np.mean(strange)


def test_flexlike_scores_lie_where_flex_has_them(graph: Graph) -> None:
    scores = {}
    for action in ("A05", "A13", "A18"):
        drawn = [draw(graph, action, subject, "flexlike", 1 + subject % LONGEST) for subject in range(19)]
        scores[action] = [score(graph, action, d.pairs).value for d in drawn]
        published = PUBLISHED[action]
        assert np.mean(scores[action]) == pytest.approx(published.mean, abs=6)
        assert published.least - 0.01 <= min(scores[action])
        assert np.std(scores[action]) > 5
    assert np.mean(scores["A18"]) > np.mean(scores["A13"]) + 3


def test_mixed_is_half_and_half(graph: Graph) -> None:
    drawn = [
        (d.twin is not None, len({e for _, e in d.pairs}), abs(d.drive.asymmetry))
        for action in ("A04", "A06", "A07", "A20")
        for subject in range(8)
        for d in (draw(graph, action, subject, "mixed", rep) for rep in (1, 2))
    ]
    assert np.mean([paired for paired, _, _ in drawn]) == 0.5
    assert np.mean([n == 0 for _, n, _ in drawn]) >= 0.25
    assert np.mean([n == 1 for _, n, _ in drawn]) >= 0.25
    assert 0.1 < np.mean([a > 0.12 for _, _, a in drawn]) < 0.35
    # A repetition is the same whether the others of its set are asked for in one regime or in both.
    for rep in (1, 3):
        mixed = draw(graph, "A04", 0, "mixed", rep)
        assert mixed.plan == draw(graph, "A04", 0, "controlled" if mixed.twin else "flexlike", rep).plan


@pytest.mark.parametrize("action", known_actions())
def test_tiredness_slows_shortens_and_needs_more_and_shows_no_error(graph: Graph, action: str) -> None:
    who, bout = bout_of(graph, action, 2)
    lifter = Lifter(graph, action, lift_of(graph, action), who)
    fresh, tired = (bout.plan(rep, np.random.default_rng(1)) for rep in (1, LONGEST))
    at = bout.phases.index("concentric") - 1
    lengths = [(p.timeline.first_s, p.timeline.second_s) for p in (fresh, tired)]
    assert 1.05 < lengths[1][at] / lengths[0][at] < 1.3
    assert lengths[1][1 - at] == lengths[0][1 - at]
    assert 0.97 < tired.timeline.reached[0] < fresh.timeline.reached[0] == 1
    drives = [bout.drive(rep, np.random.default_rng(1)) for rep in (1, LONGEST)]
    assert 1.05 < drives[1].concentric / drives[0].concentric < 1.35
    assert [bout.tired(r) for r in range(1, 11)] == sorted(bout.tired(r) for r in range(1, 11))
    # Within the clean band: what was surely absent stays surely absent.
    assert {p for p in lifter.pairs if shows(lifter.repetition(tired), *p) is not False} <= {
        p for p in lifter.pairs if shows(lifter.repetition(fresh), *p) is not False
    }
    assert isinstance(lifter.repetition(tired).pose, Pose)


def test_skill_drives_errors_and_load(graph: Graph) -> None:
    by_skill: dict[str, list[float]] = {"novice": [], "amateur": [], "expert": []}
    load: dict[str, list[float]] = {"novice": [], "amateur": [], "expert": []}
    for subject in range(38):
        who, bout = bout_of(graph, "A04", subject)
        drawn = draw_repetition(graph, "A04", who, bout, "flexlike", 1)
        by_skill[who.skill].append(score(graph, "A04", drawn.pairs).value)
        load[who.skill].append(draw_bout(graph, "A16", lift_of(graph, "A16"), who, (SEED, 16, subject)).load_kg)
    assert np.mean(by_skill["novice"]) + 3 < np.mean(by_skill["expert"])
    assert np.mean(load["novice"]) < np.mean(load["expert"])
