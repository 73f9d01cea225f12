"""Plots show what the texts say, in the same pixels each time, and go through an evaluation."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from flexqa.evaluation import EvalOptions, run_model
from flexqa.graph.model import Graph
from flexqa.presentation import Presenter
from flexqa.question import FILMED, AnswerFormat, Media, Modality, Option, Question
from flexqa.questions.question_set import read_question_set
from flexqa.record import Presentation, Sampling
from flexqa.recordings.flex_layout import open_recordings
from flexqa.sensors.plot import caption, plot
from flexqa.sensors.traces import Panel, Traces
from flexqa.store import read_run

WAVE = np.sin(np.linspace(0, 6, 200))
BLUE, ORANGE = (31, 111, 180), (224, 123, 0)


def traces(left: np.ndarray, right: np.ndarray, panels: int = 1) -> Traces:
    panel = Panel("RMS envelope", "mV", {"left": left, "right": right}, "0: at rest")
    return Traces("sEMG of the biceps brachii", 3.5, (panel,) * panels)


def rows_of(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows that have a colour above the legend, counted from the top."""
    near = (np.abs(picture.astype(int) - colour).max(axis=-1) < 40).any(axis=1)
    return np.flatnonzero(near[: int(0.85 * len(near))])


@pytest.mark.parametrize("panels", [1, 2, 6])
@pytest.mark.parametrize("size", [224, 448])
def test_a_picture_is_as_large_as_a_frame_and_the_same_each_time(panels: int, size: int) -> None:
    one, two = (plot(traces(WAVE, -WAVE, panels), size) for _ in range(2))
    assert one.frames.dtype == np.uint8
    assert max(one.frames.shape[1:3]) == one.frames.shape[2] == size
    assert len(one.frames) == 1
    assert one.sha256 == two.sha256
    assert plot(traces(-WAVE, WAVE, panels), size).sha256 != one.sha256


def test_the_higher_trace_is_drawn_higher() -> None:
    picture = plot(traces(WAVE + 5, WAVE), 448).frames[0]
    left, right = rows_of(picture, BLUE), rows_of(picture, ORANGE)
    assert left.mean() < right.mean() - 30
    swapped = plot(traces(WAVE, WAVE + 5), 448).frames[0]
    assert rows_of(swapped, BLUE).mean() > rows_of(swapped, ORANGE).mean() + 30


def test_a_users_style_changes_nothing() -> None:
    import matplotlib as mpl

    before = plot(traces(WAVE, -WAVE), 300).sha256
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "axes.facecolor": "black", "savefig.dpi": 30}):
        assert plot(traces(WAVE, -WAVE), 300).sha256 == before


def test_the_words_name_quantity_unit_and_sides() -> None:
    told = caption(traces(WAVE, WAVE))
    for part in (
        "3.5 s",
        "sEMG of the biceps brachii",
        "RMS envelope in mV (0: at rest)",
        "left side is the solid blue",
    ):
        assert part in told


def test_a_run_with_plots_differs_from_one_with_texts_in_what_is_shown(
    graph: Graph, tree: Path, question_file: Path, tmp_path: Path
) -> None:
    def run(sensors: str) -> Path:
        fields = {"model": "fake:echo", "data": tree, "questions": question_file, "split": "all", "limit": 60}
        shown = Presentation.model_validate({"frames": 2, "size": 196, "sensors": sensors})
        return run_model(
            EvalOptions.model_validate({**fields, "presentation": shown, "out": tmp_path / sensors})
        ).folder

    drawn, written = read_run(run("plot")), read_run(run("text"))
    assert drawn.manifest.run_id != written.manifest.run_id
    sensed = {q.id for q in drawn.questions if any(m.modality not in FILMED for m in q.media)}
    assert sensed
    assert all(p.failure is None for p in drawn.predictions)
    for p in drawn.predictions:
        pictures = [m for m in p.media if m.modality not in FILMED]
        assert bool(pictures) >= (p.question_id in sensed)
        assert all(m.width == 196 for m in pictures)


def test_options_that_are_traces_are_drawn_above_the_question(graph: Graph, tree: Path, question_file: Path) -> None:
    recordings = open_recordings(tree)
    question = next(q for q in read_question_set(question_file).questions if q.type == "error_present")
    names = sorted(recordings.recordings)[:2]
    options = tuple(
        Option(
            text=f"Trace {i}", kind="answer" if not i else "other", media=Media(recording=r, modality=Modality.POSE)
        )
        for i, r in enumerate(names)
    )
    asked: Question = question.model_copy(
        update={"options": options, "answer_format": AnswerFormat.CHOICE, "answer": "A", "media": ()}
    )
    presenter = Presenter(recordings, graph, Presentation(sensors="plot", size=224), Sampling())
    prepared = presenter.prepare(asked)
    assert len(prepared.request.clips) == 2
    assert prepared.request.text.index("Plot A:") < prepared.request.text.index("Plot B:")
    assert "A. the trace in plot A" in prepared.request.text
    assert len(prepared.media) == 2


def test_a_plot_too_small_to_read_is_refused() -> None:
    with pytest.raises(ValidationError, match="plots cannot be read below 196 pixels"):
        Presentation(sensors="plot", size=112)
