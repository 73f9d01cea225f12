"""`flexqa questions`: generate, show, and list questions; gathers the other commands about them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from flexqa.cli.common import CORES, GraphOption, Workers, checked, listed
from flexqa.cli.questions_audit import audit
from flexqa.cli.questions_export import export
from flexqa.cli.questions_freeze import freeze
from flexqa.cli.questions_rotate import rotate
from flexqa.cli.questions_withhold import withhold
from flexqa.cli.render import console, errors, progress_bar

if TYPE_CHECKING:
    from flexqa.graph.model import Graph
    from flexqa.question import Question, Triple
    from flexqa.questions.base import QuestionType
    from flexqa.questions.question_set import QuestionSetManifest

app = typer.Typer(no_args_is_help=True)
app.command()(audit)
app.command()(freeze)
app.command()(withhold)
app.command()(rotate)
app.command()(export)

_FINDINGS = ("agrees", "undecided", "contradicts", "unchecked")
"""of the oracle (`flexqa.questions.oracle.Finding`)"""


@app.command()
def generate(
    data: Annotated[Path, typer.Option("--data", help="Folder of annotated recordings.")],
    out: Annotated[Path, typer.Option("--out", help="Question set to write.")] = Path("questions.jsonl"),
    seed: Annotated[int, typer.Option("--seed", help="Equal seed and inputs give equal bytes.")] = 7,
    types: Annotated[str, typer.Option("--types", help="Names with commas between; default: all.")] = "",
    levels: Annotated[str, typer.Option("--levels", help="Only types of these levels.")] = "",
    modalities: Annotated[
        str, typer.Option("--modalities", help="Only types that need nothing else than these: video,emg ...")
    ] = "",
    split: Annotated[str, typer.Option("--split", help="Only these splits: train,val,test.")] = "train,val,test",
    per_type: Annotated[
        int | None, typer.Option("--per-type", min=1, help="At most so many of each type and split.")
    ] = None,
    per_recording: Annotated[
        int | None, typer.Option("--per-recording", min=1, help="At most so many that show a recording.")
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Ask also what the oracle cannot check for want of pose or criteria.")
    ] = False,
    workers: Workers = CORES,
    graph: GraphOption = None,
) -> None:
    """Make questions from annotated recordings, check them with the oracle, and write them."""
    from flexqa.cli.graph import load
    from flexqa.questions.generate import GenerateOptions
    from flexqa.questions.generate import generate as make
    from flexqa.questions.question_set import manifest_path
    from flexqa.recordings.flex_layout import open_recordings

    fields = {"types": types, "levels": levels, "modalities": modalities, "splits": split}
    options = checked(
        GenerateOptions,
        {"seed": seed, "per_type": per_type, "per_recording": per_recording, "unchecked": unchecked}
        | {name: listed(text) for name, text in fields.items()},
    )
    recordings = open_recordings(data)
    for assumption in recordings.assumed:
        errors.print(f"[yellow]assumed[/] {escape(assumption)}", highlight=False)
    with progress_bar("questions") as advance:
        manifest = make(load(graph), recordings, options, out, workers=workers, progress=advance)
    console.print(counts_table(manifest))
    for recording, reason in manifest.left_out.items():
        errors.print(f"[yellow]left out[/] {escape(recording)}: {escape(reason)}", highlight=False)
    console.print(
        f"{manifest.n_questions} questions of {len(recordings)} recordings in {escape(str(out))} and "
        f"{escape(manifest_path(out).name)}, sha256 {manifest.sha256[:12]}",
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


def counts_table(manifest: "QuestionSetManifest") -> Table:
    """Questions by type and split, the mean chance level of each type, and what the oracle made of them."""
    splits = sorted({split for counts in manifest.by_type.values() for split in counts})
    table = Table(Column("type", no_wrap=True), *splits, "all", "chance", "oracle", box=SIMPLE_HEAD, pad_edge=False)
    table.caption = "oracle: it agrees, is undecided, contradicts, cannot check; % of the questions that were made"
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in manifest.by_type.items():
        cells = [str(counts.get(s, 0)) for s in splits]
        chance = f"{manifest.chance[name]:.0%}"
        table.add_row(name, *cells, str(sum(counts.values())), chance, _shares(manifest.oracle.get(name, {})))
    table.add_section()
    totals = [str(sum(counts.get(s, 0) for counts in manifest.by_type.values())) for s in splits]
    table.add_row("all", *totals, str(manifest.n_questions))
    return table


def types_table(types: Sequence["QuestionType"]) -> Table:
    """What each type asks, from which evidence, in which form, and what a sound model scores under each control."""
    table = Table(Column("type", no_wrap=True), Column("asks", ratio=1), "evidence", "answer", "under control")
    for t in types:
        name = f"{t.name}\n[dim]{t.level}[/]"
        controls = "\n".join(f"{control}: {expected}" for control, expected in t.controls.items()) or "-"
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


def _shares(findings: "Mapping[str, int]") -> str:
    """Of the questions that were made, asked or not."""
    total = sum(findings.values())
    return " ".join(f"{100 * findings.get(f, 0) / total:3.0f}" for f in _FINDINGS) if total else "-"


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
