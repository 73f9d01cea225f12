"""Which one of four errors the joint angles show.

As `error_identification`, from the pose: the errors are those whose criteria look at the angles that a pose is
written with. The oracle puts the detectors to the pose, with the exercise and the phases as it sees them.
"""

from collections.abc import Iterator

from flexqa.graph.model import Graph
from flexqa.graph.walk import path_to_error, possible_pairs
from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import ALIKE, Candidate, Case, Choice, choose
from flexqa.questions.evidence import only_true
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import Control

WRITTEN = {
    "elbow_flex",
    "knee_flex",
    "hip_flex",
    "arm_elev",
    "trunk_incl",
    "sway",
    "knee_drive",
    "lr_rom_diff",
    "phase_dur",
}
"""measures that can be read off a pose as it is written (`flexqa.sensor_text.pose_text`)"""


class ErrorFromPose(QuestionType):
    """Choice of four errors."""

    name = "error_from_pose"
    level = Level.EVALUATION
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.CHOICE
    summary = (
        "Which one of these errors do the joint angles show? From the annotated errors; the others are not made."
    )
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_POSE: "chance",
        Control.NO_POSE: "chance",
        Control.FLAT_POSE: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording, about one of its errors that angles show."""
        graph = context.graph
        seen: list[tuple[Annotated, str]] = []
        for a in context.annotated:
            found = [e for e in self.draw(context, a.id).shuffled(a.errors) if _written(graph, context.action, e)]
            if found and a.recording.skeleton:
                seen.append((a, found[0]))
        made = {e for a in context.annotated for e in a.errors}
        cases = [self._case(context, a, error, made) for a, error in seen]
        for (a, error), case, choice in zip(seen, cases, choose(cases), strict=True):
            if choice:
                yield self._ask(context, a, error, case, choice)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one option whose error is made."""
        return only_true(question, (eye.made(question.media[0], o.text) for o in question.options))

    def _case(self, context: Context, a: Annotated, error: str, made: set[str]) -> Case:
        graph, action = context.graph, context.action
        candidates = tuple(
            Candidate(e, error_text(graph, e), "same_action", ALIKE if e in made else 0.0)
            for e in dict.fromkeys(e for _, e in possible_pairs(graph, action))
            if _written(graph, action, e) and context.lacks(a, e)
        )
        return Case(self.draw(context, a.id), error, error_text(graph, error), candidates, a.truth.split)

    def _ask(self, context: Context, a: Annotated, error: str, case: Case, choice: Choice) -> Question:
        keystep = next(k for k, e in a.truth.pairs if e == error)
        return self.build(
            case.draw,
            a,
            media=(Media(recording=a.id, modality=Modality.POSE),),
            prompt={"exercise": context.graph.actions[context.action].name},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "observed", error), *path_to_error(context.graph, context.action, keystep, error)),
            groups={"chain": a.id},
        )


def _written(graph: Graph, action: str, error: str) -> bool:
    primary = graph.actions[action].primary_measure or ""
    criteria = graph.errors[error].detect_all
    return bool(criteria) and all((primary if c.measure == "primary" else c.measure) in WRITTEN for c in criteria)
