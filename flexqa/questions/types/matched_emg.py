"""Whether a clip and an EMG trace are of the same repetition.

Each clip is asked about twice, with its own trace and with that of another repetition of the same action, of the same
subject where possible; the two begin or turn at moments more than 0.3 s apart and are cut to the same length. The
oracle looks how well the phases that it sees explain the activity.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import clip, dominant_muscle, has_emg, targets, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.timing import common_window, fit, fits, moments, others_apart
from flexqa.vocabulary import Control


class MatchedEmg(QuestionType):
    """Yes or no, in pairs of one of each."""

    name = "matched_emg"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.VIDEO)
    answer_format = AnswerFormat.YES_NO
    summary = "Are clip and EMG trace of the same repetition? Once its own, once that of another with other timing."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_EMG: "chance",
        Control.NO_EMG: "chance",
        Control.SHUFFLED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """Two questions per recording with a clip, EMG, and another to tell it from."""
        for group in context.by_split.values():
            for a in group:
                yield from self._ask(context, a, group)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether the activity goes with the movement."""
        repetition = eye.repetition(question.media[0])
        found = fits(fit(repetition, eye.sides(question.media[1]))) if repetition else None
        return None if found is None else "yes" if found else "no"

    def _ask(self, context: Context, a: Annotated, group: tuple[Annotated, ...]) -> Iterator[Question]:
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        if view is None or moments(a) is None or not has_emg(context, a):
            return
        others = others_apart(draw, a, group, lambda b: has_emg(context, b), 1)
        window = common_window([a, *others]) if others else None
        if others is None or window is None:
            return
        for b in (a, others[0]):
            trace = Media(recording=b.id, modality=Modality.EMG, window_s=window)
            yield self.build(
                draw,
                a,
                media=(clip(a, view, window_s=window), trace),
                prompt={"muscle": graph.muscles[dominant_muscle(graph, action)].name},
                answer="yes" if b is a else "no",
                chance=0.5,
                graph_path=(
                    (a.id, "shows", action),
                    *targets(graph, action),
                    (b.id, "recorded_with", f"EMG of {b.id}"),
                ),
                groups={"matched_pair": f"{self.name}:{a.id}"} | ({"chain": a.id} if b is a else {}),
            )
