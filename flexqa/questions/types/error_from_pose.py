"""Which one of four or three errors the joint angles show.

The errors are those whose criteria look at the angles that a pose is written with. Some are made in most repetitions
and some in few, so questions come in sets: as many recordings of one action as errors are asked about with the same
errors, each of them makes one and surely none of the others, and each error is right once. The oracle puts the
detectors to the pose, with the exercise and the phases as it sees them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from flexqa.graph.model import Graph
from flexqa.graph.walk import path_to_error
from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import POSE_CONTROLS, only_true
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import matched_sets, set_id
from flexqa.questions.visibility import error_text
from flexqa.recordings.measures import JOINT_ANGLES

WRITTEN = {*JOINT_ANGLES, "trunk_incl", "sway", "knee_drive", "lr_rom_diff", "phase_dur"}
"""measures that can be read off a pose as it is written (`flexqa.sensors.traces.pose_traces`)"""
SIZES = (4, 3)
"""errors of a set, those first that are tried first"""


class ErrorFromPose(QuestionType):
    """Choice of four or three errors, in sets of as many questions."""

    name = "error_from_pose"
    level = Level.EVALUATION
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.CHOICE
    summary = (
        "Which one of these errors do the joint angles show? From the annotated errors; the others are not made."
    )
    controls = POSE_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """A question for each recording of a set, which make one each of the errors that angles show."""
        for split, group in context.by_split.items():
            written = sorted({e for a in group for e in a.errors if _written(context.graph, context.action, e)})
            lacks = {(a.id, e): context.lacks(a, e) for a in group for e in written}
            draw = self.draw(context, split)
            for errors, members in matched_sets(
                draw,
                [a for a in group if a.recording.skeleton],
                [errors for n in SIZES for errors in draw.child("errors").shuffled(combinations(written, n), str)],
                len,
                lambda a, errors: _only_made(a, errors, lacks),  # noqa: B023  # used at once
            ):
                for a, error in zip(members, errors, strict=True):
                    yield self._ask(context, a, error, errors, set_id(self.name, members))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one option whose error is made."""
        return only_true(question, (eye.made(question.media[0], o.text) for o in question.options))

    def _ask(self, context: Context, a: Annotated, error: str, errors: tuple[str, ...], group: str) -> Question:
        graph, draw = context.graph, self.draw(context, a.id)
        choice = choice_of(draw, {e: error_text(graph, e) for e in errors}, error, "same_action")
        return self.build(
            draw,
            a,
            media=(Media(recording=a.id, modality=Modality.POSE),),
            prompt={"exercise": graph.actions[context.action].name},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "observed", error), *path_to_error(graph, context.action, a.keystep_of(error), error)),
            groups={"chain": a.id, "matched_set": group},
        )


def _only_made(a: Annotated, errors: Sequence[str], lacks: Mapping[tuple[str, str], bool]) -> tuple[int, ...]:
    """The place of the one error that is made, if the recording is surely free of the others."""
    made = [i for i, e in enumerate(errors) if e in a.errors]
    free = sum(lacks[a.id, e] for e in errors)
    return tuple(made) if len(made) == 1 and free == len(errors) - 1 else ()


def _written(graph: Graph, action: str, error: str) -> bool:
    primary = graph.actions[action].primary_measure or ""
    criteria = graph.errors[error].detect_all
    return bool(criteria) and all((primary if c.measure == "primary" else c.measure) in WRITTEN for c in criteria)
