"""When a movement turns, by what is written of a pose: where the primary angle, or the hands, are furthest.

Phases that are annotated or seen come from elsewhere. Where both agree, a turning point is clear.
"""

import numpy as np

from flexqa.recordings.measures import JOINT_ANGLES, Array
from flexqa.recordings.repetition import Repetition

_SHORT_OF = 0.01
"""share of its range by which a measure may fall short of its extreme and still count as furthest"""
_UNDER_WAY = (0.02, 0.98)
_MOVING_SHARE = 0.5
"""of a phase, in which its way has been begun and is not done"""
_NEAR_S = 0.4
"""by which phases may meet before or after the movement is furthest: who rests there, rests in one of them"""


def furthest(repetition: Repetition) -> float | None:
    """The middle of the time, seconds, at which a written measure is at the end of its range.

    It is the primary angle of the exercise, or the height of the hands where that angle is not written.
    """
    values = _written(repetition)
    if np.isnan(values).any():
        return None
    top = int(np.argmax(values))
    near = values >= values[top] - _SHORT_OF * np.ptp(values)
    first = top - int(np.argmin(np.append(near[: top + 1][::-1], False))) + 1
    last = top + int(np.argmin(np.append(near[top:], False))) - 1
    return float(first + last) / 2 / repetition.pose.fps


def turns_clearly(repetition: Repetition, within_s: float = _NEAR_S) -> bool:
    """Whether the phases of a repetition meet near the moment at which it is furthest."""
    moment = furthest(repetition)
    return moment is not None and abs(repetition.phases[1].end_s - moment) <= within_s


def takes_its_time(repetition: Repetition) -> bool:
    """Whether both moving phases are filled with movement: how long they last can be seen then."""
    if len(repetition.phases) != 3 or not turns_clearly(repetition):
        return False
    values = _written(repetition)
    for span in repetition.phases[1:]:
        way = values[repetition.inside(span.phase)]
        least, most = way.min() + np.multiply(_UNDER_WAY, np.ptp(way))
        if np.mean((way > least) & (way < most)) < _MOVING_SHARE:
            return False
    return True


def _written(repetition: Repetition) -> Array:
    """A written measure that grows until the movement turns, shape (samples,)."""
    node, target = repetition.graph.actions[repetition.action], repetition.target(repetition.phases[1].phase)
    if node.primary_measure in JOINT_ANGLES and target is not None:
        return np.asarray(repetition.values(node.primary_measure).mean(axis=1) * np.sign(target[1] - target[0]))
    heights = repetition.body.middle("hand")[:, 1]
    return np.asarray(heights * np.sign(heights[np.argmax(np.abs(heights - heights[0]))] - heights[0]))
