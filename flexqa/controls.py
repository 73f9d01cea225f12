"""What a control does to the evidence of a question: takes it away, takes it from another recording, or spoils it.

The words of the question stay as they are. What another recording shows is drawn by question, so a control run is
repeatable, and that recording is of another exercise where there is one.
"""

from collections.abc import Mapping

import numpy as np

from flexqa.errors import QuestionError
from flexqa.media import Clip, Pose
from flexqa.question import FILMED, Media, Modality, Question
from flexqa.questions.draw import Draw
from flexqa.questions.question_set import media_of
from flexqa.recordings.model import Recording, RecordingSet
from flexqa.recordings.signals import Sides
from flexqa.recordings.video import rearranged
from flexqa.vocabulary import Control

_REMOVED: Mapping[Control, tuple[Modality, ...]] = {
    Control.BLIND: tuple(Modality),
    Control.NO_CLIP: FILMED,
    Control.NO_EMG: (Modality.EMG,),
    Control.NO_POSE: (Modality.POSE,),
    Control.NO_PHYSIO: (Modality.PHYSIO,),
}
_SWAPPED: Mapping[Control, tuple[Modality, ...]] = {
    Control.SWAPPED_CLIP: FILMED,
    Control.SWAPPED_EMG: (Modality.EMG,),
    Control.SWAPPED_POSE: (Modality.POSE,),
    Control.SWAPPED_PHYSIO: (Modality.PHYSIO,),
}
_SPOILED: Mapping[Control, tuple[Modality, ...]] = {
    Control.SINGLE_FRAME: FILMED,
    Control.SHUFFLED_FRAMES: FILMED,
    Control.REVERSED_FRAMES: FILMED,
    Control.FLAT_EMG: (Modality.EMG,),
    Control.FLAT_POSE: (Modality.POSE,),
}


def removed(control: Control | None, media: Media) -> bool:
    """Whether a piece of evidence is not shown at all."""
    return control is not None and media.modality in _REMOVED.get(control, ())


def shown_under(control: Control | None, question: Question, recordings: RecordingSet) -> Question | None:
    """The question with the evidence that is left to see; null where some of it is taken away or spoiled.

    Raises:
        QuestionError: no other recording has such evidence.
    """
    used = {m.modality for m in media_of(question)}
    if control is None:
        return question
    if used & {*_REMOVED.get(control, ()), *_SPOILED.get(control, ())}:
        return None
    media = tuple(swapped(control, question, m, recordings) for m in question.media)
    options = tuple(
        o.model_copy(update={"media": swapped(control, question, o.media, recordings)}) if o.media else o
        for o in question.options
    )
    return question.model_copy(update={"media": media, "options": options})


def swapped(control: Control | None, question: Question, media: Media, recordings: RecordingSet) -> Media:
    """The same kind of evidence from another recording, where the control says so; else the evidence itself.

    Pieces of one recording stay pieces of one: all are taken from the same other recording where that has them.

    Raises:
        QuestionError: no other recording has such evidence.
    """
    if control is None or media.modality not in _SWAPPED.get(control, ()):
        return media
    others = [r for r in recordings if r.id != media.recording and _has(r, media)]
    if not others:
        raise QuestionError(
            f"question {question.id}: no recording but {media.recording} has {media.modality} for control {control}; "
            "evaluate on more recordings"
        )
    action = _action(recordings[media.recording])
    draw = Draw((control, question.groups.get("chain", question.id), media.recording))
    other = min(others, key=lambda r: (_action(r) == action, draw.unit(r.id)))
    return media.model_copy(update={"recording": other.id})


def spoiled_clip(control: Control | None, clip: Clip, key: str) -> Clip:
    """The clip as the control shows it; `key` sets the order of shuffled frames."""
    n = len(clip.frames)
    match control:
        case Control.SINGLE_FRAME:
            return rearranged(clip, (n // 2,))
        case Control.SHUFFLED_FRAMES:
            return rearranged(clip, Draw((control, key)).shuffled(range(n)))
        case Control.REVERSED_FRAMES:
            return rearranged(clip, range(n)[::-1])
        case _:
            return clip


def spoiled_sides(control: Control | None, sides: Sides) -> Sides:
    """The traces as the control shows them."""
    if control is not Control.FLAT_EMG:
        return sides
    left, right = (np.full_like(side, side.mean()) for side in (sides.left, sides.right))
    return Sides(left, right, sides.rate_hz, sides.unit, sides.muscle)


def spoiled_pose(control: Control | None, pose: Pose) -> Pose:
    """The movement as the control shows it."""
    if control is not Control.FLAT_POSE:
        return pose
    return Pose(np.broadcast_to(pose.points[:1], pose.points.shape), pose.fps)


def _has(recording: Recording, media: Media) -> bool:
    """Whether a recording has evidence of this kind, as far as a window goes."""
    there = {
        Modality.EMG: recording.emg,
        Modality.POSE: recording.skeleton,
        Modality.PHYSIO: recording.physio,
    }
    filmed = media.modality in FILMED
    found = media.view in recording.views if filmed else there.get(media.modality) is not None
    ends = max((span.end_s for span in recording.annotation.phases), default=0.0) if recording.annotation else 0.0
    return found and (media.window_s is None or media.window_s[1] <= ends)


def _action(recording: Recording) -> str:
    return recording.annotation.action if recording.annotation else recording.id.split("/")[0]
