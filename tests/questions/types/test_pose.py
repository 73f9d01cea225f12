"""Questions of joint angles, recomputed from the joints; and of clips that are told apart by their timing."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import pytest

from flexqa.graph.model import Graph
from flexqa.prompts import render_question
from flexqa.question import Question
from flexqa.questions.bundles import answer_text
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.question_set import QuestionSet
from flexqa.questions.sides import ANSWERS
from flexqa.questions.visibility import error_text
from flexqa.recordings.measures import Array
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import JOINTS
from tests.questions.sets import of_type

MATCHED = ["error_from_pose", "further_side", "joint_angle", "longer_phase"]

CHAINS = {
    "elbow flexion": ("shoulder", "elbow", "wrist"),
    "knee flexion": ("hip", "knee", "ankle"),
}


def repetition_of(contexts: dict[str, Context], a: Annotated) -> Repetition:
    found = contexts[a.truth.action].repetition(a)
    assert found is not None
    return found


def bend(points: Array, chain: Iterable[str], side: str) -> Array:
    """Degrees by which the middle joint of three is bent, shape (samples,)."""
    a, b, c = (points[:, JOINTS.index(f"{side}_{joint}")] for joint in chain)
    u, v = b - a, c - b
    cosine = np.sum(u * v, axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def test_the_angle_is_that_of_the_joints(
    question_set: QuestionSet, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    checked = 0
    for q in of_type(question_set, "joint_angle"):
        (media,) = q.media
        assert media.window_s is not None
        degrees = [int(o.text.removesuffix(" degrees")) for o in q.options]
        assert np.diff(degrees).tolist() == [20, 20, 20]
        assert degrees[0] >= 0
        if q.prompt["angle"] in CHAINS:
            pose = repetition_of(contexts, by_id[media.recording]).pose
            start, end = (round(t * pose.fps) for t in media.window_s)
            chain = CHAINS[q.prompt["angle"]]
            most = max(bend(pose.points[start:end], chain, side).max() for side in "lr")
            assert abs(most - degrees["ABCD".index(str(q.answer))]) <= 5
            checked += 1
    assert checked


@pytest.mark.parametrize("name", MATCHED)
def test_questions_of_a_set_differ_by_their_evidence_alone(
    question_set: QuestionSet, by_id: dict[str, Annotated], name: str
) -> None:
    sets: defaultdict[str, list[Question]] = defaultdict(list)
    for q in of_type(question_set, name):
        sets[q.groups["matched_set"]].append(q)
    for members in sets.values():
        options = sorted(o.text for o in members[0].options)
        assert sorted(answer_text(q) for q in members) == options
        assert all(sorted(o.text for o in q.options) == options for q in members)
        assert len({(q.media[0].window_s, *q.prompt.values()) for q in members}) == 1
        assert len({q.media[0].recording for q in members}) == len(members)
        assert len({(by_id[q.media[0].recording].truth.split, q.action) for q in members}) == 1


def test_a_turning_point_lies_where_phases_meet_and_the_hands_turn(
    question_set: QuestionSet, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, "turning_point"):
        (media,), answer = q.media, q.answer
        assert media.window_s is not None
        assert isinstance(answer, float)
        start, end = media.window_s
        assert end - start == pytest.approx(1.6)
        assert 14.5 <= answer <= 85.5
        turn = start + answer / 100 * (end - start)
        a = by_id[media.recording]
        assert turn == pytest.approx(a.truth.phases[1].end_s, abs=0.01)
        assert q.chance <= 0.5


def test_turning_points_lie_anywhere(question_set: QuestionSet) -> None:
    answers = [q.answer for q in of_type(question_set, "turning_point") if isinstance(q.answer, float)]
    assert max(np.mean(np.abs(np.array(answers) - constant) <= 8) for constant in range(101)) < 0.4


def test_the_longer_phase_is_longer(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "longer_phase"):
        truth = by_id[q.media[0].recording].truth
        durations = {}
        for phase, text in (("concentric", "The lifting phase"), ("eccentric", "The lowering phase")):
            (span,) = (s for s in truth.phases if s.phase == phase)
            durations[text] = span.end_s - span.start_s
        assert answer_text(q) == max(durations, key=lambda text: durations[text])
        assert max(durations.values()) >= 1.2 * min(durations.values())
        assert max(durations.values()) >= min(durations.values()) + 0.3


def test_one_side_goes_further_or_none_does(
    question_set: QuestionSet, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    checked = 0
    for q in of_type(question_set, "further_side"):
        if q.prompt["angle"] in CHAINS:
            points = repetition_of(contexts, by_id[q.media[0].recording]).pose.points
            sign = 1 if q.prompt["way"] == "higher" else -1
            left, right = (np.max(sign * bend(points, CHAINS[q.prompt["angle"]], side)) for side in "lr")
            side = "same" if abs(left - right) <= 5 else "left" if left > right else "right"
            assert answer_text(q) == ANSWERS[side]  # type: ignore[index]
            assert side == "same" or abs(left - right) >= 12
            checked += 1
    assert checked


def test_one_error_is_made_and_the_others_are_lacked(
    question_set: QuestionSet, graph: Graph, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    texts = {error_text(graph, e): e for e in graph.errors}
    for q in of_type(question_set, "error_from_pose"):
        a = by_id[q.media[0].recording]
        assert [o.text for o in q.options if texts[o.text] in a.errors] == [answer_text(q)]
        assert all(contexts[q.action].lacks(a, texts[o.text]) for o in q.options if o.kind != "answer")
        assert 3 <= len(q.options) <= 4


def test_a_clip_is_shown_with_its_own_pose_and_with_another(
    question_set: QuestionSet, by_id: dict[str, Annotated]
) -> None:
    pairs = defaultdict(list)
    for q in of_type(question_set, "pose_match"):
        clip, pose = q.media
        assert (clip.recording == pose.recording) == (q.answer == "yes")
        assert clip.window_s == pose.window_s
        if q.answer == "no":
            one, other = (by_id[m.recording].truth.phases for m in q.media)
            assert max(abs(one[i].end_s - other[i].end_s) for i in (0, 1)) > 0.3
        pairs[q.groups["matched_pair"]].append(q)
    for pair in pairs.values():
        assert {q.answer for q in pair} == {"yes", "no"}
        assert len({q.media[0] for q in pair}) == 1
        assert len({render_question(q) for q in pair}) == 1


def test_the_slower_lowering_is_slower_and_no_clip_is_longer(
    question_set: QuestionSet, by_id: dict[str, Annotated]
) -> None:
    places: Counter[str] = Counter()
    for q in of_type(question_set, "slower_lowering"):
        assert len({m.window_s for m in q.media}) == 1
        seconds = {}
        for m in q.media:
            assert m.window_s is not None
            (span,) = (s for s in by_id[m.recording].truth.phases if s.phase == "eccentric")
            assert span.end_s <= m.window_s[1] + 0.3
            seconds[m.label] = min(span.end_s, m.window_s[1]) - span.start_s
        assert answer_text(q) == max(seconds, key=lambda label: seconds[label])
        assert abs(seconds["Clip 1"] - seconds["Clip 2"]) >= 0.4
        places[answer_text(q)] += 1
    assert places["Clip 1"] == places["Clip 2"]


def test_a_joint_goes_further_by_ten_degrees(
    question_set: QuestionSet, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, "further_joint"):
        ways = {}
        for m in q.media:
            repetition = repetition_of(contexts, by_id[m.recording])
            name = repetition.graph.actions[q.action].primary_measure
            values = repetition.values(str(name)).mean(axis=1)
            ways[m.label] = np.abs(values - values[0]).max()
        assert answer_text(q) == max(ways, key=lambda label: ways[label])
        assert abs(ways["Repetition 1"] - ways["Repetition 2"]) >= 10
