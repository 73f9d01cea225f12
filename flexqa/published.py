"""The published runs: what `results/` holds, and how it is made again.

A run is asked in a folder of its own and taken over when it is finished. A run that stands there already is kept if
it is the one that would be asked: times and dates, which no two runs share, change only with what is answered.
"""

import shutil
from pathlib import Path

from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.weights import revision_of
from flexqa.cost.session import SESSIONS
from flexqa.errors import AdapterError, RunError
from flexqa.evaluation import EvalOptions, run_model, spec_of
from flexqa.leaderboard.build import build
from flexqa.leaderboard.entry import Leaderboard
from flexqa.leaderboard.page import write as write_page
from flexqa.mini import folder as mini_folder
from flexqa.questions.question_file import open_question_set
from flexqa.record import Presentation, Sampling
from flexqa.rescore import score_folder
from flexqa.run import Outcome, Progress
from flexqa.store import MANIFEST, PREDICTIONS, QUESTIONS, StoredRun, read_run

LIMIT = 200
"""of the questions of the mini benchmark's test split; with all of them the repository would grow by 7 MB"""

BASELINES = ("random", "prior", "oracle")
ENGINES = ("vllm", "transformers")
"""through which the tiny checkpoint is run"""

RUNS, BOARD, PAGE = "runs", "leaderboard.json", "leaderboard.html"


def tiny_checkpoint(work: Path) -> Path:
    """The model that is made on the spot, below a working folder."""
    return make_tiny_checkpoint(work / "models" / "tiny-qwen2.5-vl")


def small_options(model: str, data: Path, questions: Path, out: Path) -> EvalOptions:
    """How a baseline or the tiny checkpoint is asked: with little evidence; what the checkpoint says is forced."""
    options = EvalOptions(
        model=model, data=data, questions=questions, out=out, presentation=Presentation(frames=8, size=224)
    )
    if model.startswith("baseline:"):
        return options
    return options.model_copy(update={"sampling": Sampling(max_tokens=8, max_text_tokens=32), "decode": "choice"})


def published_options(work: Path) -> dict[str, EvalOptions]:
    """Name of a published run -> how it is asked, in a folder below `work`."""
    checkpoint = tiny_checkpoint(work)
    models = {name: f"baseline:{name}" for name in BASELINES}
    models |= {f"tiny-{engine}": f"{engine}:{checkpoint}" for engine in ENGINES}
    questions, runs = mini_folder() / "questions.jsonl", work / "published"
    return {
        name: small_options(model, work / "recordings", questions, runs / name).model_copy(update={"limit": LIMIT})
        for name, model in models.items()
    }


def stands(folder: Path, options: EvalOptions) -> bool:
    """Whether a folder holds the finished run that these options would give: same specification, all answered."""
    try:
        stored = read_run(folder)
    except RunError:
        return False
    questions = open_question_set(options.questions)
    asked = questions.select(options.split, options.limit)
    engine, _, target = options.model.partition(":")
    revision = None if engine == "baseline" else revision_of(target)
    spec = spec_of(options, questions.manifest, len(asked), revision)
    answered = {p.key for p in stored.predictions if p.reply}
    return stored.manifest.spec == spec and answered == {spec.key(q.content_hash) for q in asked}


def ask(options: EvalOptions, *, fresh: bool, progress: Progress | None = None) -> Outcome:
    """Ask a run in the folder that its options name.

    Args:
        options: of the run; they name a folder.
        fresh: whether a finished run of these options that lies there is asked again.
        progress: of the run.

    Raises:
        AdapterError: a question has no reply.
        FlexqaError: see `run_model`.
    """
    if options.out and (fresh or not stands(options.out, options)):
        shutil.rmtree(options.out, ignore_errors=True)
    outcome = run_model(options, progress)
    if outcome.failures:
        raise AdapterError(f"{outcome.folder}: questions have no reply, {outcome.reasons}; nothing was published")
    return outcome


def take_over(asked: Path, folder: Path, options: EvalOptions) -> None:
    """Put a run that was asked anew into `folder`, unless the same run with the same replies stands there."""
    if not (stands(folder, options) and _replies(read_run(folder)) == _replies(read_run(asked))):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in (MANIFEST, QUESTIONS, PREDICTIONS, SESSIONS):
            shutil.copyfile(asked / name, folder / name)


def rank(results: Path) -> Leaderboard:
    """Score every run below `results` again, and write leaderboard and page from them alone."""
    runs = sorted(path.parent for path in (results / RUNS).glob(f"*/{MANIFEST}"))
    for run in runs:
        score_folder(run)
    # Not merged with the one before: what has no run folder here is not published.
    (results / BOARD).unlink(missing_ok=True)
    build(runs, results / BOARD)
    return write_page(results / BOARD, results / PAGE)


def _replies(run: StoredRun) -> list[tuple[str, str]]:
    """Question and reply, in the order of questions; what differs from run to run is left out."""
    return sorted((p.question_id, p.reply.text) for p in run.predictions if p.reply)
