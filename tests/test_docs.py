"""What README says can be typed: every command exists, has help, and has the options that README gives it."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from flexqa.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    """Every line of README's shell blocks that calls flexqa."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("flexqa ")]


def leaves(prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command that flexqa has."""
    command = get_command(app)
    for word in prefix:
        command = command.commands[word]  # type: ignore[attr-defined]
    below = getattr(command, "commands", None)
    return [leaf for word in below for leaf in leaves((*prefix, word))] if below else [prefix]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    if words[0] == "score" and words[1] not in ("run", "extract"):
        words.insert(1, "run")  # as the command itself does
    path = next(leaf for leaf in leaves() if tuple(words[: len(leaf)]) == leaf)
    result = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    for option in (w for w in words if w.startswith("--")):
        assert option in result.output


@pytest.mark.parametrize("path", leaves(), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_the_readmes_adapter_works(tmp_path: Path) -> None:
    from flexqa.adapters.base import Request, Text
    from flexqa.adapters.registry import create
    from flexqa.question import AnswerFormat

    code = re.search(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert code
    (tmp_path / "my_model.py").write_text(code[1])
    adapter = create(f"{tmp_path}/my_model.py:MyVLM", {})
    request = Request(
        "q", "t", AnswerFormat.CHOICE, (Text("?"),), letters=("A", "B"), option_texts=("short", "longer")
    )
    [(_, reply)] = adapter.stream([request])
    assert getattr(reply, "text", None) == "B"


def test_files_that_the_readme_links_to_exist() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_agents_is_short() -> None:
    assert len((ROOT / "AGENTS.md").read_text().splitlines()) <= 40
