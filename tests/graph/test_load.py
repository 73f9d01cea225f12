"""A graph file is read as it is or refused with file, line, node, field and remedy."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexqa.assets import default_graph
from flexqa.errors import GraphError
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph

SMALL = """\
meta: {title: Official graph, version: '1', namespace: flex}
actions:
  A16:
    name: Squat
    phases: [preparation, eccentric]
    keysteps: [AK44]
keysteps:
  AK44:
    name: Descend
    standard: Hips back and down.
    phase: eccentric
    may_occur: [ET032]
errors:
  ET032: {name: Too shallow, tier: any, weight: 7, feedback: [FB001]}
feedback:
  FB001: Go deeper.
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "graph.yaml"
        path.write_text(text)
        return path

    return write


def test_the_benchmark_graph_has_what_the_card_says(graph: Graph) -> None:
    pairs = {(k, e) for k, node in graph.keysteps.items() for e in node.may_occur}
    assert (len(graph.actions), len(graph.keysteps), len(graph.errors), len(pairs)) == (20, 56, 75, 324)
    assert graph.meta.namespace == "flexqa"


def test_a_graph_in_another_namespace_loads_without_anything_measurable(written: Callable[[str], Path]) -> None:
    graph = load_graph(written(SMALL))
    assert graph.meta.namespace == "flex"
    assert graph.actions["A16"].name_status == "official"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("keysteps: [AK44]", "keysteps: [AK45]", 6, "keystep 'AK45' does not exist; did you mean AK44?"),
        ("may_occur: [ET032]", "may_occur: [ET033]", 12, "error 'ET033' does not exist; did you mean ET032?"),
        ("feedback: [FB001]", "feedback: [FB009]", 14, "feedback 'FB009' does not exist; did you mean FB001?"),
        ("phase: eccentric", "phase: concentric", 5, "keystep AK44 belongs to phase concentric, which A16 lacks"),
        ("weight: 7", "weight: -1", 14, "errors ET032, field weight: Input should be greater than 0 (got -1)"),
        ("name: Squat", "nam: Squat", 4, "actions A16, field nam: Extra inputs are not permitted"),
        ("    name: Squat\n", "", 3, "actions A16, field name: Field required"),
        ("    name: Squat\n", "    name: Squat\n    name: Lift\n", 5, "this key stands twice; keep one"),
        ("  A16:", "  A/16:", 3, "action id 'A/16' names a folder of recordings"),
        ("tier: any", "tier: any, confusable_with: [X]", 14, "error 'X' does not exist; known: ET032"),
    ],
)
def test_a_fault_is_named_with_its_line(
    written: Callable[[str], Path], old: str, new: str, line: int, says: str
) -> None:
    assert old in SMALL
    path = written(SMALL.replace(old, new))
    with pytest.raises(GraphError) as caught:
        load_graph(path)
    assert any(m.startswith(f"{path}:{line}: ") and says in m for m in str(caught.value).splitlines()), caught.value


def test_all_faults_come_at_once(written: Callable[[str], Path]) -> None:
    text = SMALL.replace("[AK44]", "[AK45]").replace("[FB001]", "[FB009]")
    with pytest.raises(GraphError, match=r"AK45(.|\n)*FB009"):
        load_graph(written(text))


@pytest.mark.parametrize("text", ["", "- a\n", "a: [", "\x00", "meta: 1\n"])
def test_what_is_not_a_graph_is_refused(written: Callable[[str], Path], text: str) -> None:
    with pytest.raises(GraphError, match=r"graph\.yaml"):
        load_graph(written(text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"nowhere\.yaml: cannot be read"):
        load_graph(tmp_path / "nowhere.yaml")


def test_a_detector_without_its_limit_is_a_fault(written: Callable[[str], Path]) -> None:
    data = yaml.safe_load(default_graph().read_text())
    del data["keysteps"]["AK46"]["limits"]["ET126"]
    with pytest.raises(GraphError, match="keystep AK46 has no limit for ET126 or trunk_incl in A17"):
        load_graph(written(yaml.safe_dump(data)))


def _leaves(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in _leaves(v, (*at, k))]
    if isinstance(value, list):
        return [leaf for i, v in enumerate(value) for leaf in _leaves(v, (*at, i))]
    return [at]


_DATA = yaml.safe_load(SMALL)


@given(
    leaf=st.sampled_from(_leaves(_DATA)),
    value=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_field_holds_the_answer_is_a_graph_or_a_graph_error(
    tmp_path: Path, leaf: tuple[str | int, ...], value: object
) -> None:
    data = yaml.safe_load(SMALL)
    node = data
    for key in leaf[:-1]:
        node = node[key]
    node[leaf[-1]] = value
    path = tmp_path / "graph.yaml"
    path.write_text(yaml.safe_dump(data))
    with suppress(GraphError):
        assert isinstance(load_graph(path), Graph)
