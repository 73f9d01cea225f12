"""Names that several rooms share."""

from enum import StrEnum
from typing import Literal

VIEWS = ("1", "2", "3", "4", "P")
"""The five camera views; P is the portrait phone at the corner of view 1."""

Phase = Literal["preparation", "concentric", "eccentric"]

CORRECTION = "Correction:"
"""what stands before the correction of a fault in a reference answer"""

JOINTS = (
    "head", "neck", "spine_upper",
    "r_shoulder", "r_elbow", "r_wrist", "r_hand",
    "l_shoulder", "l_elbow", "l_wrist", "l_hand",
    "r_hip", "r_knee", "r_ankle", "r_foot_a", "r_foot_b",
    "l_hip", "l_knee", "l_ankle", "l_foot_a", "l_foot_b",
)  # fmt: skip
"""FLEX's 21 joints in file order. Derived from the official code's remapping to NTU-25; the names are ours."""


class Control(StrEnum):
    """The same run with evidence removed or spoiled: what a model scores without looking."""

    BLIND = "blind"
    """no evidence at all, only the words"""
    SINGLE_FRAME = "single_frame"
    """of each clip only the frame in its middle"""
    SHUFFLED_FRAMES = "shuffled_frames"
    """the frames of each clip in random order"""
    REVERSED_FRAMES = "reversed_frames"
    """each clip backwards"""
    SWAPPED_CLIP = "swapped_clip"
    """each clip is of another recording, of another exercise where there is one"""
    SWAPPED_EMG = "swapped_emg"
    SWAPPED_POSE = "swapped_pose"
    SWAPPED_PHYSIO = "swapped_physio"
    NO_CLIP = "no_clip"
    """no clip; the sensors stay"""
    NO_EMG = "no_emg"
    NO_POSE = "no_pose"
    NO_PHYSIO = "no_physio"
    FLAT_EMG = "flat_emg"
    """each trace is its own mean throughout"""
    FLAT_POSE = "flat_pose"
    """the first posture throughout"""


Expectation = Literal["chance", "lower", "unchanged"]
"""What a sound model scores under a control: as much as a guess; less than with the evidence, but perhaps more than a
guess; or the same, for the control takes away nothing that the question needs."""
