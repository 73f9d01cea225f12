"""What controls take away or spoil; and that the oracle, with nothing to see, is at chance."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flexqa.assets import default_graph
from flexqa.cli.app import app
from flexqa.controls import removed, shown_under, spoiled_clip, spoiled_pose, swapped
from flexqa.errors import QuestionError
from flexqa.evaluation import EvalOptions, run_controls, run_model
from flexqa.graph.load import load_graph
from flexqa.media import Pose
from flexqa.presentation import Presenter
from flexqa.question import AnswerFormat, Media, Modality, Question
from flexqa.questions.question_set import media_of, read_question_set
from flexqa.questions.registry import question_types
from flexqa.record import Presentation, Sampling
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.video import read_clip
from flexqa.scoring.verdict import judge
from flexqa.store import read_run
from flexqa.vocabulary import Control

SMALL = Presentation(frames=4, size=64)


@pytest.fixture(scope="module")
def questions(question_file: Path) -> tuple[Question, ...]:
    return read_question_set(question_file).questions


def scores(folder: Path) -> dict[AnswerFormat, list[tuple[float, float]]]:
    """Answer format -> (score, chance) of each question of a run."""
    run = read_run(folder)
    by_id = {q.id: q for q in run.questions}
    found: dict[AnswerFormat, list[tuple[float, float]]] = {}
    for p in run.predictions:
        q = by_id[p.question_id]
        found.setdefault(q.answer_format, []).append((judge(q, p).score, q.chance))
    return found


def test_the_oracle_is_always_right_and_blind_at_chance(tree: Path, question_file: Path, tmp_path: Path) -> None:
    common = {
        "model": "baseline:oracle",
        "data": tree,
        "questions": question_file,
        "split": "all",
        "presentation": SMALL,
    }
    seeing = run_model(EvalOptions.model_validate({**common, "out": tmp_path / "seeing"}))
    blind = run_model(EvalOptions.model_validate({**common, "out": tmp_path / "blind", "control": "blind"}))
    assert seeing.failures == blind.failures == {}
    assert blind.decoded_clips == 0
    for form, pairs in scores(seeing.folder).items():
        # A text is read by its points, and the reader does not understand every sentence.
        lowest = min(score for score, _ in pairs)
        mean = float(np.mean([score for score, _ in pairs]))
        assert mean > 0.9 if form is AnswerFormat.TEXT else lowest == 1, form
    for form in (AnswerFormat.CHOICE, AnswerFormat.YES_NO):
        pairs = scores(blind.folder)[form]
        mean, chance = np.mean(pairs, axis=0)
        assert abs(mean - chance) < 4 * np.sqrt(chance * (1 - chance) / len(pairs))
    assert read_run(blind.folder).manifest.spec.control is Control.BLIND


def test_all_controls_run_beside_the_run_itself_on_the_questions_that_declare_them(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    fields = {"model": "baseline:random", "data": tree, "questions": question_file, "split": "all", "limit": 120}
    options = EvalOptions.model_validate({**fields, "presentation": SMALL, "out": tmp_path / "run"})
    clean, *others = run_controls(options)
    kinds = question_types()
    declared = {c for q in read_run(clean.folder).questions for c in kinds[q.type].controls}
    assert {o.folder.name for o in others} == {f"run.{control}" for control in declared}
    assert len(declared) > 8
    for outcome in others:
        run = read_run(outcome.folder)
        assert run.manifest.control_of == clean.run_id
        assert outcome.folder.name == f"run.{run.manifest.spec.control}"
        asked = [q for q in run.questions if run.manifest.spec.control in kinds[q.type].controls]
        assert all(q in asked or "dialogue" in q.groups for q in run.questions)
        assert asked
        assert len(run.predictions) == len(run.questions)
    [again, *_] = run_controls(options, [Control.BLIND])
    assert again.n_new == 0
    assert read_run(clean.folder).manifest.control_of is None


def test_a_control_that_no_question_declares_is_refused(tree: Path, question_file: Path, tmp_path: Path) -> None:
    fields = {"model": "baseline:random", "data": tree, "questions": question_file, "limit": 1}
    options = EvalOptions.model_validate({**fields, "out": tmp_path / "run"})
    with pytest.raises(QuestionError, match="no asked question has control no_physio; those of these questions are"):
        list(run_controls(options, [Control.NO_PHYSIO, Control.BLIND]))
    assert not (tmp_path / "run").exists()
    arguments = ["eval", "baseline:random", "--data", str(tree), "--questions", str(question_file)]
    wrong = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "run"), "--controls", "blinded"])
    assert wrong.exit_code == 2
    assert "there is no control 'blinded'" in wrong.output


def test_swapped_clips_are_of_another_exercise(tree: Path, questions: tuple[Question, ...]) -> None:
    recordings = open_recordings(tree)
    for q in questions:
        for m in media_of(q):
            other = swapped(Control.SWAPPED_CLIP, q, m, recordings)
            if m.modality not in (Modality.VIDEO, Modality.MULTIVIEW):
                assert other == m
                continue
            assert other.recording != m.recording
            assert other.recording[:3] != m.recording[:3] or m.window_s is not None
            assert other.view in recordings[other.recording].views
            assert other.model_copy(update={"recording": m.recording}) == m


def test_what_is_hidden_is_not_given_to_the_oracle(tree: Path, questions: tuple[Question, ...]) -> None:
    recordings = open_recordings(tree)
    for q in questions:
        used = {m.modality for m in media_of(q)}
        assert shown_under(Control.BLIND, q, recordings) is None
        assert (shown_under(Control.NO_EMG, q, recordings) is None) == (Modality.EMG in used)
        assert (shown_under(Control.FLAT_POSE, q, recordings) is None) == (Modality.POSE in used)
        assert shown_under(None, q, recordings) is q


def test_evidence_is_removed_from_the_request(tree: Path, questions: tuple[Question, ...]) -> None:
    graph, recordings = load_graph(default_graph()), open_recordings(tree)
    plain, blind, no_emg = (
        Presenter(recordings, graph, SMALL, Sampling(), control=control)
        for control in (None, Control.BLIND, Control.NO_EMG)
    )
    for q in questions[:200]:
        shown, hidden = plain.prepare(q), blind.prepare(q)
        assert len(shown.media) == len(media_of(q))
        assert hidden.media == ()
        assert len(hidden.request.parts) == 1
        assert all(u.modality is not Modality.EMG for u in no_emg.prepare(q).media)


def test_frames_are_spoiled_at_the_same_moments(tree: Path) -> None:
    path = open_recordings(tree)["A16/001"].views["1"]
    clip = read_clip(path, frames=6, size=64, frames_fps=30)
    single, shuffled, backwards = (
        spoiled_clip(control, clip, "key")
        for control in (Control.SINGLE_FRAME, Control.SHUFFLED_FRAMES, Control.REVERSED_FRAMES)
    )
    assert np.array_equal(single.frames[0], clip.frames[3])
    assert single.times_s == clip.times_s[3:4]
    assert np.array_equal(backwards.frames, clip.frames[::-1])
    assert backwards.times_s == shuffled.times_s == clip.times_s
    assert sorted(f.tobytes() for f in shuffled.frames) == sorted(f.tobytes() for f in clip.frames)
    assert len({c.sha256 for c in (clip, single, shuffled, backwards)}) == 4
    assert spoiled_clip(None, clip, "key") is clip


def test_a_flat_pose_does_not_move() -> None:
    pose = Pose(np.random.default_rng(0).normal(size=(5, 21, 3)), 50.0)
    assert np.ptp(spoiled_pose(Control.FLAT_POSE, pose).points, axis=0).max() == 0
    assert spoiled_pose(Control.NO_EMG, pose) is pose


def test_a_view_that_would_tell_the_answer_is_not_named() -> None:
    from flexqa.prompts import media_label

    media = Media(recording="A01/001", modality=Modality.MULTIVIEW, view="3", label="Clip 1")
    assert media_label(media) == "Clip 1, camera view 3:"
    assert media_label(media.model_copy(update={"tells_view": False})) == "Clip 1:"
    assert not removed(None, media)
