"""The audit in one picture: how well each type is guessed without evidence, against chance."""

from pathlib import Path

from flexqa.audit.report import MARGIN, AuditReport, Guess
from flexqa.errors import require


def draw(report: AuditReport, path: Path) -> None:
    """Draw the best guess of each type with its interval; its chance level as a mark, the gate as a shade.

    Raises:
        MissingBackend: matplotlib is not installed.
    """
    require("matplotlib", "report").use("Agg")
    plt = require("matplotlib.pyplot", "report")
    best: dict[str, Guess] = {}
    for guess in report.guesses:
        if guess.type not in best or guess.accuracy > best[guess.type].accuracy:
            best[guess.type] = guess
    names = sorted(best, reverse=True)
    figure, axes = plt.subplots(figsize=(8, 1 + 0.22 * len(names)), layout="constrained")
    for y, name in enumerate(names):
        g = best[name]
        low, high = (g.accuracy if x is None else x for x in (g.low, g.high))
        axes.plot([g.chance, g.chance + MARGIN], [y, y], color="0.8", linewidth=9, solid_capstyle="butt")
        axes.plot([low, high], [y, y], color="C0", linewidth=1)
        axes.plot(g.accuracy, y, "o", color="C0", markersize=4)
    axes.set_yticks(range(len(names)), [f"{name} ({best[name].way})" for name in names], fontsize=7)
    axes.set_xlim(0, 1)
    axes.set_xlabel("accuracy of the best guess without evidence; grey: from chance to the gate")
    figure.savefig(path, dpi=120)
    plt.close(figure)
