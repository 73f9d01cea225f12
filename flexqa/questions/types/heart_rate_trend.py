"""Whether the heart rate rises, falls, or stays about the same over the set.

The mean of the last third against that of the first: up to 1 beat per minute is about the same, 3 or more is a
change.
"""

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.questions.rates import TrendType


class HeartRateTrend(TrendType):
    """Choice of three."""

    name = "heart_rate_trend"
    summary = (
        "Does the heart rate rise, fall or stay over the set? Last third against first; guard 1 to 3 per minute."
    )
    bounds = (1.0, 3.0)

    def rate(self, physio: Physio) -> NDArray[np.float64]:
        """Beats per minute."""
        return physio.heart_bpm
