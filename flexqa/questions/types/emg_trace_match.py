"""Which of four EMG traces was recorded during the clip.

The traces are of repetitions of the same action, of the same subject where possible. Any two of the four begin or
turn at moments more than 0.3 s apart, and all are cut to the length of the shortest, as the clip is, so only timing
tells them apart. The oracle looks which activity the phases of the seen movement
explain best.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question, Window
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, dominant_muscle, has_emg, targets, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.timing import best_fit, common_window, fit, moments, others_apart
from flexqa.vocabulary import Control


class EmgTraceMatch(QuestionType):
    """Choice of four traces."""

    name = "emg_trace_match"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.VIDEO)
    answer_format = AnswerFormat.CHOICE
    summary = "Which EMG trace belongs to the clip? The others are of other repetitions with another timing."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_EMG: "chance",
        Control.NO_EMG: "chance",
        Control.SHUFFLED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, EMG, and three others to tell it from."""
        for group in context.by_split.values():
            for a in group:
                if question := self._ask(context, a, group):
                    yield question

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the places of the traces, whatever the muscle."""
        return (), tuple(o.text for o in question.options)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The trace whose activity goes best with the movement."""
        repetition = eye.repetition(question.media[0])
        if repetition is None:
            return None
        best = best_fit([fit(repetition, eye.sides(o.media)) for o in question.options if o.media])
        return None if best is None else question.letters[best]

    def _ask(self, context: Context, a: Annotated, group: tuple[Annotated, ...]) -> Question | None:
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        if view is None or moments(a) is None or not has_emg(context, a):
            return None
        others = others_apart(draw, a, group, lambda b: has_emg(context, b), 3)
        window = common_window([a, *others]) if others else None
        if others is None or window is None:
            return None
        choice = place(draw, _trace(a, a, window), [_trace(b, a, window) for b in others])
        options = tuple(o.model_copy(update={"text": f"Trace {i}"}) for i, o in enumerate(choice.options, 1))
        return self.build(
            draw,
            a,
            media=(clip(a, view, window_s=window),),
            prompt={"muscle": graph.muscles[dominant_muscle(graph, action)].name},
            options=options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), *targets(graph, action), (a.id, "recorded_with", f"EMG of {a.id}")),
        )


def _trace(b: Annotated, shown: Annotated, window: Window) -> Option:
    near = "same_subject" if b.truth.subject == shown.truth.subject else "same_action"
    return Option(
        text=b.id,
        kind="answer" if b is shown else near,
        media=Media(recording=b.id, modality=Modality.EMG, window_s=window),
    )
