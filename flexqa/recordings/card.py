"""The dataset card of an export: YAML front matter for the Hub, and what a reader of the columns has to know."""

from collections.abc import Mapping, Sequence

from flexqa.recordings.model import RecordingSet

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))

_BODY = """
# {title}

{count} repetitions of {actions} strength exercises by {subjects} subjects, written by `flexqa data export`.

```python
from datasets import load_dataset

recordings = load_dataset("path/to/this/folder")
```

One row is one repetition. Clips decode with `torchcodec`; `cast_column("video_1", Video(decode=False))` gives their
bytes.

| column | content |
|---|---|
| `recording`, `action`, `subject`, `skill`, `rep`, `load_kg` | what was done by whom; `A16/001`: action, number |
| `score` | 0-100 |
| `pair_keysteps`, `pair_errors` | the observed (keystep, error) pairs, item by item |
| `phase_names`, `phase_starts_s`, `phase_ends_s` | seconds from the start of the repetition |
| `pose` | {pose_fps:g} rows a second, 63 columns: 21 joints in metres; x to the subject's left, y up, z forward |
| `emg` | {emg_rate_hz:g} rows a second, in {emg_unit}; 2 columns (L, R) or 4 (L, L, R, R) |
| `physio_times_s`, `heart_bpm`, `breath_per_min` | rates over the set that the repetition belongs to |
| {videos} | one clip per camera view; null where there is none |

`recordings.toml` has rates, units, joint order and cameras. `croissant.json` describes the files with their sha256.

## Where it comes from

{origin}

## Personal and sensitive information

{personal}
"""

SIMULATED = "All recordings were made by `{generator}`, seed {seed}: bodies, muscles and faces are computed."
NOBODY = "None: nobody was recorded, and subjects are numbers drawn at random."
RECORDED = (
    "These are recordings of people, brought into this form by flexqa from files in the layout of FLEX "
    "(arXiv 2506.03198). FLEX is given out for academic use on request, and is not to be passed on: see its terms."
)
PEOPLE = (
    "Video shows bodies and may show faces; EMG, heart rate and breath rate are health data. Subjects are "
    "pseudonyms. Keep it where only those who agreed to the terms can read it."
)


def is_simulated(recordings: RecordingSet) -> bool:
    """Whether the recordings say that a simulator made them."""
    return recordings.info.generator.startswith("flexqa simulate")


def card(recordings: RecordingSet, title: str, licence: str, counts: Mapping[str, int], views: Sequence[str]) -> str:
    """The text of README.md.

    Args:
        recordings: what is exported.
        title: pretty name.
        licence: as the Hub writes it.
        counts: split -> recordings.
        views: the views that have a column.
    """
    import yaml

    info = recordings.info
    front = {
        "pretty_name": title,
        "license": licence,
        "language": ["en"],
        "task_categories": ["video-text-to-text", "video-classification"],
        "size_categories": [next((name for n, name in _SIZES if len(recordings) < n), "100K<n<1M")],
        "tags": ["video", "pose", "emg", "strength-training", "croissant"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"data/{split}-*"} for split in counts],
            }
        ],
    }
    simulated = is_simulated(recordings)
    body = _BODY.format(
        title=title,
        count=len(recordings),
        actions=len({r.id.split("/")[0] for r in recordings}),
        subjects=len({r.annotation.subject for r in recordings if r.annotation}),
        pose_fps=info.pose_fps,
        emg_rate_hz=info.emg_rate_hz,
        emg_unit=info.emg_unit,
        videos=", ".join(f"`video_{view}`" for view in views) or "(no video)",
        origin=SIMULATED.format(generator=info.generator, seed=info.seed) if simulated else RECORDED,
        personal=NOBODY if simulated else PEOPLE,
    )
    return f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n{body}"
