"""During which of four clips an EMG trace was recorded.

The reverse of `emg_trace_match`: four repetitions that timing tells apart (`flexqa.questions.matching`). The oracle
looks which of the seen movements explains the activity best.
"""

from collections.abc import Iterator, Sequence

from flexqa.question import LETTERS, AnswerFormat, Media, Modality, Question, Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, has_emg, muscle_name, named_media, recorded_with_emg, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.matching import CLIP_AND_EMG_CONTROLS, Matched, labelled
from flexqa.questions.timing import best_fit, fit

CLIPS = ("Clip 1", "Clip 2", "Clip 3", "Clip 4")


class ClipOfTrace(Matched):
    """Choice of four clips."""

    name = "clip_of_trace"
    modalities = (Modality.EMG, Modality.VIDEO)
    answer_format = AnswerFormat.CHOICE
    balanced = "all_prompts"
    summary = "Which clip belongs to the EMG trace? The others show other repetitions with another timing."
    controls = CLIP_AND_EMG_CONTROLS
    others = (len(CLIPS) - 1,)

    def usable(self, context: Context, a: Annotated, b: Annotated) -> bool:
        """Whether the recording has EMG, and the other a clip from a view that both have."""
        there = view_of_action(context.graph, context.action, a, b) is not None
        return there and (b is not a or has_emg(context, a))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip whose movement goes best with the activity."""
        sides = eye.sides(question.media[0])
        seen = [eye.repetition(m) for m in named_media(question)]
        best = best_fit([fit(r, sides) for r in seen if r]) if all(seen) else None
        return None if best is None else question.letters[best]

    def ask(self, context: Context, a: Annotated, others: Sequence[Annotated], window: Window) -> Iterator[Question]:
        """One question, where one view has all clips."""
        draw = self.draw(context, a.id)
        shown = draw.child("order").shuffled([a, *others], lambda b: b.id)
        view = view_of_action(context.graph, context.action, *shown)
        if view is None:
            return
        trace = Media(recording=a.id, modality=Modality.EMG, window_s=window, label="Trace")
        yield self.build(
            draw,
            a,
            media=(trace, *(clip(b, view, label, window) for b, label in zip(shown, CLIPS, strict=True))),
            prompt={"muscle": muscle_name(context)},
            options=labelled(a, shown, CLIPS),
            answer=LETTERS[shown.index(a)],
            chance=1 / len(CLIPS),
            graph_path=((a.id, "shows", context.action), *recorded_with_emg(context, a)),
        )
