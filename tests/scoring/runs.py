"""Small runs for the tests of scoring: questions of every answer format, and replies to them."""

from pathlib import Path

from flexqa.question import AnswerFormat, Level, Modality, Option, Point, Question
from flexqa.record import Failure, ModelRef, Prediction, QuestionSetRef, Reply, RunManifest, RunSpec, Status, Usage
from flexqa.store import RunFolder

TEXTS = ("Squat", "Deadlift", "Curl", "Bench press")


def question(number: int, form: AnswerFormat = AnswerFormat.CHOICE, subject: str = "S01") -> Question:
    """A question of the given format whose right answer is B, {B, C}, yes, 80, or `Keep the back flat.`"""
    answers = {"choice": "B", "choices": ("B", "C"), "yes_no": "yes", "number": 80.0, "text": "Keep the back flat."}
    right = {"choice": "B", "choices": "BC"}.get(form.value, "")
    return Question(
        type=f"type_{form.value}",
        level=Level.SCORING if form is AnswerFormat.NUMBER else Level.RECOGNITION,
        modalities=(Modality.EMG, Modality.VIDEO) if number % 3 == 0 else (Modality.VIDEO,),
        prompt={"n": str(number)},
        options=tuple(
            Option(text=t, kind="answer" if letter in right else "random")
            for letter, t in zip("ABCD", TEXTS, strict=True)
        )
        if right
        else (),
        answer=answers[form.value],
        answer_format=form,
        chance={"choice": 0.25, "choices": 1 / 16, "yes_no": 0.5, "number": 0.1, "text": 0.0}[form.value],
        tolerance=5.0 if form is AnswerFormat.NUMBER else None,
        points=(
            Point(names=("Back flat",), wanted=True),
            Point(names=("Bend the knees",), wanted=False),
        )
        if form is AnswerFormat.TEXT
        else (),
        graph_path=(("A02", "contains", "AK06"),),
        groups={"chain": f"{subject}-{number // 2}"},
        action="A02",
        subject=subject,
        split="test",
    )


def reply_to(q: Question, text: str, status: Status = "ok", run_id: str = "run") -> Prediction:
    """A prediction that holds a reply; `text` is the raw reply."""
    return Prediction(
        run_id=run_id,
        key=q.content_hash[:32],
        question_id=q.id,
        question_hash=q.content_hash,
        prompt_sha256="0" * 64,
        status=status,
        reply=Reply(
            text=text,
            status=status if status in ("ok", "refused", "truncated") else "ok",
            usage=Usage(input_tokens=100, output_tokens=len(text)),
        ),
    )


def failure_of(q: Question, run_id: str = "run") -> Prediction:
    """A prediction without a reply."""
    return Prediction(
        run_id=run_id,
        key=q.content_hash[:32],
        question_id=q.id,
        question_hash=q.content_hash,
        prompt_sha256=None,
        status="error",
        failure=Failure(kind="media", message="the clip is gone"),
    )


def spec(model: str = "fake:echo", n_questions: int = 1, question_set: str = "1" * 64) -> RunSpec:
    """A run specification."""
    return RunSpec(
        model=ModelRef(name=model),
        prompts_sha256="0" * 64,
        questions=QuestionSetRef(
            sha256=question_set,
            n_questions=n_questions,
            split="test",
            graph_sha256="2" * 64,
            recordings_sha256="3" * 64,
            generator_version="1",
            seed=7,
        ),
    )


def manifest(n_questions: int = 1) -> RunManifest:
    """A run manifest with a fixed id and time."""
    return RunManifest(run_id="run", created_at="2026-01-01T00:00:00+00:00", spec=spec(n_questions=n_questions))


def mixed_questions(subjects: int = 6) -> list[Question]:
    """Ten questions for each of some subjects, all formats but text."""
    forms = [f for f in AnswerFormat if f is not AnswerFormat.TEXT]
    return [question(100 * s + i, forms[i % len(forms)], f"S{s:02}") for s in range(subjects) for i in range(10)]


RIGHT = {"choice": "B. Deadlift", "choices": "B, C", "yes_no": "Yes.", "number": "82", "text": "keep the back flat"}
WRONG = {"choice": "The answer is A.", "choices": "B", "yes_no": "No", "number": "40/100", "text": "No idea"}


def replies(questions: list[Question], wrong_every: int = 3) -> list[Prediction]:
    """Right replies but for every n-th; one failure, one refusal and one unreadable reply at the front."""
    found = [
        reply_to(q, (WRONG if i % wrong_every == 0 else RIGHT)[q.answer_format.value])
        for i, q in enumerate(questions)
    ]
    front = [
        failure_of(questions[0]),
        reply_to(questions[1], "I'm sorry, but I can't help with that."),
        reply_to(questions[2], "The lifter moves."),
    ]
    return [*front, *found[3:]]


def write_run(
    folder: Path,
    questions: list[Question],
    wrong_every: int = 3,
    model: str = "fake:echo",
    question_set: str = "1" * 64,
) -> Path:
    """Write a run folder as `flexqa eval` does."""
    the_spec = spec(model, len(questions), question_set)
    with RunFolder.open(folder, the_spec, questions, {"engine": "fake"}, {}) as run:
        for p in replies(questions, wrong_every):
            run.append(p.model_copy(update={"run_id": run.manifest.run_id}))
    return folder
