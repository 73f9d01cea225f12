import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.question import Level, Modality
from flexqa.questions.generate import GenerateOptions, chosen_types, generate
from flexqa.questions.oracle import Finding
from flexqa.questions.question_set import QuestionSet, manifest_path, media_of
from flexqa.questions.registry import question_types
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from tests.questions.sets import make_set


def test_a_small_set_gives_hundreds_of_questions_of_all_types(question_set: QuestionSet) -> None:
    assert len(question_set) >= 200
    assert set(question_set.manifest.by_type) == set(question_types())
    assert set(question_set.manifest.by_level) == set(Level)
    assert question_set.manifest.left_out == {}
    assert sum(sum(n.values()) for n in question_set.manifest.by_type.values()) == len(question_set)


def test_same_inputs_same_bytes_whatever_the_number_of_processes(
    graph: Graph, recordings: RecordingSet, question_set: QuestionSet, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    told: list[tuple[int, int]] = []
    generate(graph, recordings, GenerateOptions(seed=7), one)
    generate(
        graph, recordings, GenerateOptions(seed=7), two, workers=2, progress=lambda done, of: told.append((done, of))
    )
    assert one.read_bytes() == two.read_bytes()
    assert manifest_path(one).read_bytes() == manifest_path(two).read_bytes()
    assert told[-1] == (len(recordings), len(recordings))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "one.jsonl", "one.manifest.json", "two.jsonl", "two.manifest.json",
    ]  # fmt: skip


def test_another_seed_gives_other_questions(
    graph: Graph, root: Path, question_set: QuestionSet, tmp_path: Path
) -> None:
    other = make_set(graph, root, GenerateOptions(seed=8), tmp_path / "q.jsonl")
    ids, others = ({q.id for q in s.questions if q.options} for s in (question_set, other))
    assert len(ids & others) < 0.2 * len(ids)


@pytest.mark.parametrize(
    "options",
    [
        GenerateOptions(types=("action_recognition",)),
        GenerateOptions(types=("error_present", "better_repetition"), splits=("test",)),
        GenerateOptions(levels=(Level.CROSSMODAL, Level.STANDARDS)),
        GenerateOptions(modalities=(Modality.EMG, Modality.POSE)),
        GenerateOptions(types=("dialogue_score",)),
    ],
)
def test_a_question_stays_what_it_is_when_others_are_left_out(
    graph: Graph, root: Path, question_set: QuestionSet, options: GenerateOptions, tmp_path: Path
) -> None:
    part = make_set(graph, root, options, tmp_path / "q.jsonl")
    kinds = {t.name for t in chosen_types(options)}
    expected = {q.id for q in question_set.questions if q.type in kinds and q.split in options.splits}
    assert {q.id for q in part.questions} == expected


def test_the_turns_of_a_conversation_come_with_the_last(graph: Graph, root: Path, tmp_path: Path) -> None:
    part = make_set(graph, root, GenerateOptions(types=("dialogue_score",)), tmp_path / "q.jsonl")
    assert len(part.manifest.by_type) == 4
    for q in part.questions:
        assert q.follows is None or part[q.follows].media == q.media


def test_options_that_go_with_no_type_are_refused(graph: Graph, root: Path, tmp_path: Path) -> None:
    options = GenerateOptions(types=("score",), levels=(Level.RECOGNITION,))
    with pytest.raises(QuestionError, match="no question type has these types, levels and modalities together"):
        make_set(graph, root, options, tmp_path / "q.jsonl")


def test_questions_of_the_same_media_stand_together(question_set: QuestionSet) -> None:
    media = [q.media for q in question_set.questions]
    changes = sum(a != b for a, b in pairwise(media))
    assert changes + 1 <= 1.05 * len(set(media))


def test_a_sample_is_small_balanced_and_keeps_bundles_whole(
    graph: Graph, root: Path, question_set: QuestionSet, tmp_path: Path
) -> None:
    part = make_set(graph, root, GenerateOptions(per_type=12), tmp_path / "q.jsonl")
    ids = {q.id for q in question_set.questions}
    assert all(q.id in ids for q in part.questions)
    for split in ("train", "test"):
        of_split = [q for q in part.questions if q.split == split]
        assert max(Counter(q.type for q in of_split).values()) <= 12
        present = [q for q in of_split if q.type == "error_present"]
        assert set(Counter(q.groups["affirmed_negated"] for q in present).values()) == {2}
        assert set(Counter(q.groups["minimal_pair"] for q in present).values()) == {2}
        assert set(Counter(q.action for q in of_split if q.type == "action_recognition").values()) == {2}


@pytest.mark.parametrize("limits", [{"per_type": 20}, {"per_recording": 12}])
def test_a_sample_takes_equal_shares_where_the_draw_balances(
    graph: Graph, root: Path, question_set: QuestionSet, limits: dict[str, int], tmp_path: Path
) -> None:
    part = make_set(graph, root, GenerateOptions(**limits), tmp_path / "q.jsonl")
    drawn = {name for name, kind in question_types().items() if kind.balanced == "drawn"}
    for kind in drawn - {"keystep_order", "keystep_of_phase"} if "per_recording" in limits else drawn:
        made, kept = (
            Counter((q.split, q.action) for q in s.questions if q.type == kind) for s in (question_set, part)
        )
        for split in ("train", "test"):
            share = sum(n for (s, _), n in kept.items() if s == split) / sum(
                n for (s, _), n in made.items() if s == split
            )
            assert all(abs(kept[key] - share * n) <= 2 for key, n in made.items() if key[0] == split), (
                kind,
                kept,
                made,
            )


def test_few_questions_show_each_recording(graph: Graph, root: Path, tmp_path: Path) -> None:
    part = make_set(graph, root, GenerateOptions(per_recording=5), tmp_path / "q.jsonl")
    shown = Counter(r for q in part.questions for r in {m.recording for m in q.media})
    assert max(shown.values()) <= 5
    assert len(part.manifest.by_type) >= 15


def test_evidence_that_is_missing_costs_its_own_questions_only(
    graph: Graph, root: Path, question_set: QuestionSet, tmp_path: Path
) -> None:
    part = Path(shutil.copytree(root, tmp_path / "part"))
    shutil.rmtree(part / "A16" / "001")
    (part / "EMG" / "A16" / "002" / "EMG.csv").write_text("0.1,0.2\n0.1,nan\n")
    questions = make_set(graph, part, GenerateOptions(), tmp_path / "q.jsonl")
    asked = {(m.recording, m.modality) for q in questions.questions for m in media_of(q)}
    assert ("A16/001", Modality.VIDEO) not in asked
    assert ("A16/002", Modality.VIDEO) in asked
    assert ("A16/002", Modality.EMG) not in asked
    assert list(questions.manifest.left_out) == ["A16/002"]
    assert "EMG.csv" in questions.manifest.left_out["A16/002"]
    elsewhere = {q.id for q in question_set.questions if q.type == "error_present" and q.action != "A16"}
    assert elsewhere <= {q.id for q in questions.questions}


def test_what_the_oracle_cannot_check_is_asked_on_request(graph: Graph, written_root: Path, tmp_path: Path) -> None:
    options = GenerateOptions(types=("action_recognition", "error_present"))
    with pytest.raises(QuestionError, match=r"could not be checked for want of pose files .*--unchecked"):
        make_set(graph, written_root, options, tmp_path / "q.jsonl")
    asked = make_set(graph, written_root, options.model_copy(update={"unchecked": True}), tmp_path / "q.jsonl")
    assert set(asked.manifest.oracle["action_recognition"]) == {Finding.UNCHECKED}
    assert set(asked.manifest.by_type) == {"action_recognition", "error_present"}


def test_annotations_that_do_not_fit_the_graph_are_refused(graph: Graph, root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    lines = (copy / "annotations.jsonl").read_text()
    assert '"pairs":[]' in lines
    (copy / "annotations.jsonl").write_text(lines.replace('"pairs":[]', '"pairs":[["AK01","ET999"]]', 1))
    with pytest.raises(QuestionError, match=r"A\d\d/\d+: error ET999 cannot occur in keystep AK01 .*--graph"):
        make_set(graph, copy, GenerateOptions(), tmp_path / "q.jsonl")


def test_recordings_without_annotations_are_refused(graph: Graph, root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    (copy / "annotations.jsonl").unlink()
    with pytest.raises(QuestionError, match="none of the 144 recordings has an annotation"):
        make_set(graph, copy, GenerateOptions(), tmp_path / "q.jsonl")


def test_types_that_allow_no_question_are_named(graph: Graph, root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    shutil.rmtree(copy / "EMG")
    with pytest.raises(QuestionError, match="144 annotated recordings allow no question of type emg_trace_match"):
        make_set(graph, copy, GenerateOptions(types=("emg_trace_match",)), tmp_path / "q.jsonl")
    assert not (tmp_path / "q.jsonl").exists()


def test_recordings_are_opened_anew_for_each_set(root: Path, recordings: RecordingSet) -> None:
    assert open_recordings(root).recordings.keys() == recordings.recordings.keys()
