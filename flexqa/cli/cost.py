"""`flexqa cost`: what a run cost, beside the settings at which it was measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from flexqa.cli.render import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flexqa.cost.report import CostReport, Dollars, OperatingPoint, SessionCost, Spread


def cost(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON record instead of tables.")] = False,
    prices: Annotated[
        Path | None,
        typer.Option(help="Your own price file; default: benchmarks/prices.toml, which shows the form."),
    ] = None,
) -> None:
    """Show tokens, time, energy and dollars of a run, finished or not. A dash is what was not measured."""
    from flexqa.cost.measure import cost_of_folder
    from flexqa.cost.prices import read_prices
    from flexqa.scoring.aggregate import dumps

    report = cost_of_folder(run, read_prices(prices))
    if as_json:
        console.file.write(dumps(report.model_dump(mode="json")))
    else:
        console.print(tables(report))


def tables(report: "CostReport") -> Group:
    """Figures per question, tokens and seconds per reply, and the sessions; fits 80 columns."""
    answered = f"{report.n_replies} replies, {report.n_failures} failures, {report.n_questions} questions"
    return Group(
        f"\n[bold]{escape(report.run_id)}[/]  {answered}",
        _operating_point(report.operating_point),
        "",
        _figures(report),
        "",
        _spreads(report),
        "",
        _sessions(report),
        *_notes(report),
    )


def number(value: float | None) -> str:
    """Three digits that count, whole numbers above a hundred; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _operating_point(point: "OperatingPoint") -> Table:
    table = _table("operating point", " ")
    differing = dict.fromkeys(point.differing, "differs by session")
    for name, value in (point.model_dump(exclude={"differing", "batch"}) | point.batch | differing).items():
        if value is not None:
            table.add_row(name, escape(number(value) if isinstance(value, float) else str(value)))
    return table


def _figures(report: "CostReport") -> Table:
    table = _table("end to end, start-up apart", "total", "per question", "questions")
    for name, measured in (
        ("seconds", report.window_s),
        ("processor seconds of the harness", report.cpu_s),
        ("GPU-seconds", report.gpu_seconds),
        ("GPU energy, J (NVML)", report.gpu_energy_j),
    ):
        n = str(measured.n_questions) if measured.total is not None else ""
        table.add_row(name, number(measured.total), number(measured.per_question), n)
    table.add_section()
    table.add_row("questions per second", number(report.questions_per_second), "", "")
    table.add_row("dollars per 1,000 questions", number(report.dollars.usd_per_1k_questions), "", "")
    table.add_row("start-up, s", number(report.startup_s), "", "")
    table.add_row("start-up, dollars", number(report.dollars.startup_usd), "", "")
    peak = report.peak_rss_bytes
    table.add_row("peak memory of the harness, MiB", number(None if peak is None else peak / 2**20), "", "")
    return table


def _spreads(report: "CostReport") -> Table:
    table = _table("per reply", "n", "mean", "p50", "p95", "p99", "total")
    for name, s in _named_spreads(report):
        if s.n:
            table.add_row(name, str(s.n), *map(number, (s.mean, s.p50, s.p95, s.p99, s.total)))
    return table


def _named_spreads(report: "CostReport") -> "Iterator[tuple[str, Spread]]":
    for name in type(report.tokens).model_fields:
        yield f"{name} tokens", getattr(report.tokens, name)
    for name in type(report.seconds).model_fields:
        yield f"{name.replace('_', ' ')}, s", getattr(report.seconds, name)


def _sessions(report: "CostReport") -> Table:
    table = _table("session", "ended", "answered", "failed", "s", "start-up", "GPUs", "J", "MiB")
    for s in report.sessions:
        table.add_row(
            s.started_at.removesuffix("+00:00"),
            escape(s.outcome),
            str(s.answered),
            str(s.failed or ""),
            number(s.window_s),
            number(s.startup_s),
            _gpus(s),
            number(s.gpu_energy_j),
            number(None if s.peak_rss_bytes is None else s.peak_rss_bytes / 2**20),
        )
    return table


def _gpus(session: "SessionCost") -> str:
    return "–" if session.gpus is None else str(len(session.gpus) or "")


def _notes(report: "CostReport") -> list[str]:
    """What the figures leave out, and which prices they stand on."""
    notes = []
    if report.n_unmeasured:
        lost = f"{report.n_unmeasured} predictions are of no session, or of a killed one after its last mark"
        notes.append(f"[yellow]{lost}: not in the figures[/]")
    named = (
        ("seconds", report.window_s.reason),
        ("GPU-seconds", report.gpu_seconds.reason),
        ("energy", report.gpu_energy_j.reason),
        ("dollars", report.dollars.reason),
    )
    notes += [f"[dim]{name}: {escape(reason)}[/]" for name, reason in named if reason]
    if absent := [name.removesuffix(", s") for name, s in _named_spreads(report) if not s.n]:
        notes.append(f"[dim]no reply reports: {', '.join(absent)}[/]")
    return notes + _prices(report.dollars)


def _prices(dollars: "Dollars") -> list[str]:
    from flexqa.cost.prices import GpuPrice

    lines = []
    for name, price in sorted(dollars.prices.items()):
        if isinstance(price, GpuPrice):
            paid = f"${price.usd:g} per hour"
        else:
            cached = price.input_usd if price.cached_input_usd is None else price.cached_input_usd
            paid = (
                f"${price.input_usd:g} / {cached:g} / {price.output_usd:g} per million input / cached / output tokens"
            )
        lines.append(f"[dim]{escape(name)}: {paid}, {price.date}, {escape(price.source)}[/]")
    return lines


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    for i, name in enumerate(names):
        table.add_column(name, justify="right" if i and name else "left", overflow="fold")
    return table
