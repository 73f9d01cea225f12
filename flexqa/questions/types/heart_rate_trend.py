"""Whether the heart rate rises, or falls, by more than so much over the set.

The mean of the last third against that of the first. Each bound is asked about with two sets of one action, at least
3 beats per minute beyond it and within it: as most rates rise, a bound is right as often as not.
"""

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.questions.rates import TrendType


class HeartRateTrend(TrendType):
    """Yes or no, in pairs of one of each."""

    name = "heart_rate_trend"
    summary = "Does the heart rate rise, or fall, by more than so much? Last third against first; guard 3 per minute."
    guard = 3.0

    def rate(self, physio: Physio) -> NDArray[np.float64]:
        """Beats per minute."""
        return physio.heart_bpm
