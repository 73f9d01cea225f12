"""Whether lifting or lowering takes longer.

One phase lasts at least 20 % and 0.3 s longer than the other. Lowering mostly takes longer, so questions come in
pairs: two recordings of one action, one of each kind. The oracle measures the phases that it sees in the pose.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import letter_of
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import matched_sets, set_id
from flexqa.questions.turning import takes_its_time, turns_clearly
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control, Phase

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
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_POSE: "chance",
        Control.NO_POSE: "chance",
        Control.FLAT_POSE: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """Two questions per two recordings with a pose, one of each answer."""
        for split, group in context.by_split.items():
            durations = {a.id: _durations(r) for a in group if (r := context.repetition(a)) and takes_its_time(r)}
            poses = [a for a in group if a.id in durations]
            for _, pair in matched_sets(
                self.draw(context, split),
                poses,
                [self.name],
                lambda _: len(TEXTS),
                lambda a, _: _longer(durations[a.id], RATIO, APART_S),  # noqa: B023  # used at once
            ):
                for a, phase in zip(pair, TEXTS, strict=True):
                    yield self._ask(context, a, phase, set_id(self.name, pair))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The phase that is seen to take longer, by half as much at least."""
        repetition = eye.repetition(question.media[0])
        if repetition is None or not turns_clearly(repetition):
            return None
        longer = _longer(_durations(repetition), (1 + RATIO) / 2, APART_S / 2)
        return letter_of(question, tuple(TEXTS.values())[longer[0]]) if longer else None

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


def _durations(repetition: Repetition) -> tuple[float, float] | None:
    """Seconds of the lifting and of the lowering phase, annotated or seen; null where one is missing."""
    lifting, lowering = (repetition.span(phase) for phase in TEXTS)
    return (lifting.end_s - lifting.start_s, lowering.end_s - lowering.start_s) if lifting and lowering else None


def _longer(durations: tuple[float, float] | None, ratio: float, apart_s: float) -> tuple[int, ...]:
    """The place of the longer phase; empty where they are much alike."""
    if durations is None or max(durations) < max(ratio * min(durations), min(durations) + apart_s):
        return ()
    return (durations.index(max(durations)),)
