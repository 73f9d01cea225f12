"""Whether joint angles belong to the repetition in the clip.

Each clip is asked about twice, with its own joint angles and with those of another repetition of the same action, of
the same subject where possible; the two begin or turn at moments more than 0.3 s apart and are cut to the same
length. The oracle compares when each is seen to begin and to turn.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.timing import common_window, moments, others_apart, same_moments
from flexqa.vocabulary import Control


class PoseMatch(QuestionType):
    """Yes or no, in pairs of one of each."""

    name = "pose_match"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE, Modality.VIDEO)
    answer_format = AnswerFormat.YES_NO
    summary = "Do joint angles and clip belong together? Once its own, once those of another with other timing."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_POSE: "chance",
        Control.NO_POSE: "chance",
        Control.FLAT_POSE: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "lower",
        Control.REVERSED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """Two questions per recording with a clip, a pose, and another to tell it from."""
        for group in context.by_split.values():
            for a in group:
                yield from self._ask(context, a, group)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether clip and joint angles begin and turn together."""
        one, other = (eye.repetition(m) for m in question.media)
        same = same_moments(one, other) if one and other else None
        return None if same is None else "yes" if same else "no"

    def _ask(self, context: Context, a: Annotated, group: tuple[Annotated, ...]) -> Iterator[Question]:
        draw, view = self.draw(context, a.id), view_of_action(context.graph, context.action, a)
        if view is None or moments(a) is None or a.recording.skeleton is None:
            return
        others = others_apart(draw, a, group, lambda b: b.recording.skeleton is not None, 1)
        window = common_window([a, *others]) if others else None
        if others is None or window is None:
            return
        for b in (a, others[0]):
            pose = Media(recording=b.id, modality=Modality.POSE, window_s=window)
            yield self.build(
                draw,
                a,
                media=(clip(a, view, window_s=window), pose),
                answer="yes" if b is a else "no",
                chance=0.5,
                graph_path=((a.id, "shows", context.action), (b.id, "measured_as", f"pose of {b.id}")),
                groups={"matched_pair": f"{self.name}:{a.id}"} | ({"chain": a.id} if b is a else {}),
            )
