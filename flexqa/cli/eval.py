"""`flexqa eval`: run a model on a question set."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from flexqa.cli.common import AdapterOptions, GraphOption, checked, key_value, listed
from flexqa.cli.render import console, progress_bar
from flexqa.vocabulary import Control

if TYPE_CHECKING:
    from flexqa.run import Outcome


def evaluate(
    model: Annotated[str, typer.Argument(help="vllm:ID, transformers:ID, baseline:random, my_model.py:MyVLM ...")],
    data: Annotated[Path, typer.Option("--data", help="Folder of recordings.")],
    questions: Annotated[Path, typer.Option("--questions", help="Question set, a JSONL file.")],
    out: Annotated[Path | None, typer.Option("--out", help="Run folder; default: runs/<run id>.")] = None,
    split: Annotated[Literal["train", "val", "test", "all"], typer.Option(help="Questions to ask.")] = "test",
    limit: Annotated[int | None, typer.Option(min=1, help="Ask at most so many, of all types.")] = None,
    frames: Annotated[int, typer.Option(min=1, help="Frames per clip, evenly in time.")] = 16,
    size: Annotated[int, typer.Option(min=28, help="Longest side of a frame in pixels.")] = 448,
    sensors: Annotated[
        Literal["text", "plot"], typer.Option(help="Pose, EMG and rates as numbers to read, or as a plot to look at.")
    ] = "text",
    decode: Annotated[
        Literal["free", "choice"],
        typer.Option(
            help="free: read the generated text; choice: force a letter, yes or no; keep their log-probabilities."
        ),
    ] = "free",
    control: Annotated[
        Control | None, typer.Option(help="Take evidence away or spoil it: what is scored without looking.")
    ] = None,
    controls: Annotated[
        str,
        typer.Option(help="After the run itself run these controls, with commas, or all that its questions declare."),
    ] = "",
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest reply, in tokens.")] = 64,
    max_text_tokens: Annotated[int, typer.Option(min=1, help="Longest answer in free text, in tokens.")] = 320,
    temperature: Annotated[float, typer.Option(min=0.0)] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the sampling.")] = 0,
    option: AdapterOptions = None,
    engine_arg: Annotated[
        list[str] | None,
        typer.Option("--engine-arg", metavar="KEY=VALUE", help="Handed to vLLM's EngineArgs as it is; repeatable."),
    ] = None,
    executor: Annotated[
        Literal["here", "ray"], typer.Option(help="here: in this process; ray: in replicas on a Ray cluster.")
    ] = "here",
    replicas: Annotated[int, typer.Option(min=1, help="How many models, each with clips of its own; with ray.")] = 1,
    gpus_per_replica: Annotated[
        float | None, typer.Option(min=0, help="GPUs of a replica.", show_default="1 if the cluster has any")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Ask failed questions again.")] = False,
    graph: GraphOption = None,
) -> None:
    """Run a model on a question set; run again and it does only what is missing. Exit 1 when requests failed."""
    from flexqa.adapters.options import PASSED_ON
    from flexqa.evaluation import EvalOptions, run_controls, run_model
    from flexqa.record import Presentation, Sampling

    options = EvalOptions(
        model=model,
        data=data,
        questions=questions,
        out=out,
        split=split,
        limit=limit,
        presentation=checked(Presentation, {"frames": frames, "size": size, "sensors": sensors}),
        sampling=Sampling(temperature=temperature, max_tokens=max_tokens, max_text_tokens=max_text_tokens, seed=seed),
        decode=decode,
        control=control,
        adapter_options=dict(key_value(o) for o in option or [])
        | {f"{PASSED_ON}{key}": value for key, value in map(key_value, engine_arg or [])},
        retry_failed=retry_failed,
        executor=executor,
        replicas=replicas,
        gpus_per_replica=gpus_per_replica,
        graph=graph,
    )
    if executor == "here" and (replicas > 1 or gpus_per_replica is not None):
        raise typer.BadParameter("--replicas and --gpus-per-replica go with --executor ray")
    if control and controls:
        raise typer.BadParameter("give --control for one run, or --controls for the run itself and its controls")
    wanted = _controls(controls)
    with progress_bar(f"eval {model}") as advance:
        outcomes = list(run_controls(options, wanted, advance)) if controls else [run_model(options, advance)]
    for outcome in outcomes:
        report(outcome)
    if any(outcome.failures for outcome in outcomes):
        raise typer.Exit(1)


def report(outcome: "Outcome") -> None:
    """Say what a run came to."""
    failed = ", ".join(f"{n} {kind}" for kind, n in sorted(outcome.failures.items()))
    console.print(
        f"{outcome.n_questions} questions, {outcome.n_new} asked now, {outcome.decoded_clips} clips decoded, "
        f"{'[red]failed: ' + escape(failed) + '[/]' if failed else 'none failed'}: {outcome.folder}",
        highlight=False,
        soft_wrap=True,
    )
    for kind, reason in sorted(outcome.reasons.items()):
        console.print(f"  {kind}, first: {escape(reason)}", highlight=False, soft_wrap=True)


def _controls(text: str) -> tuple[Control, ...] | None:
    """The named controls; null for all."""
    if text == "all":
        return None
    names = listed(text)
    if strange := [name for name in names if name not in set(Control)]:
        raise typer.BadParameter(f"there is no control {strange[0]!r}; choose from all, {', '.join(Control)}")
    return tuple(Control(name) for name in names)
