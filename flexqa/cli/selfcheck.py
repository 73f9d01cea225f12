"""`flexqa data selfcheck`: every error that the simulator makes must be found, and nothing else."""

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from flexqa.cli.common import CORES, GraphOption, Workers, listed
from flexqa.cli.render import console, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flexqa.simulate.selfcheck import Fault, Row, SelfCheck

_COUNTS = ("triples", "repetitions", "found", "missed", "extra", "clean", "false_alarms", "attempts")


def selfcheck(
    subjects: Annotated[int, typer.Option(min=1, help="Lifters who make every error.")] = 50,
    actions: Annotated[str, typer.Option(help="Ids with commas between them; default: all.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of the lifters.")] = 7,
    workers: Workers = CORES,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    graph: GraphOption = None,
) -> None:
    """Make every error of the graph and look for it in the pose file; exit code 1 unless all are found, alone."""
    from flexqa.cli.graph import load
    from flexqa.simulate.selfcheck import selfcheck as run

    with progress_bar("selfcheck") as advance:
        checked = run(load(graph), listed(actions), subjects, seed, workers, advance)
    if as_json:
        console.print_json(json.dumps(_plain(checked)))
    else:
        console.print(_table(checked))
        for line in _failing(checked.faults):
            console.print(line, soft_wrap=True, highlight=False)
    if not checked.passed:
        raise typer.Exit(1)


def _table(checked: "SelfCheck") -> Table:
    names = (name.replace("_", " ") for name in _COUNTS)
    columns = (Column(name, justify="right", no_wrap=True) for name in names)
    table = Table("action", *columns, box=None, pad_edge=False, collapse_padding=True)
    for row in checked.rows:
        table.add_row(row.action, *_cells(row))
    table.add_section()
    table.add_row("all", *_cells(checked.total))
    return table


def _cells(row: "Row") -> list[str]:
    return [f"{getattr(row, name):,}" for name in _COUNTS]


def _failing(faults: "Sequence[Fault]") -> list[str]:
    """One line for each triple that failed: how often, and what was found instead."""
    by_triple: defaultdict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        by_triple[fault.action, "faultless" if fault.wanted is None else " ".join(fault.wanted)].append(fault)
    return [f"{action} {what}: {_what_went_wrong(some)}" for (action, what), some in by_triple.items()]


def _what_went_wrong(faults: "Sequence[Fault]") -> str:
    lifters = ", ".join(str(f.subject + 1) for f in faults[:5]) + (" ..." if len(faults) > 5 else "")
    unmade = sum(not f.made for f in faults)
    seen = sorted({" ".join(p) for f in faults for p in f.found if p != f.wanted})
    parts = [f"{len(faults)} lifters ({lifters})"]
    if unmade:
        parts.append(f"{unmade} times no movement was found that shows it alone")
    if seen:
        parts.append(f"found instead or as well: {', '.join(seen)}")
    return "; ".join(parts)


def _plain(checked: "SelfCheck") -> dict[str, object]:
    rows = [
        {"action": r.action, **{name: getattr(r, name) for name in _COUNTS}} for r in (*checked.rows, checked.total)
    ]
    faults = [
        {"action": f.action, "subject": f.subject, "wanted": f.wanted, "made": f.made, "found": f.found}
        for f in checked.faults
    ]
    return {"passed": checked.passed, "rows": rows, "faults": faults}
