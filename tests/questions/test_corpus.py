from collections import Counter, defaultdict
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.question import Split
from flexqa.questions import corpus as module
from flexqa.questions.corpus import AT_ONCE, Corpus
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import media_of, read_question_set
from flexqa.recordings.model import Annotation, Recording, RecordingSet, RecordingsInfo

SPLITS = get_args(Split)
GRAPH = load_graph(default_graph())


def recording(index: int, subject: int, split: Split) -> Recording:
    """A recording that is annotated and has no files."""
    name = f"A02/{index:03}"
    truth = Annotation(
        recording=name, action="A02", subject=f"S{subject:02}", split=split, phases=(), pairs=(), score=100
    )
    return Recording(name, {}, None, None, None, truth)


def corpus_of(subjects: list[tuple[Split, int]]) -> Corpus:
    """Subjects, each with a split and a number of recordings."""
    kinds = [(subject, split) for subject, (split, n) in enumerate(subjects) for _ in range(n)]
    found = [recording(i, *kind) for i, kind in enumerate(kinds, 1)]
    return Corpus(GRAPH, RecordingSet(Path("set"), RecordingsInfo(), {r.id: r for r in found}), seed=7)


@given(st.lists(st.tuples(st.sampled_from(SPLITS), st.integers(1, 9)), min_size=1, max_size=60))
def test_portions_hold_each_recording_once_and_whole_subjects(subjects: list[tuple[Split, int]]) -> None:
    corpus = corpus_of(subjects)
    portions = [set_.recordings for _, set_ in corpus.portions()]
    assert sorted(r for p in portions for r in p) == sorted(corpus.recordings.recordings)
    homes = defaultdict(set)
    for i, portion in enumerate(portions):
        assert list(portion) == sorted(portion)
        assert len(portion) < AT_ONCE + max(n for _, n in subjects)
        for r in portion.values():
            assert r.annotation
            homes[r.annotation.subject].add(i)
        if len(portions) > 1:
            assert len({r.annotation.split for r in portion.values() if r.annotation}) == 1
    assert all(len(home) == 1 for home in homes.values())


def test_portions_of_a_split_are_about_equal() -> None:
    train: list[tuple[Split, int]] = [("train", 4)] * 66
    test: list[tuple[Split, int]] = [("test", 4)] * 28
    assert [len(s) for _, s in corpus_of([*train, *test]).portions()] == [56, 56, 56, 52, 52, 52, 52]


@pytest.mark.parametrize("options", [GenerateOptions(seed=7), GenerateOptions(seed=7, per_type=5)])
def test_questions_combine_recordings_of_one_portion(
    graph: Graph, recordings: RecordingSet, options: GenerateOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 8)
    portions = [set(s.recordings) for _, s in Corpus(graph, recordings, seed=7).portions()]
    assert len(portions) > len({action for action, _ in Corpus(graph, recordings, seed=7).portions()})
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    generate(graph, recordings, options, one)
    generate(graph, recordings, options, two, workers=2)
    assert one.read_bytes() == two.read_bytes()
    questions = read_question_set(one).questions
    for q in questions:
        assert any({m.recording for m in media_of(q)} <= portion for portion in portions)
    if options.per_type:
        assert max(Counter((q.type, q.split) for q in questions).values()) == options.per_type
        first = [q.action for q in questions if q.type == "action_recognition" and q.split == "train"]
        assert len(set(first)) == len(first) == 5, "actions take turns"
