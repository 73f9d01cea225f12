"""`flexqa graph`: check and show a knowledge graph."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from flexqa.cli.common import GraphOption
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.graph.model import Graph

app = typer.Typer(no_args_is_help=True)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Graph YAML; default: the benchmark's own.")] = None,
) -> None:
    """Validate a graph file: every reference, limit and weight, with file, line, node, field and remedy."""
    from flexqa.graph.walk import possible_pairs

    graph = load(file)
    pairs = sum(len(set(possible_pairs(graph, a))) for a in graph.actions)
    console.print(
        f"[green]ok[/] {escape(graph.meta.title)} {graph.meta.version} (namespace {graph.meta.namespace}): "
        f"{len(graph.actions)} actions, {len(graph.keysteps)} keysteps, {len(graph.errors)} errors, "
        f"{len({(k, e) for k, n in graph.keysteps.items() for e in n.may_occur})} may_occur pairs, "
        f"{pairs} pairs over the actions, {len(graph.feedback)} feedback; sha256 {graph.sha256[:12]}",
        highlight=False,
    )


@app.command()
def show(
    action: Annotated[str, typer.Argument(help="Action id, for example A16.")], graph: GraphOption = None
) -> None:
    """Show an action: its phases, keysteps, errors and weights."""
    console.print(action_tree(load(graph), action))


def load(path: Path | None) -> "Graph":
    """The graph at `path`, or the benchmark's own."""
    from flexqa.assets import default_graph
    from flexqa.graph.load import load_graph

    return load_graph(path or default_graph())


def action_tree(graph: "Graph", action: str) -> Tree:
    """An action as a tree of phases, keysteps, and errors with their weights.

    Raises:
        BadInput: the graph has no such action.
    """
    from flexqa.errors import BadInput
    from flexqa.graph.walk import errors_of, possible_pairs

    if action not in graph.actions:
        raise BadInput(f"the graph has no action {action!r}; it has {', '.join(graph.actions)}")
    node = graph.actions[action]
    total = sum(graph.errors[e].weight for _, e in possible_pairs(graph, action))
    muscles = ", ".join(graph.muscles[m].name for m in node.primary_muscles)
    title = f"[bold]{action} {escape(node.name)}[/] [dim](name {node.name_status})[/]"
    tree = Tree(f"{title}\n{node.equipment}, {node.posture}; targets {muscles}; penalties sum to {total:g}")
    for phase in node.phases:
        branch = tree.add(f"[cyan]{phase}[/]")
        for k in (k for k in node.keysteps if graph.keysteps[k].phase == phase):
            keystep = graph.keysteps[k]
            step = branch.add(f"[bold]{k}[/] {escape(keystep.name)}: [dim]{escape(keystep.standard)}[/]")
            for e in errors_of(graph, action, k):
                error = graph.errors[e]
                cost = 100 * error.weight / total
                step.add(f"{e} {escape(error.name)} [yellow]w {error.weight:g}[/] [dim]−{cost:.1f} points[/]")
    if node.set_level_errors:
        branch = tree.add("[cyan]whole set[/] [dim](outside the score)[/]")
        for e in node.set_level_errors:
            branch.add(f"{e} {escape(graph.errors[e].name)}")
    return tree
