from collections import Counter

import pytest

from flexqa.adapters.base import Adapter, Request, Text
from flexqa.adapters.fake import fails
from flexqa.adapters.registry import create
from flexqa.question import AnswerFormat, Level, Modality, Option, Question, Split
from flexqa.record import Failure, Reply, Sampling

LETTERS = ("A", "B", "C", "D")
TEXTS = ("squat", "row", "press", "curl")


def request(
    question_id: str, form: AnswerFormat = AnswerFormat.CHOICE, texts: tuple[str, ...] = TEXTS, seed: int = 0
) -> Request:
    choice = form in (AnswerFormat.CHOICE, AnswerFormat.CHOICES)
    return Request(
        question_id,
        "kind",
        form,
        (Text("?"),),
        LETTERS[: len(texts)] if choice else (),
        texts if choice else (),
        Sampling(seed=seed),
    )


def question(
    form: AnswerFormat, answer: str | float, texts: tuple[str, ...] = (), split: Split = "train"
) -> Question:
    right = () if not isinstance(answer, str) else tuple(LETTERS.index(x) for x in answer if texts)
    return Question(
        type="kind",
        level=Level.RECOGNITION,
        modalities=(Modality.VIDEO,),
        options=tuple(Option(text=t, kind="answer" if i in right else "random") for i, t in enumerate(texts)),
        answer=tuple(answer) if form is AnswerFormat.CHOICES and isinstance(answer, str) else answer,
        answer_format=form,
        chance=0.25,
        tolerance=5.0,
        graph_path=(),
        action="A01",
        subject="s1",
        split=split,
    )


def said(adapter: Adapter, request: Request) -> str:
    [(_, outcome)] = adapter.stream([request])
    assert isinstance(outcome, Reply)
    return outcome.text


@pytest.mark.parametrize("spec", ["baseline:random", "fake:echo"])
@pytest.mark.parametrize(
    ("form", "allowed"),
    [
        (AnswerFormat.CHOICE, set(LETTERS)),
        (AnswerFormat.YES_NO, {"yes", "no"}),
        (AnswerFormat.NUMBER, {str(i) for i in range(101)}),
    ],
)
def test_guesses_are_uniform_and_repeatable(spec: str, form: AnswerFormat, allowed: set[str]) -> None:
    adapter = create(spec, {})
    requests = [request(f"q-{i}", form) for i in range(4000)]
    counts = Counter(said(adapter, r) for r in requests)
    assert set(counts) == allowed
    expected = len(requests) / len(allowed)
    # six standard deviations of a binomial count
    assert all(abs(n - expected) < 6 * expected**0.5 for n in counts.values())
    assert counts == Counter(said(create(spec, {}), r) for r in reversed(requests))


@pytest.mark.parametrize("spec", ["baseline:random", "fake:echo"])
def test_sets_of_letters_are_never_empty(spec: str) -> None:
    replies = {said(create(spec, {}), request(f"q-{i}", AnswerFormat.CHOICES)) for i in range(400)}
    assert len(replies) == 15
    assert all(set(r.split(", ")) <= set(LETTERS) for r in replies)


def test_seed_changes_the_guess() -> None:
    adapter = create("baseline:random", {})
    guesses = [[said(adapter, request(f"q-{i}", seed=s)) for i in range(40)] for s in (0, 1)]
    assert guesses[0] != guesses[1]


def test_prior_knows_the_right_text_wherever_it_stands() -> None:
    prior = create("baseline:prior", {})
    prior.learn([question(AnswerFormat.CHOICE, "A", TEXTS)] * 3 + [question(AnswerFormat.CHOICE, "B", TEXTS)] * 2)
    assert said(prior, request("x", texts=("row", "curl", "squat"))) == "C"
    assert said(prior, request("x", texts=("row", "curl", "plank"))) == "A"
    assert said(prior, request("x", texts=("plank", "lunge"))) == "A", "the most frequent letter"


def test_prior_of_the_other_forms() -> None:
    prior = create("baseline:prior", {})
    prior.learn([question(AnswerFormat.YES_NO, a) for a in ("yes", "no", "yes")])
    assert said(prior, request("x", AnswerFormat.YES_NO)) == "yes"
    prior = create("baseline:prior", {})
    prior.learn([question(AnswerFormat.NUMBER, a) for a in (10.0, 80.0, 90.0)])
    assert said(prior, request("x", AnswerFormat.NUMBER)) == "80"
    prior = create("baseline:prior", {})
    prior.learn([question(AnswerFormat.CHOICES, a, TEXTS) for a in ("AB", "BC", "BC")])
    assert said(prior, request("x", AnswerFormat.CHOICES)) == "B, C"


def test_prior_learns_from_the_train_split_alone() -> None:
    prior = create("baseline:prior", {})
    prior.learn([question(AnswerFormat.YES_NO, "yes", split="test")])
    assert prior.describe()["learned_questions"] == 0
    assert said(prior, request("x", AnswerFormat.YES_NO)) == said(
        create("baseline:random", {}), request("x", AnswerFormat.YES_NO)
    )


def test_fake_fail_fails_on_a_third_alone() -> None:
    requests = [request(f"q-{i}") for i in range(300)]
    outcomes = {r.question_id: o for r, o in create("fake:fail", {}).stream(requests)}
    failed = {q for q, o in outcomes.items() if isinstance(o, Failure)}
    assert failed == {r.question_id for r in requests if fails(r.question_id)}
    assert 70 < len(failed) < 130
    assert Counter(o.text for o in outcomes.values() if isinstance(o, Reply)).keys() == set(LETTERS)


def test_fake_slow_waits() -> None:
    [(_, outcome)] = create("fake:slow", {"seconds": "0.02"}).stream([request("x")])
    assert isinstance(outcome, Reply)
    assert outcome.timing.total_s == 0.02
