"""Whether all that belongs together is there, the oracle agrees with every answer, and the recordings are covered."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from flexqa.audit.report import Coverage, Gate, gate
from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.question import Modality, Question
from flexqa.questions.bundles import answer_text
from flexqa.questions.eye import Eye
from flexqa.questions.oracle import Finding, check
from flexqa.questions.question_set import media_of
from flexqa.questions.registry import question_type, question_types
from flexqa.recordings.model import RecordingSet
from flexqa.vocabulary import VIEWS

_NAMED = 8


def oracle_gate(questions: Sequence[Question], eye: Eye) -> Gate:
    """Every question is put to its type's solver; what it cannot look at does not count against it."""
    found = [(q, check(question_type(q.type), q, eye)) for q in questions]
    counts = Counter(finding for _, finding in found)
    faults = [f"{q.id}: {f}" for q, f in found if f in (Finding.CONTRADICTS, Finding.UNDECIDED)]
    told = ", ".join(f"{n} {finding}" for finding, n in sorted(counts.items()))
    remedy = "generate the set again: it asks only what the oracle answers"
    return gate("oracle", "Does the evidence alone give every answer?", faults, len(found), remedy, worst=told)


def groups_gate(questions: Sequence[Question]) -> Gate:
    """Pairs have both halves and both answers, matched sets each answer, and conversations all their turns."""
    groups: defaultdict[tuple[str, str], list[Question]] = defaultdict(list)
    for q in questions:
        for kind, group in q.groups.items():
            groups[kind, group].append(q)
    faults = []
    ids, turns = {q.id for q in questions}, 1 + sum(bool(t.turn_after) for t in question_types().values())
    for (kind, group), members in groups.items():
        if kind in ("affirmed_negated", "minimal_pair", "matched_pair"):
            answers = sorted(str(q.answer) for q in members)
            if answers != ["no", "yes"]:
                faults.append(f"{kind} {group} has the answers {' '.join(answers)}")
        if kind == "matched_set":
            right = sorted(answer_text(q) for q in members)
            if any(right != sorted(o.text for o in q.options) for q in members):
                faults.append(f"{kind} {group} has the answers {', '.join(right)}: not each of its options once")
        if kind == "dialogue" and len(members) != turns:
            faults.append(f"conversation {group} has {len(members)} turns")
    faults += [
        f"{q.id} follows {q.follows}, which is not in the set"
        for q in questions
        if q.follows and q.follows not in ids
    ]
    return gate("groups", "Is everything that counts together there?", faults, len(groups), "keep bundles whole")


def coverage(questions: Sequence[Question], recordings: RecordingSet, graph: Graph) -> tuple[Coverage, ...]:
    """Actions, keysteps, errors, edges, modalities, views and types: asked about, of those that are recorded."""
    truths = [r.annotation for r in recordings if r.annotation]
    recorded = {t.action for t in truths}
    walked = {node for q in questions for subject, _, target in q.graph_path for node in (subject, target)}
    edges = {f"{t[0]} {t[2]}" for q in questions for t in q.graph_path if t[1] == "may_occur"}
    observed = {pair for t in truths for pair in t.pairs}
    shown = {m.modality for q in questions for m in media_of(q)}
    views = {m.view for q in questions for m in media_of(q) if m.view}
    keysteps = {k for a in recorded for k in graph.actions[a].keysteps}
    possible = {e for a in recorded for _, e in possible_pairs(graph, a)}
    told = {text for q in questions for text in (*q.prompt.values(), *(o.text for o in q.options))}
    named = walked | {e for e, node in graph.errors.items() if any(text.startswith(node.name) for text in told)}
    return (
        _covered("actions", {q.action for q in questions}, recorded),
        _covered("keysteps", walked, keysteps),
        _covered("errors that are possible", named, possible),
        _covered("errors that were observed", named, {e for _, e in observed}),
        _covered("observed edges from keystep to error", edges, {f"{k} {e}" for k, e in observed}),
        _covered("modalities", shown, set(Modality) - {Modality.TEXT}),
        _covered("views", views, {v for v in VIEWS if any(v in r.views for r in recordings)}),
        _covered("question types", {q.type for q in questions}, set(question_types())),
    )


def coverage_gate(found: Sequence[Coverage]) -> Gate:
    """All recorded actions are asked about; the rest is reported."""
    faults = [f"no question about {', '.join(c.missing)}" for c in found if c.what == "actions" and c.missing]
    told = ", ".join(f"{c.asked} of {c.there} {c.what}" for c in found)
    remedy = "add recordings of these actions, or leave them out of the set of recordings"
    return gate("coverage", "Is every recorded action asked about?", faults, len(found), remedy, worst=told)


def _covered(what: str, asked: Iterable[str], there: Collection[str]) -> Coverage:
    missing = sorted(set(there) - set(asked))
    return Coverage(what=what, asked=len(there) - len(missing), there=len(there), missing=tuple(missing[:_NAMED]))
