from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.assets import asset
from flexqa.errors import QuestionError
from flexqa.prompts import (
    Prompts,
    answer_instruction,
    media_label,
    prompts_hash,
    render_question,
    template_hash,
    wordings,
)
from flexqa.question import AnswerFormat, Media, Modality, Option, Question

TYPES = sorted(p.stem for p in asset("prompts").glob("*.jinja") if not p.name.startswith("_"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the templates, to be changed."""
    for source in asset("prompts").glob("*.jinja"):
        (tmp_path / source.name).write_text(source.read_text())
    return tmp_path


def test_instruction_question_and_options_in_this_order(choice_question: Question) -> None:
    assert render_question(choice_question) == (
        "Answer the following question with the letter of the one right option and nothing else.\n"
        "\n"
        "Which exercise does the lifter do in the clip?\n"
        "A. Barbell Curl\n"
        "B. Dumbbell Curl"
    )


def test_evidence_stands_in_for_the_text_of_an_option(choice_question: Question) -> None:
    text = render_question(choice_question, {"B": "left 1 2 3\nright 3 2 1"})
    assert text.endswith("A. Barbell Curl\nB. left 1 2 3\nright 3 2 1")


@pytest.mark.parametrize("question_type", TYPES)
def test_every_type_has_three_wordings(question_type: str) -> None:
    assert wordings(question_type) >= 3


@pytest.mark.parametrize("answer_format", AnswerFormat)
def test_every_answer_format_has_an_instruction(choice_question: Question, answer_format: AnswerFormat) -> None:
    instruction = answer_instruction(choice_question.model_copy(update={"answer_format": answer_format}))
    assert instruction.startswith("Answer the following question ")
    assert instruction.endswith(".")
    assert "\n" not in instruction


@pytest.mark.parametrize("modality", Modality)
def test_every_modality_is_announced(modality: Modality) -> None:
    assert media_label(Media(recording="A16/001", modality=modality, label="Trace 2")).startswith("Trace 2")
    assert media_label(Media(recording="A16/001", modality=modality)).endswith(":")


def test_a_clip_is_announced_with_its_view() -> None:
    clip = Media(recording="A16/001", modality=Modality.VIDEO, view="2", label="Clip 1")
    assert media_label(clip) == "Clip 1, camera view 2:"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "nonsense"}, r"nonsense\.jinja: there is no such template; .* action_recognition"),
        ({"type": "harder_side"}, r"harder_side\.jinja: 'phase' is undefined; the question gives the fields: none"),
        ({"wording": 9}, r"action_recognition\.jinja: has no macro wording_9"),
        ({"type": "error_present", "prompt": {"error": "x", "claim": "maybe"}}, r"error_present\.jinja: .*maybe"),
    ],
)
def test_what_is_missing_is_named(choice_question: Question, changes: dict[str, object], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        render_question(choice_question.model_copy(update=changes))


def test_a_broken_template_is_named_with_its_line(folder: Path, choice_question: Question) -> None:
    (folder / "action_recognition.jinja").write_text("{% macro wording_0() %}\n{{ broken\n{% endmacro %}")
    with pytest.raises(QuestionError, match=r"action_recognition\.jinja:[23]: not a valid Jinja template"):
        Prompts(folder).question(choice_question)


def test_wordings_are_numbered_from_zero(folder: Path) -> None:
    (folder / "score.jinja").write_text("{% macro wording_1() %}How good?{% endmacro %}")
    with pytest.raises(QuestionError, match=r"has wordings \[1\]"):
        Prompts(folder).wordings("score")


def test_templates_cannot_reach_out_of_the_sandbox(folder: Path, choice_question: Question) -> None:
    (folder / "action_recognition.jinja").write_text(
        "{% macro wording_0() %}{{ ''.__class__.__mro__ }}{% endmacro %}"
    )
    with pytest.raises(QuestionError, match=r"unsafe|undefined"):
        Prompts(folder).question(choice_question)


def test_hashes_follow_the_words(folder: Path) -> None:
    assert Prompts(folder).hash() == prompts_hash()
    assert Prompts(folder).template_hash("score") == template_hash("score") != template_hash("harder_side")
    with (folder / "score.jinja").open("a") as f:
        f.write(" ")
    changed = Prompts(folder)
    assert changed.hash() != prompts_hash()
    assert changed.template_hash("score") != template_hash("score")
    assert changed.template_hash("harder_side") == template_hash("harder_side")


@given(text=st.text(min_size=1).filter(lambda t: t.strip() and t != "Barbell Curl"))
def test_words_of_an_option_are_never_read_as_a_template(text: str) -> None:
    question = Question(
        type="action_recognition",
        level="recognition",
        modalities=("video",),
        options=(Option(text="Barbell Curl", kind="answer"), Option(text=f"{{{{ 7 * 7 }}}}{text}|", kind="random")),
        answer="A",
        answer_format=AnswerFormat.CHOICE,
        chance=0.5,
        graph_path=(),
        action="A02",
        subject="S01",
        split="test",
    )
    assert f"B. {{{{ 7 * 7 }}}}{text}|" in render_question(question)
