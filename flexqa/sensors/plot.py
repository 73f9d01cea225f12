"""Sensor traces as a picture: what a vision-language model gets to see of pose, EMG and physio.

One picture per trace, in a fixed style that does not follow the user's own settings of matplotlib: left blue and
solid, right orange and dashed, one panel per quantity, each with its unit. Letters grow with the picture, so that
they can be read at the size at which a model sees it.
"""

from hashlib import sha256
from typing import Any

import numpy as np

from flexqa.errors import require
from flexqa.media import Clip
from flexqa.sensors.traces import Panel, Traces

_STYLES = {"left": ("#1f6fb4", "-"), "right": ("#e07b00", (0, (4, 2))), "": ("#222222", "-")}
"""name of a line -> colour and dashes"""
_DPI = 100
_LETTERS = 1 / 42
"""height of the letters, share of the picture's longer side"""


def plot(traces: Traces, size: int) -> Clip:
    """Draw traces.

    Args:
        traces: what is drawn.
        size: longer side in pixels, as that of a clip's frame.

    Returns:
        A clip of a single frame.

    Raises:
        MissingBackend: matplotlib is not installed.
    """
    require("matplotlib", "report").use("Agg")
    matplotlib, figures = require("matplotlib", "report"), require("matplotlib.figure", "report")
    style = require("matplotlib.style", "report")
    columns = 1 if len(traces.panels) < 3 else 2
    rows = -(-len(traces.panels) // columns)
    height = max(size * (0.5 if rows == 1 else 0.75 if rows == 2 else 1.0), 28)
    with matplotlib.rc_context(), style.context("default"):
        points = size * _LETTERS * 72 / _DPI
        matplotlib.rcParams.update({"font.size": points, "font.family": "DejaVu Sans", "axes.linewidth": 0.6})
        figure = figures.Figure((size / _DPI, round(height) / _DPI), dpi=_DPI, layout="constrained")
        figure.suptitle(traces.title)
        handles: dict[str, Any] = {}
        for place, panel in enumerate(traces.panels):
            handles |= _draw(figure.add_subplot(rows, columns, place + 1), panel, traces.seconds, points)
        if len(handles) > 1:
            # Beside the panels, where it hides nothing.
            figure.legend(handles.values(), handles, loc="outside lower center", ncols=2, frameon=False)
        pixels = _pixels(figure)
    digest = sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return Clip(pixels[None], times_s=(0.0,), indices=(0,), source_fps=1.0, source_frames=1, sha256=digest)


def caption(traces: Traces) -> str:
    """What a plot shows, in words: quantities, units, and which line is which."""
    shown = "; ".join(f"{p.quantity} in {p.unit}{f' ({p.note})' if p.note else ''}" for p in traces.panels)
    sided = any("left" in panel.lines for panel in traces.panels)
    lines = " The left side is the solid blue line, the right side the dashed orange one." if sided else ""
    return f"Plot over {traces.seconds:.1f} s. {traces.title}: {shown.removesuffix('.')}.{lines}"


def _draw(axes: Any, panel: Panel, seconds: float, points: float) -> dict[str, Any]:
    """Draw a panel; the named lines."""
    lines = {}
    for name, values in panel.lines.items():
        colour, dashes = _STYLES[name]
        times = np.linspace(0, seconds, len(values))
        [lines[name]] = axes.plot(times, values, color=colour, linestyle=dashes, linewidth=points / 6)
    axes.set_title(f"{panel.quantity} ({panel.unit})", fontsize=points)
    axes.set_xlim(0, seconds)
    axes.set_xlabel("s", labelpad=0)
    axes.tick_params(width=0.6, length=2, pad=1)
    axes.grid(color="#dddddd", linewidth=0.5)
    return {name: line for name, line in lines.items() if name}


def _pixels(figure: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
