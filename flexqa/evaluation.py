"""One evaluation from its options: opens the recordings, the questions, the model, and hands them to the loop."""

import time
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import Field

from flexqa.adapters.weights import public_spec
from flexqa.assets import default_graph
from flexqa.errors import QuestionError
from flexqa.executors.base import Executor, Setup
from flexqa.executors.here import Here
from flexqa.executors.replicas import Replicas
from flexqa.graph.load import load_graph
from flexqa.prompts import prompts_hash
from flexqa.questions.question_file import Lines, open_question_set
from flexqa.questions.question_set import QuestionSetManifest, check_recordings
from flexqa.questions.registry import question_types
from flexqa.record import ModelRef, QuestionSetRef, RunSpec
from flexqa.recordings.flex_layout import fingerprint, open_recordings
from flexqa.run import Outcome, Progress, evaluate
from flexqa.store import run_id_of
from flexqa.vocabulary import Control


class EvalOptions(Setup):
    """What `flexqa eval` is asked to do."""

    out: Path | None = None
    """run folder; null is `runs/<run id>`"""
    split: Literal["train", "val", "test", "all"] = "test"
    limit: int | None = None
    control: Control | None = None
    retry_failed: bool = False
    executor: Literal["here", "ray"] = "here"
    """in this process, or in replicas on a Ray cluster; no part of a run's identity"""
    replicas: int = Field(1, ge=1)
    gpus_per_replica: float | None = None
    """null is one where the cluster has GPUs"""


def run_model(options: EvalOptions, progress: Progress | None = None) -> Outcome:
    """Run one model on one question set.

    Raises:
        FlexqaError: something that the options name cannot be used; the message says what to change.
    """
    with closing(_Evaluation(options)) as evaluation:
        return evaluation.run(options.control, options.out, progress)


def run_controls(
    options: EvalOptions, controls: Collection[Control] | None = None, progress: Progress | None = None
) -> Iterator[Outcome]:
    """Run one model on the evidence as it is, and then under controls, each in a folder beside the first.

    Under a control only those questions are asked whose type declares it: the others would be asked the same again.

    Args:
        options: of the first run; `control` must be null.
        controls: which of them; null is all that the types of the asked questions declare.
        progress: of each run.

    Yields:
        The first run, then one per control.

    Raises:
        FlexqaError: something that the options name cannot be used; the message says what to change.
        QuestionError: no asked question declares one of the controls.
    """
    with closing(_Evaluation(options)) as evaluation:
        declared = evaluation.declared_controls()
        if strange := sorted(set(controls or ()) - set(declared)):
            raise QuestionError(
                f"no asked question has control {strange[0]}; those of these questions are {', '.join(declared)}"
            )
        clean = evaluation.run(None, options.out, progress)
        yield clean
        for control in declared:
            if controls is None or control in controls:
                folder = clean.folder.with_name(f"{clean.folder.name}.{control}")
                yield evaluation.run(control, folder, progress, evaluation.declaring(control))


class _Evaluation:
    """A model, opened once, with the questions that it is asked."""

    def __init__(self, options: EvalOptions) -> None:
        began = time.perf_counter()
        self.options = options
        graph = load_graph(options.graph or default_graph())
        recordings = open_recordings(options.data)
        question_file = open_question_set(options.questions)
        manifest = question_file.manifest
        check_recordings(manifest, question_file.recordings, recordings, fingerprint(recordings))
        self.asked = question_file.select(options.split, options.limit)
        self.skills = recordings.skills
        self.executor: Executor
        if options.executor == "ray":
            self.executor = Replicas(options, options.replicas, options.gpus_per_replica)
        else:
            self.executor = Here(options, graph, recordings)
        self.clean = spec_of(options, manifest, len(self.asked), self.executor.revision(), self.executor.operational)
        """the specification of the run on the evidence as it is; made once, since it hashes the weights"""
        self.startup_s = time.perf_counter() - began
        """spent before the first run; zero after it: the model is there"""

    def close(self) -> None:
        self.executor.close()

    def declared_controls(self) -> tuple[Control, ...]:
        """Those that the types of the asked questions declare."""
        kinds = question_types()
        types = {q.type for q in self.asked}
        return tuple(c for c in Control if any(c in kinds[name].controls for name in types))

    def declaring(self, control: Control) -> Lines:
        """The asked questions whose type declares a control, with the conversations that they belong to."""
        kinds = question_types()
        talks = {q.groups.get("dialogue") for q in self.asked if control in kinds[q.type].controls} - {None}
        return self.asked.where(lambda q: control in kinds[q.type].controls or q.groups.get("dialogue") in talks)

    def run(
        self, control: Control | None, out: Path | None, progress: Progress | None, asked: Lines | None = None
    ) -> Outcome:
        """Ask the questions, or some of them, under a control."""
        asked = self.asked if asked is None else asked
        questions = self.clean.questions.model_copy(update={"n_questions": len(asked)})
        spec = self.clean.model_copy(update={"control": control, "questions": questions})
        startup_s, self.startup_s = self.startup_s, 0.0
        return evaluate(
            self.executor,
            asked,
            spec,
            out or Path("runs") / run_id_of(spec),
            control_of=run_id_of(self.clean) if control else None,
            skills=self.skills,
            retry_failed=self.options.retry_failed,
            startup_s=round(startup_s, 6),
            progress=progress,
        )


def spec_of(
    options: EvalOptions,
    manifest: QuestionSetManifest,
    n_questions: int,
    revision: str | None,
    operational: Collection[str] = (),
) -> RunSpec:
    """The specification of the run on the evidence as it is.

    Args:
        options: of the run.
        manifest: of the question set that is asked.
        n_questions: how many of it.
        revision: of the model's weights.
        operational: names of adapter options that are no part of a run's identity.
    """
    return RunSpec(
        # Folders of this machine are no part of a model's name: the revision says which weights they held.
        model=ModelRef(name=public_spec(options.model), revision=revision),
        adapter_options={k: v for k, v in options.adapter_options.items() if k not in operational},
        presentation=options.presentation,
        sampling=options.sampling,
        decode=options.decode,
        prompts_sha256=prompts_hash(),
        questions=QuestionSetRef(
            sha256=manifest.sha256,
            n_questions=n_questions,
            split=options.split,
            limit=options.limit,
            graph_sha256=manifest.graph_sha256,
            recordings_sha256=manifest.recordings_sha256,
            generator_version=manifest.generator_version,
            seed=manifest.seed,
        ),
    )
