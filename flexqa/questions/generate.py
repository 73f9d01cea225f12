"""Make a question set: a pure function of graph, recordings and options.

The recordings are worked on in portions, in as many processes as wanted. For each, every type makes its questions,
the oracle takes out those that the evidence does not answer, and a selection takes as many as wanted, balanced.
Nothing depends on what another portion did, and what is finished is on disk. So a worker's memory does not grow with
the number of recordings or questions; the parent holds the annotations, about 7 KiB for each recording.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.processes import in_processes
from flexqa.question import Level, Modality, Question, Split
from flexqa.questions.base import QuestionType
from flexqa.questions.bundles import Bundle, bundles, in_turn
from flexqa.questions.context import Context
from flexqa.questions.corpus import Corpus, Outline
from flexqa.questions.draw import Draw
from flexqa.questions.eye import Eye
from flexqa.questions.oracle import Finding, check
from flexqa.questions.question_set import Provenance, QuestionSetManifest, place, question_line, write_question_set
from flexqa.questions.registry import question_type, question_types
from flexqa.questions.selection import Candidate, Limits, select
from flexqa.recordings.flex_layout import fingerprint
from flexqa.recordings.model import RecordingSet

GENERATOR_VERSION = "4"
"""Goes up when equal inputs give other questions."""

Progress = Callable[[int, int], None]
"""recordings done, recordings in all"""


class GenerateOptions(Limits):
    """Which questions to make."""

    seed: int = 7
    types: tuple[str, ...] = ()
    """names of question types; empty is all"""
    levels: tuple[Level, ...] = ()
    """empty is all"""
    modalities: tuple[Modality, ...] = ()
    """only types that need nothing else than these; empty is all"""
    splits: tuple[Split, ...] = ("train", "val", "test")
    unchecked: bool = False
    """also ask what the oracle cannot look at, for want of a pose file or of criteria in the graph"""


def generate(
    graph: Graph,
    recordings: RecordingSet,
    options: GenerateOptions,
    path: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> QuestionSetManifest:
    """Make all questions that the recordings allow, or a sample of them, and write them with their manifest.

    Raises:
        QuestionError: an unknown type, annotations that do not fit the graph, or no question can be made.
    """
    corpus = Corpus(graph, recordings, options.seed, options.splits)
    work = _Work(corpus.outline, options)
    annotated = sum(map(len, corpus.by_action.values()))
    if not annotated:
        raise QuestionError(
            f"{recordings.root}: none of the {len(recordings)} recordings has an annotation of split "
            f"{' or '.join(options.splits)}; questions are made from annotations.jsonl"
        )
    parts: list[_Part] = []
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        tasks = [(*portion, Path(folder) / str(i)) for i, portion in enumerate(corpus.portions())]
        done = 0
        for part in in_processes(work, tasks, min(workers, len(tasks))):
            parts.append(part)
            done += part.n_recordings
            if progress:
                progress(done, annotated)
        if not any(part.n_questions for part in parts):
            raise QuestionError(_nothing(recordings, work, annotated, parts))
        return write_question_set(path, _merged(parts, options.per_type), _provenance(corpus, options, parts))


def chosen_types(options: GenerateOptions) -> tuple[QuestionType, ...]:
    """The types that the options name, and the earlier turns of conversations that they end.

    Raises:
        QuestionError: there is no such type, or none fits.
    """
    named = [question_type(name) for name in options.types] or list(question_types().values())
    chosen = {
        t.name
        for t in named
        if (not options.levels or t.level in options.levels)
        and (not options.modalities or set(t.modalities) <= set(options.modalities))
    }
    if not chosen:
        raise QuestionError(
            "no question type has these types, levels and modalities together; flexqa questions types lists them"
        )
    while earlier := {t for name in chosen if (t := question_type(name).turn_after)} - chosen:
        chosen |= earlier
    return tuple(question_type(name) for name in sorted(chosen))


@dataclass(frozen=True, slots=True)
class _Taken:
    """A bundle that was taken, in brief."""

    type: str
    split: Split
    size: int
    share: float | None
    """see `flexqa.questions.selection.Candidate`"""


def _brief(candidate: Candidate) -> _Taken:
    first = candidate.bundle[0]
    return _Taken(first.type, first.split, len(candidate.bundle), candidate.share)


@dataclass(frozen=True, slots=True)
class _Part:
    """What came of one portion."""

    action: str
    n_recordings: int
    n_questions: int
    file: Path
    """one line per question, in the order of the set"""
    bundles: tuple[_Taken, ...]
    """in the order in which they were taken; empty where no limit over all portions chooses among them"""
    bundle_of_line: tuple[int, ...]
    """likewise"""
    findings: Mapping[str, Counter[str]]
    """type -> finding of the oracle -> questions"""
    left_out: Mapping[str, str]


@dataclass(frozen=True)
class _Work:
    """Makes the questions of one portion; travels to other processes."""

    outline: Outline
    options: GenerateOptions
    kinds: Mapping[str, QuestionType] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", {t.name: t for t in chosen_types(self.options)})

    def __call__(self, task: tuple[str, RecordingSet, Path]) -> _Part:
        """Make the questions of a portion and write them to a file."""
        action, recordings, file = task
        context = Context(self.outline, action, recordings)
        findings: dict[str, Counter[str]] = {name: Counter() for name in self.kinds}
        sound = self._sound(context, findings)
        sizes = {split: len(group) for split, group in context.by_split.items()}
        taken = select(sound, self.kinds, self.options, context.draw("selection"), sizes)
        lines = sorted((place(q), n, q) for n, candidate in enumerate(taken) for q in candidate.bundle)
        with file.open("w", encoding="utf-8", newline="\n") as f:
            f.writelines(question_line(q) for *_, q in lines)
        chosen_from = self.options.per_type is not None
        return _Part(
            action=action,
            n_recordings=len(recordings),
            n_questions=len(lines),
            file=file,
            bundles=tuple(_brief(c) for c in taken) if chosen_from else (),
            bundle_of_line=tuple(n for _, n, _ in lines) if chosen_from else (),
            findings=findings,
            left_out=context.left_out,
        )

    def _sound(self, context: Context, findings: Mapping[str, Counter[str]]) -> Iterator[Bundle]:
        """The bundles whose every question the oracle answers as the annotation has it."""
        eye = Eye(self.outline.graph, context.recordings)
        passes = {Finding.AGREES, Finding.UNCHECKED} if self.options.unchecked else {Finding.AGREES}
        found: dict[str, Finding] = {}
        questions: list[Question] = []
        for kind in self.kinds.values():
            for question in kind.generate(context):
                if question.id in found:
                    raise QuestionError(
                        f"question {question.id} was generated twice; the generator of its type repeats itself"
                    )
                found[question.id] = check(kind, question, eye)
                findings[kind.name][found[question.id]] += 1
                questions.append(question)
        yield from (b for b in bundles(questions) if all(found[q.id] in passes for q in b))


def _merged(parts: list[_Part], per_type: int | None) -> Iterator[str]:
    """The lines of all portions; of each type and split at most `per_type`, actions taking turns."""
    kept = None if per_type is None else _taking_turns(parts, per_type)
    for i, part in enumerate(parts):
        with part.file.open(encoding="utf-8", newline="\n") as f:
            if kept is None:
                yield from f
            else:
                yield from (line for line, n in zip(f, part.bundle_of_line, strict=True) if n in kept[i])


def _taking_turns(parts: list[_Part], per_type: int) -> list[set[int]]:
    """Which bundles of each portion are kept: the first of each action, then the second of each, and so on.

    Of types that are asked in equal shares of all actions: those with the least share before them.
    """
    queues: defaultdict[tuple[str, str, str], dict[int, list[tuple[int, int]]]] = defaultdict(dict)
    for i, part in enumerate(parts):
        for n, taken in enumerate(part.bundles):
            queues[taken.type, taken.split, part.action].setdefault(i, []).append((i, n))
    turns = sorted(
        (rank if (share := parts[i].bundles[n].share) is None else share, chance, kind, split, i, n)
        for (kind, split, action), of_portions in queues.items()
        for chance in [Draw(("action", kind, split)).unit(action)]
        for rank, (i, n) in enumerate(in_turn(of_portions.values()))
    )
    kept: list[set[int]] = [set() for _ in parts]
    room: Counter[tuple[str, str]] = Counter()
    for *_, kind, split, i, n in turns:
        size = parts[i].bundles[n].size
        if room[kind, split] + size <= per_type:
            room[kind, split] += size
            kept[i].add(n)
    return kept


def _provenance(corpus: Corpus, options: GenerateOptions, parts: list[_Part]) -> Provenance:
    oracle = {name: Counter[str]() for name in parts[0].findings}
    for part in parts:
        for name, counts in part.findings.items():
            oracle[name] += counts
    return Provenance(
        generator_version=GENERATOR_VERSION,
        seed=options.seed,
        graph_sha256=corpus.graph.sha256,
        recordings_sha256=fingerprint(corpus.recordings),
        left_out=dict(sorted(item for part in parts for item in part.left_out.items())),
        oracle={name: dict(sorted(counts.items())) for name, counts in oracle.items()},
    )


def _nothing(recordings: RecordingSet, work: _Work, n: int, parts: list[_Part]) -> str:
    unchecked = sum(counts[Finding.UNCHECKED] for part in parts for counts in part.findings.values())
    remedy = (
        f"{unchecked} could not be checked for want of pose files or criteria; --unchecked asks them all the same"
        if unchecked
        else "they may lack clips or sensors, or be too few"
    )
    return f"{recordings.root}: {n} annotated recordings allow no question of type {', '.join(work.kinds)}; {remedy}"
