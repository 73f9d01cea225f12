"""Whether the breath rate rises, falls, or stays about the same over the set.

The mean of the last third against that of the first: up to 0.7 breaths per minute is about the same, 2 or more is a
change.
"""

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.questions.rates import TrendType


class BreathRateTrend(TrendType):
    """Choice of three."""

    name = "breath_rate_trend"
    summary = "Does the breath rate rise, fall or stay over the set? Last third against first; guard 0.7 to 2."
    bounds = (0.7, 2.0)

    def rate(self, physio: Physio) -> NDArray[np.float64]:
        """Breaths per minute."""
        return physio.breath_per_min
