"""Which of four EMG traces was recorded during the clip.

The traces are of repetitions that timing tells apart (`flexqa.questions.matching`). The oracle looks which activity
the phases of the seen movement explain best.
"""

from collections.abc import Iterator, Sequence

from flexqa.question import AnswerFormat, Media, Modality, Option, Question, Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, has_emg, muscle_name, recorded_with_emg, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.matching import CLIP_AND_EMG_CONTROLS, Matched, kind_of
from flexqa.questions.timing import best_fit, fit


class EmgTraceMatch(Matched):
    """Choice of four traces."""

    name = "emg_trace_match"
    modalities = (Modality.EMG, Modality.VIDEO)
    answer_format = AnswerFormat.CHOICE
    balanced = "all_prompts"
    summary = "Which EMG trace belongs to the clip? The others are of other repetitions with another timing."
    controls = CLIP_AND_EMG_CONTROLS
    others = (3,)

    def usable(self, context: Context, a: Annotated, b: Annotated) -> bool:  # noqa: ARG002
        """Whether a recording has EMG."""
        return has_emg(context, b)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The trace whose activity goes best with the movement."""
        repetition = eye.repetition(question.media[0])
        if repetition is None:
            return None
        best = best_fit([fit(repetition, eye.sides(o.media)) for o in question.options if o.media])
        return None if best is None else question.letters[best]

    def ask(self, context: Context, a: Annotated, others: Sequence[Annotated], window: Window) -> Iterator[Question]:
        """One question, where there is a clip."""
        draw, view = self.draw(context, a.id), view_of_action(context.graph, context.action, a)
        if view is None:
            return
        choice = place(draw, _trace(a, a, window), [_trace(b, a, window) for b in others])
        yield self.build(
            draw,
            a,
            media=(clip(a, view, window_s=window),),
            prompt={"muscle": muscle_name(context)},
            # By their place and not by the recording, which would give the answer away.
            options=tuple(o.model_copy(update={"text": f"Trace {i}"}) for i, o in enumerate(choice.options, 1)),
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", context.action), *recorded_with_emg(context, a)),
        )


def _trace(b: Annotated, a: Annotated, window: Window) -> Option:
    media = Media(recording=b.id, modality=Modality.EMG, window_s=window)
    return Option(text=b.id, kind=kind_of(b, a), media=media)
