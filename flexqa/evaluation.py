"""One evaluation from its options: opens the recordings, the questions, the model, and hands them to the loop."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import Field

from flexqa.adapters.base import OpenBook
from flexqa.adapters.registry import create
from flexqa.adapters.weights import public_name
from flexqa.assets import default_graph
from flexqa.errors import QuestionError
from flexqa.graph.load import load_graph
from flexqa.presentation import Presenter
from flexqa.prompts import prompts_hash
from flexqa.question import Frozen, Question
from flexqa.questions.bundles import sample
from flexqa.questions.draw import Draw
from flexqa.questions.eye import Eye
from flexqa.questions.oracle import solve
from flexqa.questions.question_set import QuestionSet, check_recordings, read_question_set
from flexqa.questions.registry import question_types
from flexqa.record import ModelRef, Presentation, QuestionSetRef, RunSpec, Sampling
from flexqa.recordings.flex_layout import fingerprint, open_recordings
from flexqa.run import Outcome, Progress, evaluate
from flexqa.store import run_id_of
from flexqa.vocabulary import Control


class EvalOptions(Frozen):
    """What `flexqa eval` is asked to do."""

    model: str
    data: Path
    questions: Path
    out: Path | None = None
    """run folder; null is `runs/<run id>`"""
    split: Literal["train", "val", "test", "all"] = "test"
    limit: int | None = None
    presentation: Presentation = Presentation()
    sampling: Sampling = Sampling()
    decode: Literal["free", "choice"] = "free"
    control: Control | None = None
    adapter_options: Mapping[str, str] = Field(default_factory=dict)
    retry_failed: bool = False
    graph: Path | None = None


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
                yield evaluation.run(control, folder, progress, declared[control])


class _Evaluation:
    """A model, opened once, with the questions that it is asked."""

    def __init__(self, options: EvalOptions) -> None:
        began = time.perf_counter()
        self.options = options
        self.graph = load_graph(options.graph or default_graph())
        self.recordings = open_recordings(options.data)
        self.question_set = read_question_set(options.questions)
        check_recordings(self.question_set, self.recordings, fingerprint(self.recordings))
        self.asked = select(self.question_set.questions, options.split, options.limit)
        self.adapter = create(options.model, options.adapter_options)
        if isinstance(self.adapter, OpenBook):
            eye = Eye(self.graph, self.recordings)
            self.adapter.open(lambda question: solve(question, eye))
        self.adapter.learn(q for q in self.question_set.questions if q.split == "train")
        self.clean = spec_of(
            options, self.question_set, len(self.asked), self.adapter.revision(), self.adapter.operational
        )
        """the specification of the run on the evidence as it is; made once, since it hashes the weights"""
        self.startup_s = time.perf_counter() - began
        """spent before the first run; zero after it: the model is there"""

    def close(self) -> None:
        self.adapter.close()

    def declared_controls(self) -> dict[Control, tuple[Question, ...]]:
        """Control -> the asked questions whose type declares it, with the conversations that they belong to."""
        kinds = question_types()
        declared = {}
        for control in Control:
            found = {q.id for q in self.asked if control in kinds[q.type].controls}
            talks = {q.groups["dialogue"] for q in self.asked if q.id in found and "dialogue" in q.groups}
            if found:
                declared[control] = tuple(q for q in self.asked if q.id in found or q.groups.get("dialogue") in talks)
        return declared

    def run(
        self,
        control: Control | None,
        out: Path | None,
        progress: Progress | None,
        asked: tuple[Question, ...] | None = None,
    ) -> Outcome:
        """Ask the questions, or some of them, under a control."""
        options = self.options
        presenter = Presenter(
            self.recordings,
            self.graph,
            options.presentation,
            options.sampling,
            options.decode,
            control,
            open_book=isinstance(self.adapter, OpenBook),
        )
        asked = self.asked if asked is None else asked
        questions = self.clean.questions.model_copy(update={"n_questions": len(asked)})
        spec = self.clean.model_copy(update={"control": control, "questions": questions})
        startup_s, self.startup_s = self.startup_s, 0.0
        with closing(presenter):
            return evaluate(
                self.adapter,
                asked,
                presenter,
                spec,
                out or Path("runs") / run_id_of(spec),
                control_of=run_id_of(self.clean) if control else None,
                retry_failed=options.retry_failed,
                startup_s=round(startup_s, 6),
                progress=progress,
            )


def select(questions: Iterable[Question], split: str, limit: int | None) -> tuple[Question, ...]:
    """The questions of a split; a limit keeps linked questions together and goes round the types and answers.

    Raises:
        QuestionError: the split has no questions.
    """
    chosen = [q for q in questions if split in (q.split, "all")]
    if not chosen:
        raise QuestionError(f"the question set has no questions of split {split!r}; try --split all")
    return tuple(chosen) if limit is None else tuple(sample(chosen, limit, Draw(("limit",))))


def spec_of(
    options: EvalOptions,
    question_set: QuestionSet,
    n_questions: int,
    revision: str | None,
    operational: Collection[str] = (),
) -> RunSpec:
    """The specification of the run on the evidence as it is.

    Args:
        options: of the run.
        question_set: that is asked.
        n_questions: how many of it.
        revision: of the model's weights.
        operational: names of adapter options that are no part of a run's identity.
    """
    manifest = question_set.manifest
    engine, _, target = options.model.partition(":")
    # Folders of this machine are no part of a model's name: the revision says which weights they held.
    name = f"{Path(engine).name}:{public_name(target)}"
    return RunSpec(
        model=ModelRef(name=name, revision=revision),
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
