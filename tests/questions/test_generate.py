import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.question import Level
from flexqa.questions.base import Context
from flexqa.questions.generate import GenerateOptions, answer_text, generate
from flexqa.questions.question_set import QuestionSet, write_question_set
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet


def test_a_small_set_gives_hundreds_of_questions_of_all_types(question_set: QuestionSet) -> None:
    assert len(question_set) >= 200
    assert len(question_set.manifest.by_type) == 8
    assert set(question_set.manifest.by_level) == set(Level)
    assert question_set.manifest.left_out == {}


def test_same_inputs_same_bytes(
    graph: Graph, recordings: RecordingSet, root: Path, question_set: QuestionSet, tmp_path: Path
) -> None:
    again = generate(graph, open_recordings(root), GenerateOptions(seed=7))
    write_question_set(tmp_path / "a.jsonl", question_set)
    write_question_set(tmp_path / "b.jsonl", again)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert (tmp_path / "a.manifest.json").read_bytes() == (tmp_path / "b.manifest.json").read_bytes()
    other = generate(graph, recordings, GenerateOptions(seed=8))
    assert not {q.id for q in other.questions if q.options} >= {q.id for q in question_set.questions if q.options}


def test_a_question_stays_what_it_is_when_types_and_splits_are_left_out(
    graph: Graph, recordings: RecordingSet, question_set: QuestionSet
) -> None:
    for options in (
        GenerateOptions(types=("score",)),
        GenerateOptions(types=("harder_side", "error_identification")),
        GenerateOptions(levels=(Level.CROSSMODAL,)),
        GenerateOptions(types=("error_present", "better_repetition"), splits=("test",)),
    ):
        part = generate(graph, recordings, options)
        kinds = set(part.manifest.by_type)
        expected = {q.id for q in question_set.questions if q.type in kinds and q.split in options.splits}
        assert {q.id for q in part.questions} == expected


def test_questions_of_the_same_media_stand_together(question_set: QuestionSet) -> None:
    media = [q.media for q in question_set.questions]
    changes = sum(a != b for a, b in pairwise(media))
    assert changes + 1 == len(set(media))


def test_a_sample_is_small_balanced_and_keeps_bundles_whole(
    graph: Graph, recordings: RecordingSet, question_set: QuestionSet
) -> None:
    part = generate(graph, recordings, GenerateOptions(per_type=12))
    ids = {q.id for q in question_set.questions}
    assert all(q.id in ids for q in part.questions)
    for split in ("train", "test"):
        of_split = [q for q in part.questions if q.split == split]
        assert set(Counter(q.type for q in of_split).values()) <= {11, 12}
        present = [q for q in of_split if q.type == "error_present"]
        assert set(Counter(q.groups["affirmed_negated"] for q in present).values()) == {2}
        assert set(Counter(q.groups["minimal_pair"] for q in present).values()) == {2}
        assert Counter(answer_text(q) for q in of_split if q.type == "harder_side").most_common()[-1][1] == 4
        assert set(Counter(q.action for q in of_split if q.type == "action_recognition").values()) == {2}


def test_clips_and_emg_that_are_missing_cost_their_own_questions_only(
    graph: Graph, root: Path, question_set: QuestionSet, tmp_path: Path
) -> None:
    part = Path(shutil.copytree(root, tmp_path / "part"))
    shutil.rmtree(part / "A16" / "001")
    (part / "EMG" / "A16" / "002" / "EMG.csv").write_text("0.1,0.2\n0.1,nan\n")
    questions = generate(graph, open_recordings(part), GenerateOptions())
    asked = {(m.recording, q.type) for q in questions.questions for m in q.media}
    assert "A16/001" not in {recording for recording, _ in asked}
    assert ("A16/002", "score") in asked
    assert ("A16/002", "emg_trace_match") not in asked
    assert list(questions.manifest.left_out) == ["A16/002"]
    assert "EMG.csv" in questions.manifest.left_out["A16/002"]
    untouched = {q.id for q in question_set.questions if q.type == "score" and q.media[0].recording[:3] != "A16"}
    assert untouched <= {q.id for q in questions.questions}


def test_annotations_that_do_not_fit_the_graph_are_refused(graph: Graph, root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    lines = (copy / "annotations.jsonl").read_text()
    (copy / "annotations.jsonl").write_text(lines.replace('"pairs": []', '"pairs": [["AK01", "ET999"]]', 1))
    with pytest.raises(QuestionError, match=r"A\d\d/\d+: error ET999 cannot occur in keystep AK01 .*--graph"):
        generate(graph, open_recordings(copy), GenerateOptions())


def test_recordings_without_annotations_are_refused(graph: Graph, root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    (copy / "annotations.jsonl").unlink()
    with pytest.raises(QuestionError, match="none of the 72 recordings has an annotation"):
        generate(graph, open_recordings(copy), GenerateOptions())


def test_types_that_allow_no_question_are_named(graph: Graph, root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    shutil.rmtree(copy / "EMG")
    with pytest.raises(QuestionError, match="72 annotated recordings allow no question of type harder_side"):
        generate(graph, open_recordings(copy), GenerateOptions(types=("harder_side",)))


def test_simulated_recordings_give_questions_of_all_types(graph: Graph, simulated: Context) -> None:
    questions = generate(graph, simulated.recordings, GenerateOptions())
    assert len(questions) >= 200
    assert len(questions.manifest.by_type) == 8
    assert questions.manifest.left_out == {}
