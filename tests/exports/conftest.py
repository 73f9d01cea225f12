import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flexqa.exports.write import ExportReport, FormatName, export_questions
from flexqa.graph.model import Graph
from flexqa.presentation import Presenter
from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.question_set import read_question_set
from flexqa.record import Presentation, Sampling
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet

PEERS = Path(f"{sys.prefix}-peers")
HERE = Path(__file__).parent

Export = Callable[[FormatName], tuple[Path, ExportReport]]


@pytest.fixture(scope="session")
def recordings(tree: Path) -> RecordingSet:
    return open_recordings(tree)


@pytest.fixture(scope="session")
def presenter(recordings: RecordingSet, graph: Graph) -> Presenter:
    return Presenter(recordings, graph, Presentation(), Sampling())


@pytest.fixture(scope="session")
def questions(question_file: Path) -> tuple[Question, ...]:
    """A set of every type, and what no type asks yet: several letters, and options that are clips."""
    generated = read_question_set(question_file).questions
    clip = Media(recording="A02/001", modality=Modality.VIDEO, view="1")
    common: dict[str, Any] = {
        "type": "action_recognition",
        "level": Level.RECOGNITION,
        "modalities": (Modality.VIDEO,),
        "chance": 0.25,
        "graph_path": (),
        "action": "A02",
        "subject": "S01",
        "split": "test",
    }
    several = Question(
        **common,
        media=(clip,),
        options=tuple(Option(text=t, kind=k) for t, k in (("one", "answer"), ("two", "random"), ("three", "answer"))),
        answer=("A", "C"),
        answer_format=AnswerFormat.CHOICES,
    )
    of_clips = Question(
        **common,
        media=(Media(recording="A02/001", modality=Modality.EMG),),
        options=(Option(text="Clip 1", kind="answer", media=clip), Option(text="Clip 2", kind="random")),
        answer="A",
        answer_format=AnswerFormat.CHOICE,
    )
    return (*generated, several, of_clips)


@pytest.fixture(scope="session")
def export(
    tmp_path_factory: pytest.TempPathFactory,
    questions: tuple[Question, ...],
    recordings: RecordingSet,
    presenter: Presenter,
) -> Export:
    """Writes all questions in a format, once."""
    done: dict[str, tuple[Path, ExportReport]] = {}

    def write(form: FormatName) -> tuple[Path, ExportReport]:
        if form not in done:
            out = tmp_path_factory.mktemp("exports") / form
            done[form] = (
                out,
                export_questions(questions, recordings, presenter.sensor_text, form, out, questions_sha256="0" * 64),
            )
        return done[form]

    return write


def run_peer(peer: str, script: str, *arguments: object, cwd: Path = HERE, **variables: str) -> Any:
    """Run a script of this folder in the environment of another tool and return the JSON of its last line."""
    python = PEERS / peer / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is missing; make it with: ./install.sh python3 {sys.prefix}")
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PYTHONPATH": ""}
    result = subprocess.run(
        [python, HERE / script, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | offline | variables,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


def left_out_of(out: Path) -> set[str]:
    """Ids of the questions that an export left out."""
    return {json.loads(line)["question"] for line in (out / "left_out.jsonl").read_text().splitlines()}


def wrong_reply(question: Question) -> str:
    """A reply of the right form that is not right."""
    match question.answer_format:
        case AnswerFormat.CHOICE:
            return next(a for a in question.letters if a != question.answer)
        case AnswerFormat.CHOICES:
            return "B"
        case AnswerFormat.YES_NO:
            return "no" if question.answer == "yes" else "yes"
        case _:
            assert isinstance(question.answer, float)
            assert question.tolerance is not None
            return str(round(question.answer + (40 if question.answer < 50 else -40)))
