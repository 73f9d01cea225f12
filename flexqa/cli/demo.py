"""`flexqa demo`: the whole way on one screen, from recordings to leaderboard."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from flexqa.cli.common import CORES
from flexqa.cli.eval import report
from flexqa.cli.render import console, progress_bar


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("demo"),
    model: Annotated[
        str | None, typer.Option("--model", help="Evaluate this model instead of one that is made on the spot.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Remove what an earlier demo wrote there first.")] = False,
) -> None:
    """Simulate recordings, ask questions about them, evaluate two baselines and a VLM, and rank them."""
    if fresh:
        shutil.rmtree(out, ignore_errors=True)
    recordings, question_file = out / "recordings", out / "questions.jsonl"
    _step(1, "Recordings", "simulated in FLEX's own layout")
    _simulate(recordings)
    _step(2, "Questions", "from a walk over the knowledge graph")
    question_file = _generate(recordings, question_file)
    _step(3, "Evaluation", "two baselines and a vision-language model")
    runs = [_evaluate(spec, recordings, question_file, out) for spec in _models(out, model)]
    _step(4, "Scores", "each with n, clusters, chance and a 95 % interval")
    _score(runs)
    _step(5, "Leaderboard", "re-scored from the raw replies")
    _rank(runs, out / "leaderboard.json")
    console.print(f"\nEverything lies in [bold]{out}[/]: recordings/, questions.jsonl, runs/, leaderboard.json")


def _step(number: int, title: str, subtitle: str) -> None:
    console.print(f"\n[bold cyan]{number}. {title}[/], {subtitle}")


def _simulate(recordings: Path) -> None:
    from flexqa.mini import ACTIONS, make_recordings
    from flexqa.recordings.flex_layout import open_recordings

    with progress_bar("simulate") as advance:
        make_recordings(recordings, CORES, advance)
    found = open_recordings(recordings)
    clips = sum(len(r.views) for r in found)
    console.print(f"{len(found)} repetitions of {len(ACTIONS)} actions, {clips} clips: {recordings}", highlight=False)


def _generate(recordings: Path, question_file: Path) -> Path:
    """Make the questions; those of the frozen mini benchmark are asked if these are the same, as they should be."""
    from flexqa.assets import default_graph
    from flexqa.cli.questions import counts_table
    from flexqa.graph.load import load_graph
    from flexqa.mini import INFO, QUESTIONS, folder
    from flexqa.questions.generate import generate
    from flexqa.questions.question_set import read_question_set
    from flexqa.recordings.flex_layout import open_recordings

    graph = load_graph(default_graph())
    with progress_bar("questions") as advance:
        manifest = generate(
            graph, open_recordings(recordings), QUESTIONS, question_file, workers=CORES, progress=advance
        )
    console.print(counts_table(manifest))
    frozen = folder() / "questions.jsonl"
    if manifest.sha256 != read_question_set(frozen).manifest.sha256:
        console.print(
            f"[yellow]These are not the questions of {INFO.name} {INFO.version}[/]: results compare with no others."
        )
        return question_file
    console.print(f"The same bytes as {INFO.name} {INFO.version}, which was audited and frozen: {frozen}")
    return frozen


def _models(out: Path, model: str | None) -> list[str]:
    """The models of the demo; without one given, a tiny checkpoint for the best engine that is installed."""
    from flexqa.adapters.registry import engines

    if model is None:
        from flexqa.published import tiny_checkpoint

        ready = {e.prefix for e in engines() if e.installed}
        engine = "vllm" if "vllm" in ready else "transformers"
        if engine != "vllm":
            console.print(
                "[yellow]vLLM is not installed here (its CPU build needs Linux x86-64): transformers it is.[/]"
            )
        checkpoint = tiny_checkpoint(out)
        model = f"{engine}:{checkpoint}"
        console.print(
            "The VLM is a tiny Qwen2.5-VL with random weights, made on the spot: it goes the whole way through the "
            "real engine, and chance is what to expect of it; its numbers are babble and will not be read."
        )
    return ["baseline:random", "baseline:prior", model]


def _evaluate(model: str, recordings: Path, question_file: Path, out: Path) -> Path:
    from flexqa.evaluation import EvalOptions, run_model
    from flexqa.published import small_options

    place = out / "runs" / "".join(c if c.isalnum() or c in ".-" else "-" for c in Path(model).name)
    small = "tiny-qwen2.5-vl" in model or model.startswith("baseline:")
    make = small_options if small else EvalOptions
    options = make(model=model, data=recordings, questions=question_file, out=place)
    with progress_bar(f"eval {place.name}") as advance:
        outcome = run_model(options, advance)
    report(outcome)
    return outcome.folder


def _score(runs: list[Path]) -> None:
    from flexqa.cli.score import score

    for run in runs:
        score(run)


def _rank(runs: list[Path], path: Path) -> None:
    from flexqa.cli.leaderboard import show
    from flexqa.leaderboard.build import build

    build(runs, path)
    show(path)
