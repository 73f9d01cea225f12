"""Commands that are imported when they are called, so that `flexqa --help` starts in a blink."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

COMMANDS = {
    "demo": (
        "flexqa.cli.demo:demo",
        "The whole way on simulated recordings, from questions to leaderboard.",
    ),
    "graph": ("flexqa.cli.graph:app", "Check and show a knowledge graph."),
    "data": ("flexqa.cli.data:app", "Simulate, check, map, export and show recordings."),
    "questions": ("flexqa.cli.questions:app", "Generate, audit, freeze, export and show questions."),
    "models": ("flexqa.cli.models:models", "List engines, baselines and model cards."),
    "eval": ("flexqa.cli.eval:evaluate", "Run a model on a question set; again, and it does only what is missing."),
    "score": ("flexqa.cli.score:app", "Score a run folder from its raw replies: flexqa score RUN."),
    "view": ("flexqa.cli.view:view", "Write a report of a run that shows each question."),
    "cost": ("flexqa.cli.cost:cost", "Show tokens, time, energy and dollars of a run."),
    "compare": ("flexqa.cli.compare:compare", "Compare runs question by question."),
    "controls": ("flexqa.cli.controls:controls", "Compare a run with its controls: what the evidence is worth."),
    "power": ("flexqa.cli.power:power", "How many clips and subjects resolve a difference."),
    "leaderboard": ("flexqa.cli.leaderboard:app", "Build, verify, show, export and publish a leaderboard."),
}
"""Name -> where the command is, and what it does in a line; in the order in which they are used."""


class LazyCommands(Mapping[str, Any]):
    """The commands by their names."""

    def __getitem__(self, name: str) -> Any:
        """Import a command."""
        place, told = COMMANDS[name]
        module, _, attribute = place.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            group = get_group(found)
            group.help = told
            return group
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        return get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(TyperGroup):
    """A group whose help imports no command; it is plain, since laying it out with rich takes as long as all else."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = LazyCommands()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the help where nothing is asked; typer takes it for shown, since rich prints it when it is made."""
        if not args:
            typer.echo(ctx.get_help())
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """The names."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write all of the help."""
        super(TyperGroup, self).format_help(ctx, formatter)
