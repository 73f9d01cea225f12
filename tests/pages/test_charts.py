"""Where things lie in charts."""

from hypothesis import given
from hypothesis import strategies as st

from flexqa.pages.charts import Point, cost_axis, line, linear_axis, pareto_front, scatter, share_axis

COSTS = st.floats(1e-6, 1e9)
SHARES = st.floats(0, 1)


def points(pairs: list[tuple[float, float]]) -> list[Point]:
    return [
        Point(str(i), str(i), f"model {i}", cost, share, max(0, share - 0.1), min(1, share + 0.1))
        for i, (cost, share) in enumerate(pairs)
    ]


@given(st.lists(st.tuples(COSTS, SHARES), min_size=1, max_size=20))
def test_the_front_holds_what_nothing_dominates(pairs: list[tuple[float, float]]) -> None:
    expected = {
        str(i)
        for i, (cost, share) in enumerate(pairs)
        if not any(c <= cost and s >= share and (c, s) != (cost, share) for c, s in pairs)
    }
    assert pareto_front(points(pairs)) == expected


@given(st.lists(st.tuples(COSTS, SHARES), min_size=1, max_size=12), st.sampled_from([(1120, 460), (350, 330)]))
def test_all_points_lie_inside_and_labels_touch_nothing(
    pairs: list[tuple[float, float]], size: tuple[float, float]
) -> None:
    chart = scatter(points(pairs), 0.25, *size)
    assert len(chart.dots) == len(pairs)
    boxes = []
    for d in chart.dots:
        assert chart.left <= d.x <= chart.right
        assert chart.top <= d.y <= chart.bottom
        if d.label_x is not None:
            boxes.append((d.label_x, d.y, d.label_x + 6.3 * len(d.point.label)))
    for i, (a0, ay, a1) in enumerate(boxes):
        assert chart.left <= a0 <= a1 <= chart.right
        assert not any(a0 < b1 and b0 < a1 and abs(ay - by) < 16 for b0, by, b1 in boxes[i + 1 :])


@given(st.lists(COSTS, min_size=1, max_size=9))
def test_costs_are_placed_in_order_on_either_scale(costs: list[float]) -> None:
    axis = cost_axis(costs)
    places = [axis.place(c) for c in sorted(costs)]
    assert places == sorted(places)
    assert axis.low <= min(costs) * (1 + 1e-9)
    assert axis.high >= max(costs) * (1 - 1e-9)
    assert 2 <= len(axis.ticks) <= 16
    assert [t.at for t in axis.ticks] == sorted({t.at for t in axis.ticks})


def test_scales_have_round_marks() -> None:
    assert [t.label for t in linear_axis([87.0]).ticks] == ["0", "20", "40", "60", "80", "100"]
    assert [t.label for t in cost_axis([0.06, 9.5]).ticks] == ["0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10"]
    assert [t.label for t in cost_axis([0.002, 40_000.0]).ticks] == [
        "0.01",
        "0.1",
        "1",
        "10",
        "100",
        "1\u202f000",
        "10\u202f000",
    ]
    assert [t.label for t in share_axis([0.42, 0.61]).ticks] == ["40", "50", "60", "70"]
    assert [t.label for t in share_axis([0.95], from_zero=True).ticks] == ["0", "20", "40", "60", "80", "100"]


def test_a_trace_runs_from_edge_to_edge() -> None:
    assert line([0, 5, 10], 0, 10, 300, 60) == "M50.0 60.0L150.0 30.0L250.0 0.0"
    assert line([], 0, 1, 300, 60) == ""
