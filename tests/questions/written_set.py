"""A folder of annotated recordings, written by hand in FLEX's layout, without pictures and poses.

Questions are made from annotations, EMG, and from which clips exist; no clip is opened. So clips are empty files
here, and hundreds of recordings cost nothing.
"""

import json
from pathlib import Path

import numpy as np

from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs, score

EMG_RATE_HZ = 200.0


def write_set(
    root: Path,
    graph: Graph,
    actions: tuple[str, ...],
    subjects: int = 4,
    reps: int = 3,
    most_errors: int = 3,
    seed: int = 1,
) -> Path:
    """Subjects of odd number are the train split; errors, timing and asymmetry are random."""
    rng = np.random.default_rng(seed)
    lines = []
    for action in actions:
        for i in range(subjects * reps):
            recording = f"{action}/{i + 1:03}"
            (root / recording).mkdir(parents=True)
            for view in "123P" if i % 2 else "1234P":
                (root / recording / f"View-{view}.mp4").touch()
            cuts = np.cumsum([0.0, rng.uniform(0.5, 1.0), rng.uniform(1.0, 2.0), rng.uniform(1.2, 3.0)]).round(3)
            _write_emg(root / "EMG" / recording / "EMG.csv", cuts, float(rng.choice([-0.3, 0.0, 0.3])), rng)
            possible = possible_pairs(graph, action)
            picked = rng.choice(len(possible), size=int(rng.integers(0, most_errors + 1)), replace=False)
            pairs = sorted(possible[j] for j in picked)
            phases = graph.actions[action].phases
            lines.append(
                {
                    "recording": recording,
                    "action": action,
                    "subject": f"S{i // reps + 1:02}",
                    "split": ("test", "train")[(i // reps) % 2],
                    "phases": [
                        {"phase": p, "start_s": a, "end_s": b}
                        for p, a, b in zip(phases, cuts[:-1], cuts[1:], strict=True)
                    ],
                    "pairs": pairs,
                    "score": score(graph, action, pairs).value,
                }
            )
    (root / "annotations.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


def _write_emg(path: Path, cuts: np.ndarray, asymmetry: float, rng: np.random.Generator) -> None:
    """Noise that swells in the middle of a moving phase; two pairs of columns, the left ones first."""
    t = np.arange(int(cuts[-1] * EMG_RATE_HZ)) / EMG_RATE_HZ
    peak = rng.uniform(cuts[1], cuts[-1])
    swell = 40 + 100 * np.exp(-(((t - peak) / 0.3) ** 2))
    gains = [1 + asymmetry, 1 + asymmetry, 1 - asymmetry, 1 - asymmetry]
    path.parent.mkdir(parents=True)
    np.savetxt(path, swell[:, None] * np.array(gains) * rng.choice([-1.0, 1.0], (len(t), 4)), "%.1f", ",")
