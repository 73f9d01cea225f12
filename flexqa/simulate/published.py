"""What FLEX has published about the scores of its repetitions, to hold simulated ones against.

Least and highest score: the table by which FLEX's public loader normalises. Mean and number of repetitions: read off
the bars of the project page's figure, to within half a point. FLEX states the mean of all as 68.15 (bars: 68.2).
"""

from dataclasses import dataclass

MEAN_SCORE = 68.15


@dataclass(frozen=True, slots=True)
class Published:
    """Scores, 0-100, and number of FLEX's repetitions of one action."""

    least: float
    highest: float
    mean: float
    repetitions: int

    @property
    def spread(self) -> float:
        """Standard deviation that the range hints at; ours: FLEX gives one for A15 only, about 20."""
        return (self.highest - self.least) / 4.5


PUBLISHED = {
    "A01": Published(40.99, 93.79, 70.8, 376),
    "A02": Published(47.68, 96.69, 69.8, 379),
    "A03": Published(44.8, 95.2, 68.8, 375),
    "A04": Published(45.71, 95.24, 69.6, 376),
    "A05": Published(34.59, 95.49, 68.4, 379),
    "A06": Published(33.96, 93.4, 66.8, 378),
    "A07": Published(33.73, 93.98, 64.8, 377),
    "A08": Published(37.4, 100.0, 69.4, 371),
    "A09": Published(41.98, 100.0, 70.7, 372),
    "A10": Published(36.64, 93.89, 69.8, 376),
    "A11": Published(40.82, 93.2, 67.3, 373),
    "A12": Published(38.78, 92.52, 67.9, 377),
    "A13": Published(48.3, 94.56, 65.6, 367),
    "A14": Published(30.22, 94.24, 66.3, 376),
    "A15": Published(22.16, 96.41, 61.5, 376),
    "A16": Published(29.85, 94.03, 65.6, 378),
    "A17": Published(43.31, 91.08, 68.8, 380),
    "A18": Published(47.77, 96.82, 74.7, 380),
    "A19": Published(45.4, 92.53, 69.1, 377),
    "A20": Published(44.89, 89.77, 68.4, 369),
}

ANY_ACTION = Published(20.0, 100.0, MEAN_SCORE, 0)
"""for an action that FLEX does not have"""
