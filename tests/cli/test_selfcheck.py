"""The self-check as a user sees it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from flexqa.assets import default_graph
from flexqa.cli.selfcheck import selfcheck

app = typer.Typer()
app.command()(selfcheck)


def test_a_sound_graph_passes() -> None:
    result = CliRunner().invoke(app, ["--subjects", "1", "--actions", "A06", "--workers", "1"])
    assert result.exit_code == 0, result.output
    assert "A06" in result.stdout
    assert "missed" in result.stdout


@pytest.fixture
def unsound(tmp_path: Path) -> Path:
    """A graph in which dropping the head cannot be told from throwing it back."""
    text = default_graph().read_text()
    one, other = "{measure: neck_ext, phase: phase, stat: median, op: '>', value: 22, guard: 8}", "op: <, value: -22"
    assert one in text
    path = tmp_path / "graph.yaml"
    path.write_text(text.replace(one, one.replace("op: '>', value: 22", other)))
    return path


def test_an_unsound_graph_fails_and_its_triples_are_named(unsound: Path) -> None:
    args = ["--subjects", "1", "--actions", "A15", "--workers", "1", "--graph", str(unsound)]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 1
    assert "A15 AK41 ET106: 1 lifters (1); 1 times no movement was found that shows it alone" in result.stdout


def test_json_says_the_same(unsound: Path) -> None:
    args = ["--subjects", "1", "--actions", "A15", "--workers", "1", "--graph", str(unsound), "--json"]
    told = json.loads(CliRunner().invoke(app, args).stdout)
    assert not told["passed"]
    assert [(f["action"], f["wanted"], f["made"]) for f in told["faults"]] == [("A15", ["AK41", "ET106"], False)]
    assert told["rows"][-1]["action"] == "all"
    assert told["rows"][-1]["missed"] == 1
