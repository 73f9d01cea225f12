"""Whether lifting or lowering takes longer.

One phase lasts at least 20 % and 0.3 s longer than the other. Lowering mostly takes longer, so questions come in
pairs: two recordings of one action, one of each kind. The oracle measures the phases that it sees in the pose.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import POSE_CONTROLS, letter_of
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import one_of_each, set_id
from flexqa.questions.turning import takes_its_time, turns_clearly
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Phase

TEXTS: dict[Phase, str] = {"concentric": "The lifting phase", "eccentric": "The lowering phase"}
RATIO = 1.2
APART_S = 0.3


class LongerPhase(QuestionType):
    """Choice of two phases, in pairs of one of each."""

    name = "longer_phase"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.CHOICE
    summary = "Does lifting or lowering take longer? From annotated phases that differ by 20 % and 0.3 s or more."
    controls = POSE_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """Two questions per two recordings with a pose, one of each answer."""
        for split, group in context.by_split.items():
            longer = {
                a.id: phase
                for a in group
                if (r := context.repetition(a)) and takes_its_time(r) and (phase := _longer(r, RATIO, APART_S))
            }
            for phases, pair in one_of_each(self.draw(context, split), group, [tuple(TEXTS)], longer):
                for a, phase in zip(pair, phases, strict=True):
                    yield self._ask(context, a, phase, set_id(self.name, pair))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The phase that is seen to take longer, by half as much at least."""
        repetition = eye.repetition(question.media[0])
        if repetition is None or not turns_clearly(repetition):
            return None
        longer = _longer(repetition, (1 + RATIO) / 2, APART_S / 2)
        return letter_of(question, TEXTS[longer]) if longer else None

    def _ask(self, context: Context, a: Annotated, phase: Phase, group: str) -> Question:
        draw = self.draw(context, a.id)
        choice = choice_of(draw, TEXTS, phase, "other_phase")
        return self.build(
            draw,
            a,
            media=(Media(recording=a.id, modality=Modality.POSE),),
            prompt={"exercise": context.graph.actions[context.action].name},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", context.action), (a.id, "longer_phase", phase)),
            groups={"chain": a.id, "matched_set": group},
        )


def _longer(repetition: Repetition, ratio: float, apart_s: float) -> Phase | None:
    """The longer phase, annotated or seen; null where one is missing, or both are much alike."""
    spans = [span for phase in TEXTS if (span := repetition.span(phase))]
    seconds = {span.phase: span.end_s - span.start_s for span in spans}
    least, most = min(seconds.values(), default=0.0), max(seconds.values(), default=0.0)
    if len(seconds) < len(TEXTS) or most < max(ratio * least, least + apart_s):
        return None
    return max(seconds, key=lambda phase: seconds[phase])
