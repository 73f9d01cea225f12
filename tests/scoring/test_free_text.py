"""Figures of free answers: equal to those of scikit-learn and sacrebleu, over subjects, whatever the order."""

import random

import pytest
from sacrebleu.metrics import BLEU, CHRF
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score

from flexqa.question import AnswerFormat, Point, Question
from flexqa.record import Prediction
from flexqa.scoring.aggregate import Judged, aggregate, judge_run, scores_of, to_json
from flexqa.scoring.free_text import FreeText
from flexqa.scoring.judgements import NONE, Judgement, Judgements, Matcher, key_of
from flexqa.scoring.nodes import nodes_of
from flexqa.scoring.points import SAID, Said
from flexqa.scoring.table import TableBuilder, join
from tests.scoring.runs import failure_of, manifest, question, reply_to

FAULTS = ("grip wide", "back round", "knees locked", "head dropped", "load tilts")
SUBJECTS = 6
JUDGE = Matcher(kind="judge", name="fake:judge", settings={"prompt_sha256": "0" * 64})


def texts(n: int = 48) -> list[tuple[Question, str]]:
    """Questions on five faults, some of them true, and replies that state and deny some."""
    rng = random.Random(3)
    pairs = []
    for i in range(n):
        points = tuple(Point(names=(name,), wanted=j == i % 5 or rng.random() < 0.4) for j, name in enumerate(FAULTS))
        q = question(i, AnswerFormat.TEXT, f"S{i % SUBJECTS:02}").model_copy(
            update={"points": points, "groups": {}, "answer": "! ".join(p.names[0] for p in points if p.wanted)}
        )
        told = {p.names[0]: rng.choice((p.names[0], p.names[0], f"no {p.names[0]}", "")) for p in points}
        pairs.append((q, ". ".join(t for t in told.values() if t) or "Nothing."))
    return pairs


def judged(pairs: list[tuple[Question, str]], judgements: Judgements = NONE) -> list[Judged]:
    return judge_run([q for q, _ in pairs], [reply_to(q, t) for q, t in pairs], judgements)


def figures(pairs: list[tuple[Question, str]], judgements: Judgements = NONE) -> FreeText:
    found = aggregate(judged(pairs, judgements), manifest(), judgements).details.free_text
    assert found is not None
    return found


def test_precision_recall_and_f1_equal_scikit_learn() -> None:
    pairs = texts()
    stated = figures(pairs).readings["lexical"].by_kind["point"]
    nodes = [n for j in judged(pairs) for n in j.verdict.nodes]
    truth, said = [n.wanted for n in nodes], [n.said["lexical"] == "stated" for n in nodes]
    assert stated.precision.value == pytest.approx(precision_score(truth, said), abs=1e-12)
    assert stated.recall.value == pytest.approx(recall_score(truth, said), abs=1e-12)
    assert stated.f1.value == pytest.approx(f1_score(truth, said), abs=1e-12)
    denied = [n.said["lexical"] == "denied" for n in nodes if n.wanted]
    assert stated.contradicted.value == pytest.approx(sum(denied) / len(denied))
    assert (stated.precision.n, stated.recall.n, stated.f1.n) == (sum(said), sum(truth), len(nodes))
    for e in (stated.precision, stated.recall, stated.f1, stated.contradicted):
        assert e.n_clusters == SUBJECTS
        assert e.ci_low is not None
        assert e.ci_high is not None
        assert e.ci_low < (e.value or 0) < e.ci_high


def test_who_says_nothing_has_no_precision_and_no_recall() -> None:
    pairs = texts(12)
    predictions: list[Prediction] = [failure_of(q) for q, _ in pairs]
    found = aggregate(judge_run([q for q, _ in pairs], predictions), manifest()).details.free_text
    assert found is not None
    overall = found.readings["lexical"].overall
    assert (overall.precision.value, overall.precision.reason) == (None, "no values")
    assert (overall.recall.value, overall.f1.value, overall.contradicted.value) == (0, 0, 0)


def test_bleu_and_chrf_are_those_of_sacrebleu_over_the_corpus() -> None:
    pairs = texts()
    found = figures(pairs)
    hypotheses, references = [t for _, t in pairs], [[str(q.answer) for q, _ in pairs]]
    alike = found.similarity["type_text"]
    metrics = {"bleu": BLEU(), "chrf": CHRF(), "chrf++": CHRF(word_order=2)}
    for name, e in zip(metrics, (alike.bleu, alike.chrf, alike.chrf_words), strict=True):
        whole = metrics[name].corpus_score(hypotheses, references).score
        assert e.value == pytest.approx(whole, abs=1e-9), name
        assert whole > 1
        assert (e.n, e.n_clusters, e.reason) == (len(pairs), SUBJECTS, None)
        assert found.signatures[name] == str(metrics[name].get_signature())
    left_out = [
        BLEU().corpus_score([t for q, t in kept], [[str(q.answer) for q, _ in kept]]).score
        for s in range(SUBJECTS)
        for kept in [[(q, t) for q, t in pairs if q.subject != f"S{s:02}"]]
    ]
    mean = sum(left_out) / SUBJECTS
    se = ((SUBJECTS - 1) / SUBJECTS * sum((x - mean) ** 2 for x in left_out)) ** 0.5
    assert alike.bleu.se == pytest.approx(se, rel=1e-9)


def judgements(pairs: list[tuple[Question, str]], share: float = 1.0) -> tuple[Judgements, list[tuple[Said, Said]]]:
    """What a judge of its own mind says of a share of the nodes, and the pairs of (judge, lexical)."""
    rng = random.Random(4)
    lines, both = [], []
    for j in judged(pairs):
        q, text = j.question, str(j.verdict.extracted)
        for node, reading in zip(nodes_of(q), j.verdict.nodes, strict=True):
            if rng.random() > share:
                continue
            said: Said = reading.said["lexical"] if rng.random() < 0.7 else rng.choice(SAID)
            lines.append(
                Judgement(key=key_of(q, text, node, JUDGE), question_id=q.id, node=node.key, said=said, matcher=JUDGE)
            )
            both.append((said, reading.said["lexical"]))
    return Judgements.of(lines), both


def test_the_agreement_of_a_judge_equals_scikit_learn() -> None:
    pairs = texts()
    given, both = judgements(pairs)
    found = figures(pairs, given)
    reading = found.readings[JUDGE.id]
    assert reading.matcher == JUDGE
    assert reading.agreement is not None
    assert reading.agreement.same.value == pytest.approx(sum(a == b for a, b in both) / len(both))
    assert reading.agreement.kappa.value == pytest.approx(cohen_kappa_score(*zip(*both, strict=True)), abs=1e-12)
    assert (reading.agreement.kappa.n, reading.n_open) == (len(both), 0)
    assert reading.agreement.kappa.ci_low is not None
    assert found.readings["lexical"] == figures(pairs).readings["lexical"]
    with_judge = aggregate(judged(pairs, given), manifest(), given)
    assert with_judge.overall == aggregate(judged(pairs), manifest()).overall, "accuracy does not rest on the judge"


def test_nodes_that_a_judge_did_not_read_are_left_out_and_counted() -> None:
    pairs = texts()
    given, both = judgements(pairs, share=0.6)
    reading = figures(pairs, given).readings[JUDGE.id]
    assert reading.agreement is not None
    assert (reading.agreement.same.n, reading.n_open) == (len(both), 5 * len(pairs) - len(both))


def test_a_judgement_on_another_reply_counts_for_nothing() -> None:
    pairs = texts()
    given, _ = judgements([(q, f"{t} Or not.") for q, t in pairs])
    reading = figures(pairs, given).readings[JUDGE.id]
    assert (reading.n_open, reading.overall.f1.value) == (5 * len(pairs), None)


def test_parts_of_a_run_give_the_same_bytes() -> None:
    pairs = texts()
    given, _ = judgements(pairs, share=0.8)
    rows = judged(pairs, given)
    whole = to_json(aggregate(rows, manifest(), given))
    random.Random(5).shuffle(rows)
    tables = []
    for start in range(0, len(rows), 7):
        builder = TableBuilder()
        for j in rows[start : start + 7]:
            builder.add(j.question, j.verdict)
        tables.append(builder.build())
    assert to_json(scores_of(join(tables), manifest(), given)) == whole


def test_other_formats_have_no_such_figures() -> None:
    q = question(1)
    assert aggregate(judge_run([q], [reply_to(q, "B")]), manifest()).details.free_text is None
