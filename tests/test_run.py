"""The loop against real files, real processes and a real SIGKILL."""

import json
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flexqa.adapters.fake import Echo
from flexqa.assets import default_graph
from flexqa.errors import BadInput, QuestionError
from flexqa.evaluation import EvalOptions, run_model
from flexqa.graph.load import load_graph
from flexqa.media import Clip
from flexqa.question import Modality
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.questions.question_set import read_question_set
from flexqa.record import Prediction, Presentation
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.video import read_clip
from flexqa.run import Outcome
from flexqa.store import read_run
from tests.killing import killed, whole_lines
from tests.recordings.numbered import write_mp4

SMALL = Presentation(frames=4, size=64)


def options(model: str, tree: Path, questions: Path, out: Path, **changes: object) -> EvalOptions:
    fields = {"model": model, "data": tree, "questions": questions, "out": out, "split": "all", "presentation": SMALL}
    return EvalOptions.model_validate({**fields, **changes})


def answers(folder: Path) -> dict[str, tuple[str, str | None, str]]:
    """What a run answered, less what time and place put into it."""
    return {p.question_id: (p.key, p.reply.text if p.reply else None, p.status) for p in read_run(folder).predictions}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tree: Path, question_file: Path) -> Outcome:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    return run_model(options("fake:echo", tree, question_file, out))


def test_each_question_gets_one_prediction_and_each_clip_is_decoded_once(undisturbed: Outcome) -> None:
    run = read_run(undisturbed.folder)
    assert undisturbed.failures == {}
    assert Counter(p.question_id for p in run.predictions) == Counter(q.id for q in run.questions)
    single = {(m.recording, m.view) for q in run.questions for m in q.media if len(q.media) == 1}
    pairs = sum(len(q.media) for q in run.questions if len(q.media) > 1)
    assert undisturbed.decoded_clips <= len(single) + pairs


@pytest.mark.parametrize("on_processor", [False, True])
def test_clips_are_decoded_ahead_unless_the_model_needs_the_processors(
    tree: Path, question_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_processor: bool
) -> None:
    threads = set[str]()

    def read(path: Path, **how: Any) -> Clip:
        threads.add(threading.current_thread().name)
        return read_clip(path, **how)

    monkeypatch.setattr(Echo, "on_processor", on_processor)
    monkeypatch.setattr("flexqa.presentation.read_clip", read)
    assert run_model(options("fake:echo", tree, question_file, tmp_path / "run", limit=20)).failures == {}
    assert (threads == {threading.current_thread().name}) is on_processor
    assert all(name.startswith("read-ahead") for name in threads) is not on_processor


def test_running_again_asks_nothing(undisturbed: Outcome, tree: Path, question_file: Path) -> None:
    before = (undisturbed.folder / "predictions.jsonl").read_bytes()
    again = run_model(options("fake:echo", tree, question_file, undisturbed.folder))
    assert (again.n_new, again.decoded_clips) == (0, 0)
    assert (undisturbed.folder / "predictions.jsonl").read_bytes() == before


def test_questions_too_many_to_be_held_are_asked_alike(
    undisturbed: Outcome, tree: Path, question_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flexqa.run._HELD", 0)
    many = run_model(options("fake:echo", tree, question_file, tmp_path / "run"))
    assert answers(many.folder) == answers(undisturbed.folder)
    assert (many.folder / "questions.jsonl").read_bytes() == (undisturbed.folder / "questions.jsonl").read_bytes()


def test_a_run_killed_at_any_moment_ends_like_an_undisturbed_one(
    undisturbed: Outcome, tree: Path, question_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [
        *(
            sys.executable,
            "-m",
            "flexqa",
            "eval",
            "fake:echo",
            "--data",
            str(tree),
            "--questions",
            str(question_file),
        ),
        *("--out", str(out), "--split", "all", "--frames", str(SMALL.frames), "--size", str(SMALL.size)),
    ]
    kills = list(killed(command, out, undisturbed.n_questions, 5, random.Random(7)))
    assert {kill.while_ for kill in kills} == {"starting", "asking"}
    before = whole_lines(out)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert whole_lines(out)[: len(before)] == before
    assert Counter(p.question_id for p in read_run(out).predictions).most_common(1)[0][1] == 1
    assert answers(out) == answers(undisturbed.folder)


@pytest.fixture
def broken(tree: Path, tmp_path: Path) -> Path:
    """A copy of the recordings with one clip cut short, one clip gone, and one EMG file emptied."""
    copy = tmp_path / "recordings"
    shutil.copytree(tree, copy)
    for view in ("1", "2"):
        clip = copy / "A16" / "001" / f"View-{view}.mp4"
        clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
        (copy / "A16" / "002" / f"View-{view}.mp4").unlink()
    (copy / "EMG" / "A08" / "001" / "EMG.csv").write_text("")
    return copy


def test_broken_evidence_costs_its_own_questions_only(
    undisturbed: Outcome, broken: Path, question_file: Path, tmp_path: Path
) -> None:
    outcome = run_model(options("fake:echo", broken, question_file, tmp_path / "run"))
    run = read_run(outcome.folder)
    hurt = {("A16/001", Modality.VIDEO), ("A16/002", Modality.VIDEO), ("A08/001", Modality.EMG)}
    questions = {q.id: q for q in run.questions}
    for p in run.predictions:
        q = questions[p.question_id]
        shown = [*q.media, *(o.media for o in q.options if o.media)]
        assert (p.failure is not None) == any((m.recording, m.modality) in hurt for m in shown)
    assert outcome.failures == {"media": sum(p.failure is not None for p in run.predictions)}
    assert outcome.failures["media"] > 0
    messages = " ".join(p.failure.message for p in run.predictions if p.failure)
    assert "A16/001/View-1.mp4" in messages
    assert str(broken) not in messages

    healed = answers(undisturbed.folder)
    assert {k: v for k, v in answers(outcome.folder).items() if v[1]}.items() <= healed.items()


def test_failed_questions_are_asked_again_on_request(
    undisturbed: Outcome, broken: Path, tree: Path, question_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    first = run_model(options("fake:echo", broken, question_file, out))
    assert run_model(options("fake:echo", tree, question_file, out)).failures == first.failures
    healed = run_model(options("fake:echo", tree, question_file, out, retry_failed=True))
    assert (healed.n_new, healed.failures) == (first.failures["media"], {})
    assert answers(out) == answers(undisturbed.folder)


def test_an_adapter_that_raises_costs_the_request_alone(tree: Path, question_file: Path, tmp_path: Path) -> None:
    outcome = run_model(options("fake:fail", tree, question_file, tmp_path / "run"))
    assert 0 < outcome.failures["adapter"] < outcome.n_questions


def test_questions_for_other_recordings_are_refused(question_file: Path, graph: object, tmp_path: Path) -> None:
    from flexqa.graph.model import Graph
    from flexqa.simulate.generate import SimulateOptions, simulate

    assert isinstance(graph, Graph)
    simulate(graph, tmp_path / "other", SimulateOptions(actions=("A02",), subjects=2, reps=1, seed=8, video="none"))
    with pytest.raises(QuestionError, match="the questions were made for"):
        run_model(options("fake:echo", tmp_path / "other", question_file, tmp_path / "run"))


def test_the_frames_and_times_that_reach_an_adapter_are_those_of_the_record(tree: Path, tmp_path: Path) -> None:
    numbered, whole_clips = tmp_path / "recordings", tmp_path / "whole.jsonl"
    shutil.copytree(tree, numbered)
    types = ("action_recognition", "better_repetition", "error_present")
    generate(load_graph(default_graph()), open_recordings(tree), GenerateOptions(types=types), whole_clips)
    for clip in numbered.rglob("*.mp4"):
        write_mp4(clip, [20 * i for i in range(61)])
    (tmp_path / "reader.py").write_text(
        "import json\n"
        "from tests.recordings.numbered import number_in\n"
        "class Reader:\n"
        "    def reply(self, request):\n"
        "        return json.dumps([[[number_in(f) for f in c.frames], c.times_s] for c in request.clips])\n"
    )
    large = Presentation(frames=7, size=448)
    command = options(f"{tmp_path}/reader.py:Reader", numbered, whole_clips, tmp_path / "run", presentation=large)
    assert run_model(command).failures == {}
    run = read_run(tmp_path / "run")
    shown = {q.id: len(q.media) for q in run.questions}
    for p in run.predictions:
        assert p.reply is not None
        seen = json.loads(p.reply.text)
        clips = [use for use in p.media if use.modality is Modality.VIDEO]
        assert len(seen) == len(clips) == shown[p.question_id]
        for (numbers, times), use in zip(seen, clips, strict=True):
            assert tuple(numbers) == use.frame_indices == (4, 13, 21, 30, 39, 47, 56)
            assert tuple(times) == use.frame_times_s == pytest.approx([n / 30 for n in numbers])


def test_a_users_class_with_one_method_is_enough(tree: Path, question_file: Path, tmp_path: Path) -> None:
    (tmp_path / "my_model.py").write_text(
        "class MyVLM:\n"
        "    def reply(self, request):\n"
        "        assert all(clip.frames.shape[-1] == 3 for clip in request.clips)\n"
        "        return 'A'\n"
    )
    outcome = run_model(options(f"{tmp_path}/my_model.py:MyVLM", tree, question_file, tmp_path / "run"))
    assert outcome.failures == {}
    manifest = read_run(outcome.folder).manifest
    assert manifest.spec.model.name == "my_model.py:MyVLM"
    assert str(tmp_path) not in manifest.model_dump_json()


def test_a_limit_goes_round_the_types_and_keeps_pairs_together(
    tree: Path, question_file: Path, tmp_path: Path
) -> None:
    run_model(options("fake:echo", tree, question_file, tmp_path / "run", limit=100))
    asked = read_run(tmp_path / "run").questions
    everything = read_question_set(question_file).questions
    assert 90 <= len(asked) <= 100
    assert {q.type for q in asked} == {q.type for q in everything}
    pairs = {q.groups["affirmed_negated"] for q in asked if "affirmed_negated" in q.groups}
    whole = {q.id for q in everything if q.groups.get("affirmed_negated") in pairs}
    assert whole <= {q.id for q in asked}


def test_an_empty_split_is_refused(tree: Path, question_file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no questions of split 'val'"):
        run_model(options("fake:echo", tree, question_file, tmp_path / "run", split="val"))


def test_predictions_say_which_frames_were_shown(undisturbed: Outcome) -> None:
    shown: list[Prediction] = [p for p in read_run(undisturbed.folder).predictions if p.media]
    assert shown
    for p in shown:
        for use in p.media:
            if use.modality is Modality.VIDEO:
                # A window of a clip of five frames per second has fewer.
                assert 1 <= len(use.frame_indices) == len(use.frame_times_s) <= SMALL.frames
                assert list(use.frame_times_s) == sorted(use.frame_times_s)
