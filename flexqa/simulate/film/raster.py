"""A z-buffer in numpy: which triangle is nearest at each sample of a picture, exactly, however bodies interlock.

All triangles of a frame are cut into horizontal spans at once and all spans into samples at once, so the work is a
few dozen passes over arrays and not a loop over triangles. Depth is compared as 1/depth, which is linear over the
picture. A sample belongs to a triangle if its middle lies inside; a middle on an edge belongs to the triangle on its
right or below, so neighbours leave no gap.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The samples of a picture that show a triangle."""

    sample: Indices
    """row * width + column, ascending, shape (hits,)"""
    triangle: Indices
    """which triangle, shape (hits,)"""
    values: Floats
    """its values there, shape (values, hits); the first is 1/depth"""


@dataclass(frozen=True, slots=True, eq=False)
class _Spans:
    """Neighbouring samples of one row within one triangle."""

    triangle: Indices
    row: Indices
    column: Indices
    """of the first sample"""
    count: Indices
    """samples, at least one"""


class Raster:
    """A depth buffer that is used again for every frame."""

    def __init__(self) -> None:
        self._best = np.zeros(0, dtype=np.int64)

    def draw(self, corners: Array, values: Array, size: tuple[int, int]) -> Hits:
        """Find what is nearest.

        Args:
            corners: column and row, the middle of the first sample being (0.5, 0.5), shape (triangles, 3, 2).
            values: linear over the picture; the first, 1/depth, is positive and decides; shape (triangles, 3, n).
            size: width and height in samples; what lies outside is left out.
        """
        spans = _spans(corners, size)
        begin, slope = _along(spans, corners, values)
        span = np.repeat(np.arange(len(spans.row), dtype=np.int32), spans.count)
        first = (spans.row * size[0] + spans.column).astype(np.int32)
        ahead = np.cumsum(spans.count) - spans.count
        step = np.arange(len(span), dtype=np.int32) - ahead.astype(np.int32)[span]
        nearness = begin[0][span] + slope[0][span] * step.astype(np.float32)
        # Positive floats sort like their bits: the greatest key is the nearest span.
        key = (nearness.view(np.int32).astype(np.int64) << 32) | span
        best = self._cleared(size[0] * size[1])
        np.maximum.at(best, first[span] + step, key)
        hit = np.flatnonzero(best != 0)
        winner = best[hit] & 0xFFFFFFFF
        along = (hit - first[winner]).astype(np.float32)
        return Hits(hit, spans.triangle[winner], begin[:, winner] + slope[:, winner] * along)

    def _cleared(self, samples: int) -> NDArray[np.int64]:
        if len(self._best) < samples:
            self._best = np.zeros(samples, dtype=np.int64)
        best = self._best[:samples]
        best.fill(0)
        return best


def _along(spans: _Spans, corners: Array, values: Array) -> tuple[Floats, Floats]:
    """Values at the first sample of each span, and their change per sample; shapes (values, spans)."""
    a = corners[:, 0]
    (ux, uy), (vx, vy) = (corners[:, 1] - a).T, (corners[:, 2] - a).T
    area = ux * vy - uy * vx
    area = np.where(np.abs(area) < 1e-12, 1e-12, area)
    du, dv = (values[:, i] - values[:, 0] for i in (1, 2))
    across = (du * (vy / area)[:, None] - dv * (uy / area)[:, None]).T
    down = (dv * (ux / area)[:, None] - du * (vx / area)[:, None]).T
    t = spans.triangle
    x, y = spans.column + 0.5 - a[t, 0], spans.row + 0.5 - a[t, 1]
    slope = across[:, t]
    begin = values[:, 0].T[:, t] + slope * x + down[:, t] * y
    return begin.astype(np.float32), slope.astype(np.float32)


def _spans(corners: Array, size: tuple[int, int]) -> _Spans:
    order = np.argsort(corners[..., 1], axis=1)
    ax, bx, cx = np.take_along_axis(corners[..., 0], order, axis=1).T
    ay, by, cy = np.take_along_axis(corners[..., 1], order, axis=1).T
    top, bottom = (np.clip(np.ceil(edge - 0.5).astype(np.intp), 0, size[1]) for edge in (ay, cy))
    rows = bottom - top
    triangle = np.repeat(np.arange(len(rows)), rows)
    row = np.arange(len(triangle)) + (top - (np.cumsum(rows) - rows))[triangle]
    # Each edge is walked from its upper end, so that both triangles that share it round alike.
    edges = np.stack([ax, ay, _lean(ax, ay, cx, cy), _lean(ax, ay, bx, by), bx, by, _lean(bx, by, cx, cy)])
    ax, ay, long, upper, bx, by, lower = edges[:, triangle]
    y = row + 0.5
    straight = ax + (y - ay) * long
    bent = np.where(y < by, ax + (y - ay) * upper, bx + (y - by) * lower)
    left, right = np.minimum(straight, bent), np.maximum(straight, bent)
    column, end = (np.clip(np.ceil(edge - 0.5).astype(np.intp), 0, size[0]) for edge in (left, right))
    keep = np.flatnonzero(end > column)
    return _Spans(triangle[keep], row[keep], column[keep], (end - column)[keep])


def _lean(x: Array, y: Array, to_x: Array, to_y: Array) -> Array:
    """Columns per row along edges; 0 where an edge crosses no row."""
    height = to_y - y
    return np.where(height > 0, (to_x - x) / np.where(height > 0, height, 1.0), 0.0)
