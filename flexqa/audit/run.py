"""One audit: every gate on one question set."""

from flexqa.audit import tallies, wholeness
from flexqa.audit.report import AuditReport
from flexqa.errors import require
from flexqa.graph.model import Graph
from flexqa.questions.eye import Eye
from flexqa.questions.question_set import QuestionSet, check_recordings
from flexqa.recordings.flex_layout import fingerprint
from flexqa.recordings.model import RecordingSet


def audit(question_set: QuestionSet, recordings: RecordingSet, graph: Graph) -> AuditReport:
    """Look at a question set from all sides.

    Raises:
        QuestionError: the recordings are not those that the questions were made from.
        MissingBackend: scikit-learn is not installed.
    """
    guessing = require("flexqa.audit.guessing", "report")
    check_recordings(question_set.manifest, question_set.recordings, recordings, fingerprint(recordings))
    questions = question_set.questions
    found = guessing.guesses(questions)
    covered = wholeness.coverage(questions, recordings, graph)
    return AuditReport(
        questions_sha256=question_set.manifest.sha256,
        n_questions=len(questions),
        gates=(
            *tallies.gates(questions),
            *guessing.gates(found),
            wholeness.oracle_gate(questions, Eye(graph, recordings)),
            wholeness.groups_gate(questions),
            wholeness.coverage_gate(covered),
        ),
        guesses=found,
        coverage=covered,
        positions=tallies.positions(questions),
    )
