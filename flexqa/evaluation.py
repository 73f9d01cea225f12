"""One evaluation from its options: opens the recordings, the questions, the model, and hands them to the loop."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import Field

from flexqa.adapters.base import Adapter, OpenBook
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
    graph = load_graph(options.graph or default_graph())
    recordings = open_recordings(options.data)
    question_set = read_question_set(options.questions)
    check_recordings(question_set, recordings, fingerprint(recordings))
    asked = select(question_set.questions, options.split, options.limit)
    with closing(create(options.model, options.adapter_options)) as adapter:
        if open_book := isinstance(adapter, OpenBook):
            eye = Eye(graph, recordings)
            adapter.open(lambda question: solve(question, eye))
        presenter = Presenter(
            recordings,
            graph,
            options.presentation,
            options.sampling,
            options.decode,
            options.control,
            open_book=open_book,
        )
        adapter.learn(q for q in question_set.questions if q.split == "train")
        spec = _spec(options, adapter, question_set, len(asked))
        folder = options.out or Path("runs") / run_id_of(spec)
        with closing(presenter):
            return evaluate(
                adapter, asked, presenter, spec, folder, retry_failed=options.retry_failed, progress=progress
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


def _spec(options: EvalOptions, adapter: Adapter, question_set: QuestionSet, n_questions: int) -> RunSpec:
    manifest = question_set.manifest
    engine, _, target = options.model.partition(":")
    # Folders of this machine are no part of a model's name: the revision says which weights they held.
    name = f"{Path(engine).name}:{public_name(target)}"
    return RunSpec(
        model=ModelRef(name=name, revision=adapter.revision()),
        adapter_options=dict(options.adapter_options),
        presentation=options.presentation,
        sampling=options.sampling,
        decode=options.decode,
        control=options.control,
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
