"""`flexqa data`: check, show and simulate recordings; gathers the other commands about data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from flexqa.cli import data_scores, data_write, selfcheck
from flexqa.cli.common import CORES, Folder, GraphOption, Workers, listed, print_faults
from flexqa.cli.render import console, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from flexqa.graph.model import Graph
    from flexqa.recordings.model import Annotation, Recording, RecordingSet

app = typer.Typer(no_args_is_help=True)


@app.command()
def check(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Print faults as JSON lines.")] = False,
    graph: GraphOption = None,
    workers: Workers = CORES,
) -> None:
    """Read every file once and tell what is wrong; exit code 1 when a recording cannot be used."""
    from flexqa.cli.graph import load
    from flexqa.recordings.check import check as check_folder
    from flexqa.recordings.fault import Fault
    from flexqa.recordings.flex_layout import INFO

    with progress_bar("check") as advance:
        checked = check_folder(folder, load(graph), workers, advance)
    if as_json:
        remedy = "state it there"
        assumed = [Fault("assumed", "", INFO, s, remedy, fatal=False) for s in checked.recordings.assumed]
        print_faults([*checked.faults, *assumed], as_json=True)
    else:
        print_faults(checked.faults, as_json=False)
        console.print(set_summary(checked.recordings), soft_wrap=True)
    if any(f.fatal for f in checked.faults):
        raise typer.Exit(1)


@app.command()
def show(
    folder: Folder,
    recording: Annotated[str, typer.Argument(help="Recording, for example A16/001.", show_default=False)],
    graph: GraphOption = None,
) -> None:
    """Show one recording: its files and rates, phases, observed errors and score."""
    from flexqa.cli.graph import load
    from flexqa.errors import RecordingError
    from flexqa.recordings.flex_layout import open_recordings

    recordings = open_recordings(folder)
    if recording not in recordings.recordings:
        some = ", ".join(list(recordings.recordings)[:4])
        raise RecordingError(f"{folder} has no recording {recording!r}; it has {some} ... ({len(recordings)} in all)")
    found = recordings[recording]
    parts: list[Table | Text] = [files_table(found, recordings)]
    if found.annotation:
        knowledge = load(graph)
        parts += [truth_text(found.annotation, knowledge), pairs_table(found.annotation, knowledge)]
    else:
        parts.append(Text("not annotated: there is no line for it in annotations.jsonl"))
    console.print(Group(*parts))
    for sentence in recordings.assumed:
        console.print(f"[yellow]assumed[/] {escape(sentence)}", highlight=False)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="New folder to write to.", show_default=False)],
    actions: Annotated[str, typer.Option(help="Ids with commas between them; default: all of the graph.")] = "",
    subjects: Annotated[int, typer.Option(min=1, help="Lifters.")] = 4,
    reps: Annotated[int, typer.Option(min=1, max=10, help="Repetitions of each action by each lifter.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 7,
    video: Annotated[
        Literal["mp4", "frames", "empty", "none"],
        typer.Option(help="frames: folders of JPEG, as FLEX has them; empty: files without content."),
    ] = "mp4",
    views: Annotated[str, typer.Option(help="Camera views with commas between them.")] = "1,2,3,4,P",
    fps: Annotated[float, typer.Option(min=1, max=240, help="Frames per second of the clips.")] = 20.0,
    width: Annotated[int, typer.Option(min=32, max=4096, help="Of a clip, in pixels; even.")] = 640,
    height: Annotated[int, typer.Option(min=32, max=4096, help="Of a clip, in pixels; even.")] = 360,
    regime: Annotated[
        Literal["controlled", "flexlike", "mixed"],
        typer.Option(help="controlled: pairs with and without one error; flexlike: several errors; mixed: both."),
    ] = "mixed",
    emg_rate: Annotated[int, typer.Option(help="Samples of EMG per second as stored; made at 2,000.")] = 200,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    graph: GraphOption = None,
) -> None:
    """Write recordings in FLEX's layout: video, pose, EMG, heart rate and their annotations, made by a simulator."""
    from flexqa.cli.graph import load
    from flexqa.recordings.flex_layout import open_recordings
    from flexqa.simulate.generate import SimulateOptions
    from flexqa.simulate.generate import simulate as run

    options = SimulateOptions(
        actions=listed(actions),
        subjects=subjects,
        reps=reps,
        seed=seed,
        video=video,
        views=listed(views),
        width=_even("--width", width),
        height=_even("--height", height),
        fps=fps,
        regime=regime,
        emg_rate_hz=emg_rate,
        workers=workers,
    )
    with progress_bar("simulate") as advance:
        run(load(graph), out, options, advance)
    console.print(set_summary(open_recordings(out)))


app.command("map")(data_write.map_)
app.command()(data_write.split)
app.command()(data_write.export)
app.command()(data_scores.scores)
app.command()(selfcheck.selfcheck)


def set_summary(recordings: "RecordingSet") -> Text:
    """How many recordings there are, of what."""
    annotated = [r.annotation for r in recordings if r.annotation]
    actions = {r.id.split("/")[0] for r in recordings}
    views = sum(len(r.views) for r in recordings)
    sensors = [
        f"{sum(path is not None for path in paths)} {name}"
        for name, paths in (
            ("pose", [r.skeleton for r in recordings]),
            ("EMG", [r.emg for r in recordings]),
            ("physio", [r.physio for r in recordings]),
        )
    ]
    text = (
        f"{recordings.root}: {len(recordings)} recordings of {len(actions)} actions, {views} clips, "
        f"{', '.join(sensors)} files; {len(annotated)} annotated, {len({a.subject for a in annotated})} subjects"
    )
    return Text("\n".join([text, *(f"assumed: {s}" for s in recordings.assumed)]))


def files_table(recording: "Recording", recordings: "RecordingSet") -> Table:
    """The files of a recording with size, rate and length; a file that cannot be read says why."""
    from flexqa.errors import RecordingError
    from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose
    from flexqa.recordings.video import clip_info

    info = recordings.info

    def clip(path: Path) -> tuple[str, str]:
        frames, fps, width, height = clip_info(path, info.frames_fps)
        return f"{frames} frames, {width}x{height}", f"{fps:g} fps, {frames / fps:.2f} s"

    def pose(_: Path) -> tuple[str, str]:
        p = read_pose(recording, info)
        return f"{len(p.points)} samples, {p.points.shape[1]} joints", f"{p.fps:g} Hz, {len(p.points) / p.fps:.2f} s"

    def emg(_: Path) -> tuple[str, str]:
        e = read_emg(recording, info)
        samples, channels = e.samples.shape
        return f"{samples} samples, {channels} channels", f"{e.rate_hz:g} Hz, {samples / e.rate_hz:.2f} s, {e.unit}"

    def physio(_: Path) -> tuple[str, str]:
        p = read_physio(recording)
        return (
            f"{len(p.times_s)} values",
            f"{p.times_s[-1]:.0f} s, {p.heart_bpm.min():.0f}-{p.heart_bpm.max():.0f} bpm",
        )

    table = Table(
        "evidence",
        Column("file", overflow="fold"),
        "content",
        "rate",
        title=recording.id,
        title_justify="left",
        box=None,
    )
    rows: list[tuple[str, Path | None, Callable[[Path], tuple[str, str]]]] = [
        *((f"view {v}", path, clip) for v, path in recording.views.items()),
        ("pose", recording.skeleton, pose),
        ("EMG", recording.emg, emg),
        ("physio", recording.physio, physio),
    ]
    for name, path, read in rows:
        if path is None:
            continue
        try:
            content, rate = read(path)
        except RecordingError as e:
            content, rate = f"[red]{escape(str(e))}[/]", ""
        table.add_row(name, escape(str(path.relative_to(recordings.root))), content, rate)
    return table


def truth_text(a: "Annotation", graph: "Graph") -> Text:
    """Action, subject, phases and score of an annotation."""
    name = graph.actions[a.action].name if a.action in graph.actions else "not in the graph"
    who = ", ".join(filter(None, (f"subject {a.subject}", a.skill, f"rep {a.rep}" if a.rep else None)))
    load = f", {a.load_kg:g} kg" if a.load_kg is not None else ""
    phases = ", ".join(f"{s.phase} {s.start_s:.2f}-{s.end_s:.2f} s" for s in a.phases)
    names = {e: graph.errors[e].name if e in graph.errors else "not in the graph" for e in a.set_errors}
    whole = ", ".join(f"{e} {what}" for e, what in names.items())
    return Text(
        f"\n{a.action} {name}, {who}{load}, split {a.split}\nphases: {phases}\nscore: {a.score:g}"
        + (f"\nof the whole repetition, outside the score: {whole}" if whole else "")
    )


def pairs_table(a: "Annotation", graph: "Graph") -> Table | Text:
    """The observed pairs by name, with the points that each costs."""
    from flexqa.graph.walk import possible_pairs, score

    if not a.pairs:
        return Text("no errors observed")
    table = Table("keystep", "error", "phase", "points", box=None)
    possible = possible_pairs(graph, a.action) if a.action in graph.actions else ()
    lost = score(graph, a.action, [p for p in a.pairs if p in possible]).lost_by_pair if possible else {}
    for k, e in a.pairs:
        keystep, error = graph.keysteps.get(k), graph.errors.get(e)
        table.add_row(
            f"{k} {escape(keystep.name)}" if keystep else f"{k} [red]not in the graph[/]",
            f"{e} {escape(error.name)}" if error else f"{e} [red]not in the graph[/]",
            keystep.phase if keystep else "",
            f"−{lost[k, e]:.1f}" if (k, e) in lost else "[red]cannot occur here[/]",
        )
    return table


def _even(option: str, value: int) -> int:
    from flexqa.errors import BadInput

    if value % 2:
        raise BadInput(f"{option} {value}: video needs an even number of pixels, for example {value + 1}")
    return value
