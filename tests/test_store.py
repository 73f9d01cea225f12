"""A run folder loses nothing: torn lines, other runs, other processes, strangers' folders."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexqa.errors import RunError
from flexqa.question import Question
from flexqa.record import Failure, ModelRef, Prediction, Presentation, QuestionSetRef, Reply, RunSpec
from flexqa.store import PREDICTIONS, RunFolder, read_run

SPEC = RunSpec(
    model=ModelRef(name="fake:echo"),
    prompts_sha256="0" * 64,
    questions=QuestionSetRef(
        sha256="1" * 64,
        n_questions=1,
        split="test",
        graph_sha256="2" * 64,
        recordings_sha256="3" * 64,
        generator_version="1",
        seed=7,
    ),
)


def prediction(question: Question, *, failed: bool = False) -> Prediction:
    return Prediction(
        run_id="run",
        key=SPEC.key(question.content_hash),
        question_id=question.id,
        question_hash=question.content_hash,
        prompt_sha256=None,
        status="error" if failed else "ok",
        reply=None if failed else Reply(text="é\nB\u2028"),
        failure=Failure(kind="media", message="gone") if failed else None,
    )


def open_folder(folder: Path, question: Question, spec: RunSpec = SPEC) -> RunFolder:
    return RunFolder.open(folder, spec, [question], {}, {})


def test_what_is_written_is_read_back(tmp_path: Path, choice_question: Question) -> None:
    with open_folder(tmp_path / "run", choice_question) as run:
        run.append(prediction(choice_question))
    stored = read_run(tmp_path / "run")
    assert stored.questions == (choice_question,)
    assert stored.predictions == (prediction(choice_question),)
    assert stored.manifest.spec == SPEC


@given(cut=st.integers(min_value=0, max_value=2000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_a_write_was_cut_whole_lines_count_and_the_rest_is_dropped(
    tmp_path_factory: pytest.TempPathFactory, choice_question: Question, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    others = [choice_question.model_copy(update={"wording": i}) for i in range(3)]
    with open_folder(folder, choice_question) as run:
        for question in others:
            run.append(prediction(question))
    path = folder / PREDICTIONS
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    with open_folder(folder, choice_question) as run:
        assert len(run.done) == content.count(b"\n")
        for question in others:
            if SPEC.key(question.content_hash) not in run.done:
                run.append(prediction(question))
    assert read_run(folder).predictions == tuple(prediction(q) for q in others)


@pytest.mark.parametrize("torn", [70_000, 200_000])
def test_a_torn_line_of_any_length_is_dropped(torn: int, tmp_path: Path, choice_question: Question) -> None:
    with open_folder(tmp_path, choice_question) as run:
        run.append(prediction(choice_question))
    path = tmp_path / PREDICTIONS
    whole = path.read_bytes()
    for kept in (whole, b""):
        path.write_bytes(kept + b"x" * torn)
        open_folder(tmp_path, choice_question).close()
        assert path.read_bytes() == kept


def test_another_specification_is_refused_and_the_difference_named(tmp_path: Path, choice_question: Question) -> None:
    open_folder(tmp_path, choice_question).close()
    other = SPEC.model_copy(update={"presentation": Presentation(frames=8)})
    with pytest.raises(RunError, match=r"presentation\.frames is 16 there and 8 here\. Give another --out"):
        open_folder(tmp_path, choice_question, other)


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path, choice_question: Question) -> None:
    with open_folder(tmp_path, choice_question) as run:
        code = (
            "import sys; from pathlib import Path; from filelock import FileLock, Timeout\n"
            "try: FileLock(Path(sys.argv[1]) / '.lock', timeout=0).acquire()\n"
            "except Timeout: sys.exit(7)"
        )
        assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 7
        with pytest.raises(RunError, match="another process is writing"):
            open_folder(tmp_path, choice_question)
        run.append(prediction(choice_question))
    assert len(read_run(tmp_path).predictions) == 1


def test_a_strangers_folder_is_left_alone(tmp_path: Path, choice_question: Question) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(RunError, match=r"not a run folder \(it holds 'holiday\.jpg'"):
        open_folder(tmp_path, choice_question)


def test_a_broken_line_is_named(tmp_path: Path, choice_question: Question) -> None:
    with open_folder(tmp_path, choice_question) as run:
        run.append(prediction(choice_question))
    path = tmp_path / PREDICTIONS
    path.write_text("{}\n" + path.read_text())
    with pytest.raises(RunError, match=r"predictions\.jsonl:1: not a prediction"):
        read_run(tmp_path)


def test_failures_can_be_dropped_and_replies_stay(tmp_path: Path, choice_question: Question) -> None:
    other = choice_question.model_copy(update={"wording": 1})
    with open_folder(tmp_path, choice_question) as run:
        run.append(prediction(choice_question))
        run.append(prediction(other, failed=True))
        assert run.drop_failures() == 1
        assert list(run.done) == [SPEC.key(choice_question.content_hash)]
        run.append(prediction(other))
    assert [p.status for p in read_run(tmp_path).predictions] == ["ok", "ok"]


def test_the_key_follows_everything_that_decides_the_answer(choice_question: Question) -> None:
    key = SPEC.key(choice_question.content_hash)
    changes: list[dict[str, Any]] = [
        {"presentation": Presentation(size=224)},
        {"decode": "choice"},
        {"prompts_sha256": "4" * 64},
        {"model": ModelRef(name="fake:echo", revision="abc")},
        {"sampling": SPEC.sampling.model_copy(update={"temperature": 0.5})},
    ]
    assert len({key, *(SPEC.model_copy(update=c).key(choice_question.content_hash) for c in changes)}) == 6
