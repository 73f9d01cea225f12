"""`flexqa score --encoder` and `--judge`: what they read is kept, asked once, and counted beside words."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.adapters.registry import create
from flexqa.cli.app import app
from flexqa.errors import AdapterError, BadInput, RunError
from flexqa.judging import MEANINGS, ask_encoder, ask_judge
from flexqa.leaderboard.verify import Against, verify
from flexqa.prompts import judgement_hash
from flexqa.question import AnswerFormat, Point, Question
from flexqa.record import ModelRef, Prediction
from flexqa.rescore import score_folder
from flexqa.scoring.aggregate import Scores
from flexqa.scoring.free_text import FreeText, Reading
from flexqa.store import JUDGEMENTS, PREDICTIONS, RunFolder, locked
from tests.adapters.serving import Call, serve
from tests.adapters.test_openai_choice import candidates
from tests.adapters.tiny_encoder import make_tiny_encoder
from tests.scoring.runs import failure_of, question, reply_to, spec

POINTS = (
    Point(names=("Grip too narrow",), wanted=True),
    Point(names=("Grip too wide",), wanted=False),
    Point(names=("Body swing",), wanted=False),
)
REPLIES = (
    "The grip is narrow.",
    "The hold is tight.",
    "The hold is not tight. The torso may rock.",
    "I cannot tell.",
    "A broad hold. The body swings.",
    "The grip is wide, not narrow.",
)

JUDGE = '''
from pathlib import Path

class Judge:
    """Takes synonyms for what they mean, and fails beyond a number of requests."""

    def __init__(self, log, most="1000"):
        self.log, self.left = Path(log), int(most)

    def reply(self, request):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("out of credit")
        with self.log.open("a") as f:
            f.write(request.question_id + "\\n")
        assert request.forced == ("A", "B", "C") and not request.clips
        answer, statement = request.text.split("Statement:")
        answer = answer.split("Answer:")[1].lower()
        for pair in ("hold grip", "tight narrow", "broad wide", "torso body", "rock swing"):
            word, same = pair.split()
            answer = answer.replace(word, same)
        words = statement.split(":")[1].lower().replace(" too ", " ").split()[:2]
        if not all(w in answer for w in words):
            return "C"
        return "B" if f"not {words[1]}" in answer else "A"
'''


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run on six questions by three subjects, a multiple choice question, and one without a reply."""
    questions = [
        question(i, AnswerFormat.TEXT, f"S{i % 3}").model_copy(
            update={"points": POINTS, "type": "dialogue_evaluation", "answer": "Grip too narrow."}
        )
        for i in range(len(REPLIES) + 1)
    ]
    predictions = [reply_to(q, text) for q, text in zip(questions, REPLIES, strict=False)]
    choice = question(50)
    return write(
        tmp_path / "run", [*questions, choice], [*predictions, failure_of(questions[-1]), reply_to(choice, "B")]
    )


def write(folder: Path, questions: list[Question], predictions: list[Prediction]) -> Path:
    the_spec = spec(n_questions=len(questions)).model_copy(update={"model": ModelRef(name="fake:echo")})
    with RunFolder.open(folder, the_spec, questions, {}, {}) as run:
        for p in predictions:
            run.append(p.model_copy(update={"run_id": run.manifest.run_id, "key": the_spec.key(p.question_hash)}))
    return folder


@pytest.fixture
def judge(tmp_path: Path) -> str:
    (tmp_path / "my_judge.py").write_text(JUDGE)
    return f"{tmp_path / 'my_judge.py'}:Judge"


def free_text(scores: Scores) -> FreeText:
    assert scores.details.free_text is not None
    return scores.details.free_text


def by(run: Path, kind: str) -> Reading:
    """The one reading of a kind."""
    [found] = [r for r in free_text(score_folder(run)).readings.values() if r.matcher.kind == kind]
    return found


def said(run: Path) -> dict[str, Counter[str]]:
    """Node -> how often it was read as what."""
    found: dict[str, Counter[str]] = {}
    for line in (run / JUDGEMENTS).read_text().splitlines():
        data = json.loads(line)
        found.setdefault(data["node"], Counter())[data["said"]] += 1
    return found


def test_a_judge_reads_each_node_once(run: Path, judge: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    before = free_text(score_folder(run))
    assert list(before.readings) == ["lexical"]
    outcome = ask_judge(run, judge, {"log": str(log)})
    n_nodes = outcome.n_nodes
    assert (outcome.n_pending, outcome.failures) == (n_nodes, {})
    assert len(set(log.read_text().split())) == len(log.read_text().split()) == n_nodes
    assert said(run)["error: Grip too narrow"] == {"stated": 2, "denied": 2, "unsaid": 2}
    reading = by(run, "judge")
    assert reading.matcher.name == "my_judge.py:Judge"
    assert (reading.matcher.revision or "").startswith("sha256:")
    assert reading.matcher.settings["prompt_sha256"] == judgement_hash()
    assert reading.n_open == 0
    assert reading.agreement is not None
    assert reading.agreement.kappa.value is not None
    # Of seven questions, one without a reply, the judge finds two narrow grips, and denials in two.
    errors = reading.by_kind["error"]
    assert errors.recall.value == errors.contradicted.value == pytest.approx(2 / 7)
    assert reading.agreement.same.n == n_nodes, "what was not answered is no agreement"
    again = ask_judge(run, judge, {"log": str(log)})
    assert (again.n_nodes, again.n_pending) == (n_nodes, 0)


def test_a_judge_that_fails_is_asked_for_the_rest(run: Path, judge: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    options = {"log": str(log), "most": "7"}
    first = ask_judge(run, judge, options)
    assert first.failures == {"adapter": first.n_nodes - 7}
    assert "out of credit" in first.reason
    assert by(run, "judge").n_open == first.n_nodes - 7
    with (run / JUDGEMENTS).open("a") as f:
        f.write('{"schema_version":"1","key":"torn')
    second = ask_judge(run, judge, options)
    assert second.n_pending == first.n_nodes - 7
    assert second.failures == {"adapter": first.n_nodes - 14}
    asked = log.read_text().split()
    assert len(set(asked)) == len(asked)


def test_another_judge_and_another_reply_are_asked_anew(run: Path, judge: str, tmp_path: Path) -> None:
    options = {"log": str(tmp_path / "log")}
    n_nodes = ask_judge(run, judge, options).n_nodes
    assert ask_judge(run, "baseline:random", {}).n_pending == n_nodes
    assert len(free_text(score_folder(run)).readings) == 3
    predictions = (run / PREDICTIONS).read_text()
    (run / PREDICTIONS).write_text(predictions.replace("The hold is tight.", "The hold is broad."))
    assert ask_judge(run, judge, options).n_pending == n_nodes // len(REPLIES)
    assert by_name(run, "baseline:random").n_open == n_nodes // len(REPLIES)


def by_name(run: Path, name: str) -> Reading:
    return next(r for r in free_text(score_folder(run)).readings.values() if r.matcher.name == name)


def test_what_is_no_letter_is_no_judgement(run: Path, tmp_path: Path) -> None:
    (tmp_path / "vague.py").write_text("class Vague:\n    def reply(self, request):\n        return 'Perhaps.'\n")
    outcome = ask_judge(run, f"{tmp_path / 'vague.py'}:Vague", {})
    assert outcome.failures == {"unread": outcome.n_nodes}
    assert "Perhaps." in outcome.reason
    assert (run / JUDGEMENTS).read_text() == ""


def test_an_adapter_that_loses_a_request_is_told(run: Path, tmp_path: Path) -> None:
    (tmp_path / "lazy.py").write_text(
        "class Lazy:\n"
        "    def __init__(self, twice=''):\n        self.twice = twice\n"
        "    def reply(self, request):\n        return 'A'\n"
        "    def stream(self, requests):\n"
        "        from flexqa.record import Reply\n"
        "        first = next(iter(requests))\n"
        "        for _ in range(1 + bool(self.twice)):\n            yield first, Reply(text='A')\n"
    )
    outcome = ask_judge(run, f"{tmp_path / 'lazy.py'}:Lazy", {})
    assert outcome.failures == {"adapter": outcome.n_nodes - 1}
    with pytest.raises(AdapterError, match="twice or unasked"):
        ask_judge(run, f"{tmp_path / 'lazy.py'}:Lazy", {"twice": "yes"})


def test_a_served_judge_is_held_to_the_letters(run: Path) -> None:
    asked = []

    def behave(call: Call) -> None:
        if call.path.endswith("/tokenize"):
            call.error(404, "Not Found")
            return
        asked.append(call.text)
        call.say("B", logprobs=candidates(B=-0.1, A=-3.0, C=-4.0))

    with serve(behave) as serving:
        outcome = ask_judge(run, "openai:gpt-judge", {"base_url": serving.url, "retries": "0"})
    assert outcome.failures == {}
    assert outcome.matcher.settings.keys() == {"prompt_sha256"}, "an address is no part of a judge"
    assert {c for counts in said(run).values() for c in counts} == {"denied"}
    text = next(t for t in asked if "The grip is narrow." in t and "Grip too wide" in t)
    assert re.search("\n".join(f"{a}. {m}" for a, m in zip("ABC", MEANINGS.values(), strict=True)), text)
    assert by(run, "judge").by_kind["error"].contradicted.value == pytest.approx(6 / 7)


def test_an_encoder_reads_what_words_leave_open(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    encoder = make_tiny_encoder(tmp_path / "bag-of-words")
    outcome = ask_encoder(run, encoder, threshold=0.9)
    assert outcome.failures == {}
    read = said(run)
    # Stated in its own words and in synonyms; denied in synonyms, and in its own words.
    assert read["error: Grip too narrow"] == {"stated": 2, "denied": 2, "unsaid": 2}
    assert read["error: Grip too wide"] == {"stated": 2, "unsaid": 4}
    assert read["error: Body swing"] == {"stated": 2, "unsaid": 4}
    reading = by(run, "encoder")
    assert (reading.matcher.name, reading.matcher.settings) == ("bag-of-words", {"threshold": "0.9"})
    assert reading.agreement is not None
    assert (reading.agreement.same.value or 0) < 1
    assert ask_encoder(run, encoder, threshold=0.9).n_pending == 0
    assert ask_encoder(run, encoder, threshold=1.01).n_pending == outcome.n_nodes
    [strict] = [
        r for r in free_text(score_folder(run)).readings.values() if r.matcher.settings.get("threshold") == "1.01"
    ]
    assert strict.agreement is not None
    assert strict.agreement.same.value == 1, "no cosine reaches it, so words alone decide"


def test_scores_follow_from_the_folder_alone(run: Path, judge: str, tmp_path: Path) -> None:
    ask_judge(run, judge, {"log": str(tmp_path / "log")})
    words = score_folder(run)
    assert words.overall == score_folder(run).overall
    verification = verify(run, Against())
    assert not [f for f in verification.findings if f.fatal and f.rule in ("score", "name", "schema")]
    assert any(f.where == JUDGEMENTS and "not asked again" in f.message for f in verification.findings)
    lines = (run / JUDGEMENTS).read_text()
    (run / JUDGEMENTS).write_text(lines.replace('"said":"denied"', '"said":"stated"', 1))
    assert any(f.fatal and f.rule == "score" for f in verify(run, Against()).findings)
    (run / JUDGEMENTS).write_text(lines.replace('"said":"denied"', '"said":"perhaps"', 1))
    assert any(f.fatal and f.where.startswith(JUDGEMENTS) for f in verify(run, Against()).findings)
    with pytest.raises(RunError, match=rf"{JUDGEMENTS}:\d+: not a judgement: said"):
        score_folder(run)


def test_a_folder_in_use_is_left_alone(run: Path) -> None:
    lock = locked(run)
    try:
        with pytest.raises(RunError, match="another process is writing"):
            ask_judge(run, "fake:echo", {})
    finally:
        lock.release()


def test_the_command(run: Path, judge: str, tmp_path: Path) -> None:
    def score(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["score", str(run), *words], env={"COLUMNS": "80"})
        return result.exit_code, result.output

    code, output = score()
    assert code == 0
    assert "free text is scored by the lexical matcher; no encoder or judge has read it" in " ".join(output.split())
    assert "BLEU" in output
    code, output = score("--judge", judge, "-o", f"log={tmp_path / 'log'}", "-o", "most=3")
    assert code == 1
    assert re.search(r"failed: \d+ adapter; first: .*out of credit", output)
    code, output = score("--judge", judge, "-o", f"log={tmp_path / 'log'}")
    assert code == 0
    assert re.search(r"judge my_judge.py:Judge +error", output)
    assert "kappa" in output
    assert max(map(len, output.splitlines())) <= 80 + len(judge)
    assert score("-o", "log=x")[0] == 2
    assert score("--encoder", str(tmp_path / "none"))[0] == 1


def test_no_such_judge(run: Path) -> None:
    with pytest.raises(BadInput, match="no known engine"):
        create("gpt", {})
    with pytest.raises(BadInput):
        ask_judge(run, "baseline:oracles", {})
