"""The program itself: its help, and what it does without a command."""

import subprocess
import sys

from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.cli.lazy import COMMANDS, LazyCommands


def test_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from flexqa.cli.app import app\n"
        "print(CliRunner().invoke(app, ['--help']).output)\n"
        "sys.exit(', '.join(m for m in sys.modules if m.startswith(('flexqa.cli.', 'rich.markdown'))"
        " and m not in ('flexqa.cli.app', 'flexqa.cli.lazy')) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, (_, told) in COMMANDS.items():
        assert f"\n  {name} " in done.stdout
        assert told.split(":")[0].split(";")[0][:40] in " ".join(done.stdout.split())


def test_every_command_is_there() -> None:
    commands = LazyCommands()
    assert len(commands) == len(COMMANDS)
    for name in commands:
        shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "100", "TERM": "dumb"})
        assert shown.exit_code == 0
        assert f"Usage: flexqa {name}" in shown.output
        assert "completion" not in shown.output


def test_without_a_command_the_help_is_shown_and_a_wrong_one_gets_a_hint() -> None:
    nothing = CliRunner().invoke(app, [])
    assert nothing.exit_code == 2
    assert "Commands:" in nothing.output
    wrong = CliRunner().invoke(app, ["evil"])
    assert wrong.exit_code == 2
    assert "Did you mean 'eval'?" in wrong.output
