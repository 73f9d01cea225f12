from collections import Counter

import pytest

from flexqa.simulate.subject import FLEX_SUBJECTS, draw_subject, skill_of


def test_38_subjects_are_those_of_flex() -> None:
    assert Counter(skill_of(i) for i in range(38)) == FLEX_SUBJECTS == {"novice": 20, "amateur": 8, "expert": 10}
    assert Counter(skill_of(i) for i in range(0, 38, 2)) == {"novice": 10, "amateur": 4, "expert": 5}


@pytest.mark.parametrize("n", range(2, 77))
def test_any_number_of_subjects_has_about_these_proportions(n: int) -> None:
    seen = Counter(skill_of(i) for i in range(n))
    assert all(abs(seen[skill] - n * share / 38) <= 2 for skill, share in FLEX_SUBJECTS.items())


def test_subjects_differ_in_build_and_hand() -> None:
    people = [draw_subject(7, i) for i in range(200)]
    assert len({p.id for p in people}) == 200
    assert 0.04 < sum(p.hand == "left" for p in people) / 200 < 0.2
    heights = [p.height_m for p in people]
    assert 1.5 < min(heights) < 1.62
    assert 1.82 < max(heights) < 1.95
    legs = [(p.segments.thigh + p.segments.shank) / p.height_m for p in people]
    assert max(legs) / min(legs) > 1.04
    assert len({p.look for p in people}) > 190


def test_a_subject_depends_on_seed_and_index_alone() -> None:
    assert draw_subject(7, 3) == draw_subject(7, 3)
    assert draw_subject(7, 3).look != draw_subject(8, 3).look
