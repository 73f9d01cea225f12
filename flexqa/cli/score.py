"""`flexqa score`: judge a run from its raw replies and show where it is right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from flexqa.cli.common import AdapterOptions, figure, interval, key_value, percent
from flexqa.cli.free_text import free_text
from flexqa.cli.render import console, progress_bar

if TYPE_CHECKING:
    from flexqa.scoring.aggregate import Cell, Scores
    from flexqa.scoring.statistics import Estimate

_COLUMNS = ("acc %", "95 % interval", "n/subj.", "chance", "fail", "unread")


class _RunOrCommand(TyperGroup):
    """`flexqa score RUN` is short for `flexqa score run RUN`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where a run folder stands."""
        named = args and (args[0] in self.commands or args[0].startswith("-"))
        return super().parse_args(ctx, list(args) if named or not args else ["run", *args])


app = typer.Typer(cls=_RunOrCommand, no_args_is_help=True)


@app.command("run")
def score(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="The full question set, where answers are withheld.", show_default=False),
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option("--encoder", help="Folder of a sentence encoder that matches free answers with the graph."),
    ] = None,
    threshold: Annotated[
        float, typer.Option("--encoder-threshold", min=-1, max=1, help="Cosine from which a sentence states a node.")
    ] = 0.7,
    judge: Annotated[
        str | None, typer.Option("--judge", help="Model that reads free answers, like MODEL of `flexqa eval`.")
    ] = None,
    option: AdapterOptions = None,
) -> None:
    """Score a run folder again from its raw replies; writes scores.json and verdicts.jsonl into it.

    What an encoder or a judge reads is kept in judgements.jsonl, counted again by every later scoring, and no part of
    accuracy. Exit 1 when the judge left something unanswered.
    """
    from flexqa.rescore import score_folder

    if option and not judge:
        raise typer.BadParameter("--option is for the adapter of --judge")
    failed = _ask(run, answers, encoder, threshold, judge, dict(key_value(o) for o in option or []))
    console.print(tables(score_folder(run, answers)))
    if failed:
        raise typer.Exit(1)


def _ask(
    run: Path,
    answers: Path | None,
    encoder: Path | None,
    threshold: float,
    judge: str | None,
    options: dict[str, str],
) -> bool:
    """Have free answers read by an encoder, a judge, both or none; whether something was left unanswered."""
    if not (encoder or judge):
        return False
    from flexqa.judging import ask_encoder, ask_judge

    outcomes = []
    if encoder:
        with progress_bar("encoder") as advance:
            outcomes.append(ask_encoder(run, encoder, threshold, answers, advance))
    if judge:
        with progress_bar(f"judge {judge}") as advance:
            outcomes.append(ask_judge(run, judge, options, answers, advance))
    for o in outcomes:
        failed = ", ".join(f"{n} {kind}" for kind, n in sorted(o.failures.items()))
        console.print(
            f"{o.matcher.kind} {escape(o.matcher.name)}: {o.n_nodes} nodes of free answers, {o.n_pending} asked now, "
            f"{f'[red]failed: {failed}[/]; first: {escape(o.reason)}' if failed else 'none failed'}",
            highlight=False,
            soft_wrap=True,
        )
    return any(o.failures for o in outcomes)


@app.command("extract")
def extract_cases(
    cases: Annotated[Path, typer.Argument(help="JSON lines: id, kind mcq|yesno|multi|score, options, response.")],
) -> None:
    """Read replies that belong to no run; prints JSON lines: id, answer, method, status."""
    from flexqa.scoring.extract_cases import read_cases, read_replies

    for read in read_replies(read_cases(cases)):
        typer.echo(read.model_dump_json())


def tables(scores: "Scores") -> Group:
    """Accuracy by question type and modality, by level, and overall; fits 80 columns."""
    by_type = score_table("question type", "evidence")
    for type_, cells in sorted(scores.by_type_modality.items()):
        for modality, cell in sorted(cells.items()):
            by_type.add_row(type_, modality, *_row(cell))
    by_type.add_section()
    by_type.add_row("mean of types", "", *_estimate(scores.macro), *[""] * 3)
    by_type.add_row("[bold]all questions", "", *_row(scores.overall))
    by_level = score_table("level")
    for level, cell in scores.by_level.items():
        by_level.add_row(level, *_row(cell))
    texts = free_text(scores.details.free_text) if scores.details.free_text else ()
    return Group(f"\n[bold]{escape(scores.run_id)}[/]", by_type, "", by_level, *texts, *_notes(scores))


def score_table(*names: str) -> Table:
    """A table of accuracies whose first columns are `names`."""
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    for name in names:
        table.add_column(name, no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _estimate(e: "Estimate") -> tuple[str, ...]:
    return percent(e.value), interval(e), f"{e.n}/{e.n_clusters}"


def _row(cell: "Cell") -> tuple[str, ...]:
    return (*_estimate(cell.accuracy), percent(cell.chance), str(cell.n_failed or ""), str(cell.n_unparsable or ""))


def _ladder_notes(scores: "Scores") -> list[str]:
    """Accuracy on each level where the level above is right, and where it is not."""
    given = scores.ladder.given_wrong
    notes = [
        f"{level}, where the level above is right: {percent(right.value)} % ({interval(right)}); where it is not: "
        f"{percent(given[level].value)} % ({interval(given[level])})"
        for level, right in scores.ladder.given_right.items()
    ]
    if chain := scores.ladder.chain:
        notes.append(
            f"all levels of a recording right: {percent(chain.accuracy.value)} % ({interval(chain.accuracy)}) of "
            f"{chain.accuracy.n}, chance {percent(chain.chance)} %"
        )
    return notes


def _detail_notes(scores: "Scores") -> list[str]:
    """Yes/no, multi-select, numbers and calibration, one line each."""
    d, notes = scores.details, []
    if d.yes_no:
        notes.append(
            f"yes/no: balanced accuracy {percent(d.yes_no.balanced_accuracy.value)} % "
            f"({interval(d.yes_no.balanced_accuracy)}), MCC {figure(d.yes_no.mcc)}, says yes in "
            f"{percent(d.yes_no.said_yes.value)} % where {percent(d.yes_no.is_yes)} % are"
        )
    if d.multi_select:
        micro, macro = d.multi_select.micro_f1, d.multi_select.macro_f1
        notes.append(f"multi-select: F1 {figure(micro)} over options, {figure(macro)} as mean of labels")
    notes += [
        f"{name}: off by {figure(n.mae, 1)} points, rank correlation {figure(n.spearman)}, relative L2 "
        f"{figure(n.relative_l2)}, of {n.mae.n} that were read"
        for name, n in d.numbers.items()
    ]
    if d.calibration:
        notes.append(f"calibration: ECE {figure(d.calibration.ece)}, Brier {figure(d.calibration.brier)}")
    return notes


def _notes(scores: "Scores") -> list[str]:
    """What the tables do not show."""
    cells = [*scores.by_level.values(), *(c for row in scores.by_type_modality.values() for c in row.values())]
    reasons = sorted({c.accuracy.reason for c in cells if c.accuracy.reason})
    notes = [f"[dim]– has no interval: {'; '.join(reasons)}[/]"] if reasons else []
    notes += [
        f"{kind.replace('_', ' ')} groups all right: {percent(g.accuracy.value)} % ({interval(g.accuracy)}) of "
        f"{g.accuracy.n}, chance {percent(g.chance)} %"
        for kind, g in sorted(scores.by_group.items())
    ]
    notes += [*_ladder_notes(scores), *_detail_notes(scores)]
    if scores.missing:
        notes.append(f"[yellow]{scores.missing} questions have no prediction and count as wrong; resume the run[/]")
    return notes
