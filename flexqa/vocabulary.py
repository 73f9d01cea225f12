"""Names that the graph and the recordings share."""

from typing import Literal

VIEWS = ("1", "2", "3", "4", "P")
"""The five camera views; P is the portrait phone at the corner of view 1."""

Phase = Literal["preparation", "concentric", "eccentric"]

JOINTS = (
    "head", "neck", "spine_upper",
    "r_shoulder", "r_elbow", "r_wrist", "r_hand",
    "l_shoulder", "l_elbow", "l_wrist", "l_hand",
    "r_hip", "r_knee", "r_ankle", "r_foot_a", "r_foot_b",
    "l_hip", "l_knee", "l_ankle", "l_foot_a", "l_foot_b",
)  # fmt: skip
"""FLEX's 21 joints in file order. Derived from the official code's remapping to NTU-25; the names are ours."""
