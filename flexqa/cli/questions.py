"""`flexqa questions`: generate, show, and list questions."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from flexqa.cli.common import GraphOption, listed
from flexqa.cli.render import console, errors

if TYPE_CHECKING:
    from flexqa.graph.model import Graph
    from flexqa.question import Question, Triple
    from flexqa.questions.base import QuestionType
    from flexqa.questions.question_set import QuestionSet

app = typer.Typer(no_args_is_help=True)


@app.command()
def generate(
    data: Annotated[Path, typer.Option("--data", help="Folder of annotated recordings.")],
    out: Annotated[Path, typer.Option("--out", help="Question set to write.")] = Path("questions.jsonl"),
    seed: Annotated[int, typer.Option("--seed", help="Equal seed and inputs give equal bytes.")] = 7,
    types: Annotated[str, typer.Option("--types", help="Names with commas between; default: all.")] = "",
    per_type: Annotated[
        int | None, typer.Option("--per-type", min=1, help="At most so many of each type and split.")
    ] = None,
    graph: GraphOption = None,
) -> None:
    """Make questions from annotated recordings, and freeze them."""
    from flexqa.cli.graph import load
    from flexqa.questions.generate import GenerateOptions
    from flexqa.questions.generate import generate as make
    from flexqa.questions.question_set import manifest_path, write_question_set
    from flexqa.recordings.flex_layout import open_recordings

    recordings = open_recordings(data)
    for assumption in recordings.assumed:
        errors.print(f"[yellow]assumed[/] {escape(assumption)}", highlight=False)
    question_set = make(load(graph), recordings, GenerateOptions(seed=seed, types=listed(types), per_type=per_type))
    write_question_set(out, question_set)
    console.print(counts_table(question_set))
    for recording, reason in question_set.manifest.left_out.items():
        errors.print(f"[yellow]left out[/] {escape(recording)}: {escape(reason)}", highlight=False)
    console.print(
        f"{len(question_set)} questions of {len(recordings)} recordings in {escape(str(out))} and "
        f"{escape(manifest_path(out).name)}, sha256 {question_set.manifest.sha256[:12]}",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="Question set, questions.jsonl.")],
    question_id: Annotated[str, typer.Option("--id", help="Id of the question.")],
    graph: GraphOption = None,
) -> None:
    """Show one question as a person would read it, with its answer and why that is right."""
    from flexqa.cli.graph import load
    from flexqa.questions.question_set import read_question_set

    console.print(question_view(read_question_set(file)[question_id], load(graph)))


@app.command("types")
def types_command() -> None:
    """List all question types."""
    from flexqa.questions.registry import question_types

    console.print(types_table(list(question_types().values())))


def counts_table(question_set: "QuestionSet") -> Table:
    """Questions by type and split, with the mean chance level of each type."""
    from flexqa.questions.registry import question_types

    splits = sorted(question_set.manifest.by_split)
    table = Table("type", "level", *splits, "all", "chance")
    for column in table.columns[2:]:
        column.justify = "right"
    for name, n in question_set.manifest.by_type.items():
        of_type = [q for q in question_set.questions if q.type == name]
        counts = [str(sum(q.split == s for q in of_type)) for s in splits]
        chance = sum(q.chance for q in of_type) / n
        table.add_row(name, question_types()[name].level, *counts, str(n), f"{chance:.1%}")
    table.add_section()
    totals = [str(question_set.manifest.by_split[s]) for s in splits]
    table.add_row("all", "", *totals, str(len(question_set)), "")
    return table


def types_table(types: Sequence["QuestionType"]) -> Table:
    """What each type asks, from which evidence, in which form."""
    table = Table(Column("type", no_wrap=True), Column("asks", ratio=1), "evidence", "answer", "at chance when")
    for t in types:
        name = f"{t.name}\n[dim]{t.level}[/]"
        controls = "\n".join(t.controls) or "-"
        table.add_row(name, escape(t.summary), "\n".join(t.modalities), t.answer_format, controls)
    return table


def question_view(question: "Question", graph: "Graph") -> RenderableType:
    """A question with its media, words, options, answer, and the path through the graph."""
    from flexqa.prompts import media_label, render_question

    facts = f"{question.level}, {question.split}, {question.subject}, chance {question.chance:.1%}"
    lines: list[RenderableType] = [Text(question.id, style="bold"), Text(facts, style="dim"), Text()]
    lines += [Text(f"[{media_label(m)} {m.recording}]", style="cyan") for m in question.media]
    lines += [Text(render_question(question)), Text()]
    if question.options:
        lines += [_options_table(question), Text()]
    within = f", right within {question.tolerance:g}" if question.tolerance is not None else ""
    lines += [Text(f"answer: {question.answer}{within}", style="green"), Text("why:")]
    lines += [Text(f"  {triple_words(t, graph)}") for t in question.graph_path]
    lines += [Text(f"{kind}: {group}", style="dim") for kind, group in question.groups.items()]
    return Group(*lines)


def triple_words(triple: "Triple", graph: "Graph") -> str:
    """A triple with the names of its nodes: `A16 Barbell Back Squat contains AK44 Descend`."""
    subject, relation, target = triple
    return f"{_named(subject, graph)} — {relation.replace('_', ' ')} → {_named(target, graph)}"


def _options_table(question: "Question") -> Table:
    table = Table("", "kind", "option", "evidence", box=None)
    for letter, option in zip(question.letters, question.options, strict=True):
        shown = f"{option.media.modality} of {option.media.recording}" if option.media else ""
        style = "green" if option.kind == "answer" else ""
        table.add_row(letter, option.kind, escape(option.text), shown, style=style)
    return table


def _named(node: str, graph: "Graph") -> str:
    for nodes in (graph.actions, graph.keysteps, graph.errors, graph.muscles):
        if node in nodes:
            return f"{node} {nodes[node].name}"
    return f"{node} {graph.feedback[node]}" if node in graph.feedback else node
