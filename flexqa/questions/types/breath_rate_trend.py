"""Whether the breath rate rises, or falls, by more than so much over the set.

As `heart_rate_trend`, with a guard of 1.5 breaths per minute.
"""

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.questions.rates import TrendType


class BreathRateTrend(TrendType):
    """Yes or no, in pairs of one of each."""

    name = "breath_rate_trend"
    summary = "Does the breath rate rise, or fall, by more than so much? Last third against first; guard 1.5."
    guard = 1.5

    def rate(self, physio: Physio) -> NDArray[np.float64]:
        """Breaths per minute."""
        return physio.breath_per_min
