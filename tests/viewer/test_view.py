"""A run question by question, in a real browser."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.errors import BadInput, RunError
from flexqa.evaluation import EvalOptions, run_model
from flexqa.graph.model import Graph
from flexqa.question import Media, Modality, Question
from flexqa.record import Presentation
from flexqa.recordings.flex_layout import open_recordings
from flexqa.store import PREDICTIONS
from flexqa.viewer.evidence import Evidence
from flexqa.viewer.items import read_items
from flexqa.viewer.reply import reply_shown
from flexqa.viewer.write import view
from flexqa.vocabulary import Control
from tests.browser import DESK, PHONE, opened
from tests.scoring.runs import mixed_questions, spec, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def ask(
    model: str,
    data: Path,
    questions: Path,
    out: Path,
    control: Control | None = None,
    presentation: Presentation = Presentation(),  # noqa: B008 - frozen
) -> Path:
    options = EvalOptions(
        model=model,
        data=data,
        questions=questions,
        out=out,
        control=control,
        limit=120,
        presentation=presentation,
    )
    return run_model(options).folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, tree: Path, question_file: Path) -> tuple[Path, Path]:
    """An oracle and a guesser on the same questions of all types."""
    folder = tmp_path_factory.mktemp("runs")
    oracle, guesser = (ask(f"baseline:{n}", tree, question_file, folder / n) for n in ("oracle", "random"))
    return oracle, guesser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, runs: tuple[Path, Path], tree: Path) -> list[Path]:
    """The guesser's run as a folder of pages, with evidence, beside the oracle."""
    return view(runs[1], tmp_path_factory.mktemp("report"), data=tree, against=runs[0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_all_files_are_read_in_silence(
    browser: "Browser", report: list[Path], size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    assert len(report) > 3
    for path in (report[0], report[1], report[-1]):
        with opened(browser, path, size, scheme) as seen:
            assert seen.fits()


def test_the_list_narrows_and_leads_to_a_question(browser: "Browser", report: list[Path]) -> None:
    with opened(browser, report[0]) as seen:
        rows = seen.page.locator(".list tbody tr")
        assert rows.count() == 50
        assert seen.texts("[data-turning] span") == ["page 1 of 3"]
        first = rows.first.inner_text()
        seen.page.get_by_role("button", name="next").click()
        assert rows.first.inner_text() != first
        seen.page.get_by_role("button", name="next").click()
        assert seen.page.get_by_role("button", name="next").is_disabled()
        seen.page.get_by_label("Two runs").select_option("only the other right")
        kept = int(seen.texts("output")[0].split()[0])
        assert 0 < kept < 120
        seen.page.locator("select[name=modality]").select_option("emg")
        assert int(seen.texts("output")[0].split()[0]) < kept
        assert set(seen.page.locator(".list tbody tr td:last-child").all_inner_texts()) == {"emg"}
        link = rows.locator("a").first
        target = (link.get_attribute("href") or "").split("#")[1]
        link.click()
        seen.page.wait_for_url(f"**#{target}")
        assert seen.page.locator(f"article[id='{target}']").is_visible()
        assert seen.page.locator("article.question:target").count() == 1


def test_a_question_shows_all_that_decided_it(
    browser: "Browser", report: list[Path], runs: tuple[Path, Path]
) -> None:
    read = read_items(runs[1], runs[0])
    with opened(browser, report[1]) as seen:
        card = seen.page.locator("article.question").first
        item = next(i for i in read.items if i.question.id == card.get_attribute("id"))
        assert item.against is not None
        assert card.locator(".kind .outcome").inner_text() == item.here.outcome
        assert card.locator(".reply").count() == 2
        assert card.locator("mark").count() >= 1
        card.locator("summary", has_text="Why this is right").click()
        assert card.locator(".path li").count() == len(item.question.graph_path)
    whole = "".join(path.read_text() for path in report[1:])
    assert all(f'id="{i.question.id}"' in whole for i in read.items)
    assert len(re.findall(r'<article class="question" id="', whole)) == 120
    assert 'class="is-right"' in whole
    assert "not what the model saw" not in whole


def test_a_free_answer_shows_which_nodes_it_states(
    browser: "Browser", report: list[Path], runs: tuple[Path, Path]
) -> None:
    item = next(i for i in read_items(runs[1], runs[0]).items if i.question.type == "dialogue_evaluation")
    path = next(p for p in report[1:] if f'id="{item.question.id}"' in p.read_text())
    with opened(browser, path, PHONE) as seen:
        card = seen.page.locator(f"article[id='{item.question.id}']")
        guesser, oracle = card.locator(".answered").all()
        for answered in (guesser, oracle):
            answered.locator("summary", has_text="What it says of the graph").click()
        said = [a.locator(".nodes li").all_inner_texts() for a in (guesser, oracle)]
    true = [n for n in item.here.verdict.nodes if n.wanted]
    assert len(said[0]) == len(said[1]) == len(true)
    assert all(line.endswith("lexical unsaid") for line in said[0])
    assert all(line.endswith("lexical stated") for line in said[1])
    assert {line.split(",")[0] for line in said[1]} == {"error", "correction"}


def test_clips_play_and_filters_hide_their_group(browser: "Browser", report: list[Path]) -> None:
    path = next(p for p in report[1:] if "data-clip" in p.read_text())
    with opened(browser, path) as seen:
        clip = seen.page.locator("[data-clip]").first
        frames = clip.locator(".frames img")
        assert frames.count() == 16
        assert seen.page.evaluate("[...document.images].every((i) => i.complete && i.naturalWidth >= 100)")
        stage = clip.locator(".stage img")
        first = stage.get_attribute("src")
        assert first == frames.first.get_attribute("src")
        clip.get_by_role("button", name="Play").click()
        seen.page.wait_for_function("(src) => document.querySelector('.stage img').src !== src", arg=first)
        clip.get_by_role("button", name="Stop").click()
        frames.nth(3).click()
        assert stage.get_attribute("src") == frames.nth(3).get_attribute("src")
        groups = len(seen.texts("section.group > h3"))
        seen.page.get_by_label("Find").fill(seen.page.locator("article.question").first.get_attribute("id") or "")
        assert seen.texts("output")[0].startswith("1 of ")
        assert len(seen.texts("section.group > h3")) == 1 < groups


def test_without_scripts_questions_and_frames_are_there(browser: "Browser", report: list[Path]) -> None:
    with opened(browser, report[0], PHONE, scripts=False) as seen:
        assert len(seen.texts(".files a")) == len(report) - 1
        seen.page.locator(".files a").first.click()
        assert seen.page.locator("article.question").first.is_visible()
        assert not seen.page.locator(".filters").is_visible()


def test_sensor_traces_are_plotted_from_what_the_model_read(browser: "Browser", report: list[Path]) -> None:
    path = next(p for p in report[1:] if "sEMG of the" in p.read_text())
    with opened(browser, path) as seen:
        piece = seen.page.locator(".piece", has_text="Surface EMG").first
        assert piece.locator("path.trace").count() == 2
        box = piece.locator("svg").bounding_box()
        assert box is not None
        assert box["width"] > 100


def test_traces_that_were_drawn_for_the_model_are_shown_as_drawn(
    browser: "Browser", tree: Path, question_file: Path, tmp_path: Path
) -> None:
    drawn = Presentation(frames=4, sensors="plot")
    run = ask("baseline:random", tree, question_file, tmp_path / "run", presentation=drawn)
    [path] = view(run, tmp_path / "r.html", data=tree)
    assert "not what the model saw" not in path.read_text()
    with opened(browser, path) as seen:
        piece = seen.page.locator(".piece", has_text="Surface EMG").first
        assert piece.locator("img").count() == 1
        assert piece.locator("path.trace").count() == 0


@pytest.mark.parametrize("sensors", ["text", "plot"])
def test_options_that_are_traces_are_shown_in_their_place(
    tree: Path, graph: Graph, choice_question: Question, sensors: Literal["text", "plot"]
) -> None:
    recordings = open_recordings(tree)
    traces = [Media(recording=r.id, modality=Modality.EMG) for r in recordings if r.emg][:2]
    options = tuple(o.model_copy(update={"media": m}) for o, m in zip(choice_question.options, traces, strict=True))
    question = choice_question.model_copy(update={"options": options})
    for control, letters in ((None, ["A", "B"]), (Control.NO_EMG, [])):
        the_spec = spec().model_copy(
            update={"presentation": Presentation(sensors=sensors), "control": control},
        )
        with closing(Evidence(recordings, graph, the_spec, None)) as evidence:
            found = evidence.options(question)
            assert list(found) == letters
            for piece in found.values():
                assert len(piece.pictures) == (sensors == "plot")
                assert sum(len(p.lines) for p in piece.plots) == (2 if sensors == "text" else 0)


def test_a_control_shows_what_it_left(
    runs: tuple[Path, Path], tree: Path, question_file: Path, tmp_path: Path
) -> None:
    blind = ask("baseline:random", tree, question_file, tmp_path / "blind", Control.BLIND)
    single = ask("baseline:random", tree, question_file, tmp_path / "single", Control.SINGLE_FRAME)
    texts = [view(run, tmp_path / f"{run.name}.html", data=tree)[0].read_text() for run in (blind, single)]
    assert texts[0].count("<img") == 0
    assert texts[1].count("<img") > 0
    assert texts[1].count("<img") == texts[1].count("data-clip>")
    assert "Control: blind" in texts[0]
    assert not any("not what the model saw" in text for text in texts)


def test_it_is_said_when_the_files_are_others(runs: tuple[Path, Path], tree: Path, tmp_path: Path) -> None:
    lines = (runs[1] / PREDICTIONS).read_text().splitlines(keepends=True)
    altered = tmp_path / "run"
    altered.mkdir()
    for name in ("run.json", "questions.jsonl"):
        (altered / name).write_bytes((runs[1] / name).read_bytes())
    sha = json.loads(lines[0])["media"][0]["sha256"]
    (altered / PREDICTIONS).write_text("".join(lines).replace(sha, "0" * 64))
    text = view(altered, tmp_path / "r.html", data=tree)[0].read_text()
    assert "not what the model saw" in text


def test_recordings_that_are_gone_leave_a_note(runs: tuple[Path, Path], tree: Path, tmp_path: Path) -> None:
    kept = next(iter(open_recordings(tree))).id
    few = tmp_path / "few"
    (few / kept).mkdir(parents=True)
    for part in (tree / kept).iterdir():
        (few / kept / part.name).write_bytes(part.read_bytes())
    text = view(runs[1], tmp_path / "r.html", data=few)[0].read_text()
    assert "cannot be shown" in text
    assert str(tmp_path) not in text


EVIL = "</pre><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.mark.parametrize("name", ["r.html", "folder"])
def test_hostile_replies_do_nothing(browser: "Browser", tmp_path: Path, name: str) -> None:
    run = write_run(tmp_path / "run", mixed_questions(2), model=f"x:{EVIL}")
    path = run / PREDICTIONS
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line, text in zip(
        [r for r in lines if r["reply"]], (EVIL, "B" * 200_000, f"{EVIL}\x00\u202e The answer is B."), strict=False
    ):
        line["reply"]["text"] = text
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for file in view(run, tmp_path / name):
        assert file.stat().st_size < 400_000
        with opened(browser, file, PHONE) as seen:
            assert "owned" not in seen.page.title().replace("document.title='owned'", "")
            assert seen.page.locator("img").count() == 0
            assert seen.fits()


def test_many_questions_are_dealt_to_files(browser: "Browser", tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", mixed_questions(150))
    with pytest.raises(BadInput, match="give a folder"):
        view(run, tmp_path / "one.html")
    files = view(run, tmp_path / "report")
    assert len(files) > 5
    assert max(f.stat().st_size for f in files) < 1_000_000
    with opened(browser, files[0]) as seen:
        assert seen.texts("output") == ["1500 of 1500 questions"]
        seen.page.get_by_label("Outcome").select_option("not read")
        assert seen.texts("output") == ["2 of 1500 questions"]


def test_runs_of_other_questions_are_not_compared(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one", mixed_questions(1))
    two = write_run(tmp_path / "two", mixed_questions(3)[10:])
    with pytest.raises(RunError, match="no question in common"):
        view(one, tmp_path / "r.html", against=two)


def test_the_command(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", mixed_questions(1))
    result = CliRunner().invoke(app, ["view", str(run), "--out", str(tmp_path / "r.html")])
    assert result.exit_code == 0, result.output
    assert "1 files; open" in result.output


@given(st.text(max_size=5000), st.data())
def test_the_parts_of_a_reply_are_the_reply(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    span = data.draw(st.none() | st.tuples(st.just(start), st.integers(start, len(text))))
    shown = reply_shown(text, span)
    kept = shown.before + shown.marked + shown.after
    assert text[shown.left_out : len(text) - shown.left_over] == kept
    if span:
        assert shown.marked == text[span[0] : span[1]]
