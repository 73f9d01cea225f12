"""Writes recordings as a Hugging Face `datasets` folder: parquet with the clips inside, card, Croissant metadata.

One row is one recording, with one `Video` column per view, so no clip is there twice. The clips' bytes are copied as
they are; a frame folder becomes an mp4 or mkv that holds the very same pictures, not encoded anew. Pose is in metres
and in the canonical frame. Rows go to the file group by group: memory holds one group. The folder appears under its
name only when it is complete, and holds no path of this machine.
"""

import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from flexqa.errors import BadInput, MediaError
from flexqa.files import sha256_of, write_atomic
from flexqa.question import Frozen
from flexqa.recordings.card import card
from flexqa.recordings.croissant import SharedFile, croissant
from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose, write_info
from flexqa.recordings.model import Recording, RecordingSet, RecordingsInfo
from flexqa.recordings.video import clip_info, frame_files, picture_size
from flexqa.vocabulary import JOINTS

UNANNOTATED = "unannotated"
"""the split of recordings without an annotation"""

_GROUP_BYTES = 64_000_000
"""clips of one row group; the Hub's viewer reads groups of up to a few hundred megabytes"""
_PICTURE_CODECS = {".jpg": "mjpeg", ".jpeg": "mjpeg", ".png": "png"}


class ExportOptions(Frozen):
    """What the card and the metadata say, and how large files are."""

    title: str = "Strength training recordings"
    licence: str = "other"
    """SPDX id in lower case, as the Hub has them; `other` for what may not be passed on"""
    url: str = "https://arxiv.org/abs/2506.03198"
    """page of the data set; default: the paper that describes the layout"""
    creator: str = "unknown"
    date: str = Field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    """of publication, YYYY-MM-DD"""
    shard_bytes: int = Field(default=500_000_000, ge=1)
    """clips of one parquet file, about"""


@dataclass(frozen=True, slots=True)
class Shard:
    """Recordings that go into one parquet file."""

    name: str
    """`data/train-00000-of-00002.parquet`"""
    split: str
    recordings: tuple[Recording, ...]


def export_datasets(
    recordings: RecordingSet, out: Path, options: ExportOptions, progress: Callable[[int, int], None] | None = None
) -> tuple[Shard, ...]:
    """Write a folder that `datasets.load_dataset(str(out))` reads.

    Args:
        recordings: what to write.
        out: a folder that is not there yet.
        options: title, licence and so on.
        progress: called with (recordings done, recordings in all).

    Returns:
        The parquet files that were written.

    Raises:
        BadInput: `out` exists.
        RecordingError: a clip or sensor file cannot be read; `flexqa data check` names all of them.
    """
    if out.exists():
        raise BadInput(f"{out} exists; give the name of a new folder")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # left behind by a kill
    (part / "data").mkdir(parents=True)
    try:
        shards = plan(recordings, options.shard_bytes)
        done = 0
        for shard in shards:
            for rows in _write_shard(part / shard.name, shard, recordings):
                done += rows
                if progress:
                    progress(done, len(recordings))
        _write_texts(part, recordings, shards, options)
        part.replace(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return shards


def plan(recordings: RecordingSet, shard_bytes: int) -> tuple[Shard, ...]:
    """Which recording goes into which file: by split, then in order, until a file is full."""
    shards = []
    for split in ("train", "val", "test", UNANNOTATED):
        files: list[list[Recording]] = []
        size = 0
        for recording in (r for r in recordings if split_of(r) == split):
            clips = _clip_bytes(recording)
            if not files or size + clips > shard_bytes:
                files.append([])
                size = 0
            files[-1].append(recording)
            size += clips
        # The Hub calls this part `validation`.
        name = "validation" if split == "val" else split
        names = [f"data/{name}-{i:05d}-of-{len(files):05d}.parquet" for i in range(len(files))]
        shards += [Shard(n, name, tuple(content)) for n, content in zip(names, files, strict=True)]
    return tuple(shards)


def split_of(recording: Recording) -> str:
    """The split of a recording, as annotated."""
    return recording.annotation.split if recording.annotation else UNANNOTATED


def features(recordings: RecordingSet) -> Any:
    """The columns, as `datasets.Features`."""
    from datasets import Features, Value, Video

    text, number, samples = Value("string"), Value("float64"), [[Value("float32")]]
    return Features(
        {
            **dict.fromkeys(("recording", "action", "subject", "skill"), text),
            "rep": Value("int32"),
            "load_kg": number,
            "score": number,
            **{name: [text] for name in ("pair_keysteps", "pair_errors", "phase_names")},
            **{name: [number] for name in ("phase_starts_s", "phase_ends_s")},
            "pose": samples,
            "emg": samples,
            **{name: [number] for name in ("physio_times_s", "heart_bpm", "breath_per_min")},
            **{f"video_{view}": Video() for view in views_of(recordings)},
        }
    )


def views_of(recordings: RecordingSet) -> list[str]:
    """The views that any recording has, sorted."""
    return sorted({view for r in recordings for view in r.views})


def row_of(recording: Recording, recordings: RecordingSet) -> dict[str, Any]:
    """One row: labels, sensors, and the clips as `{"bytes": ..., "path": name}`; None for what is not there.

    Raises:
        RecordingError: a file cannot be read.
    """
    a, info = recording.annotation, recordings.info
    physio = read_physio(recording) if recording.physio else None
    row: dict[str, Any] = {
        "recording": recording.id,
        "action": recording.id.split("/")[0],
        "subject": a.subject if a else None,
        "skill": a.skill if a else None,
        "rep": a.rep if a else None,
        "load_kg": a.load_kg if a else None,
        "score": a.score if a else None,
        "pair_keysteps": [k for k, _ in a.pairs] if a else None,
        "pair_errors": [e for _, e in a.pairs] if a else None,
        "phase_names": [s.phase for s in a.phases] if a else None,
        "phase_starts_s": [s.start_s for s in a.phases] if a else None,
        "phase_ends_s": [s.end_s for s in a.phases] if a else None,
        "pose": _samples(read_pose(recording, info).points) if recording.skeleton else None,
        "emg": _samples(read_emg(recording, info).samples) if recording.emg else None,
        "physio_times_s": physio.times_s.tolist() if physio else None,
        "heart_bpm": physio.heart_bpm.tolist() if physio else None,
        "breath_per_min": physio.breath_per_min.tolist() if physio else None,
    }
    for view in views_of(recordings):
        row[f"video_{view}"] = _video(recording, view, info.frames_fps)
    return row


def _samples(table: Any) -> list[list[float]]:
    """Rows of a table in single precision, shape (samples, columns)."""
    flat: list[list[float]] = table.reshape(len(table), -1).astype("float32").tolist()
    return flat


def _video(recording: Recording, view: str, frames_fps: float) -> dict[str, Any] | None:
    path = recording.views.get(view)
    if path is None:
        return None
    # A name and no more: a path would tell of this machine.
    name = f"{recording.id.replace('/', '-')}-view-{view}.mp4"
    return {"bytes": pack_frames(path, frames_fps) if path.is_dir() else path.read_bytes(), "path": name}


def pack_frames(path: Path, fps: float) -> bytes:
    """A frame folder as one mp4 file that holds the same pictures, byte by byte.

    Raises:
        MediaError: the folder has gaps, or pictures of several kinds.
    """
    import av

    frames, _, width, height = clip_info(path, fps)  # finds gaps
    files = [file for _, file in frame_files(path)]
    if odd := [file for file in files if picture_size(file) != (width, height)]:
        raise MediaError(f"{odd[0]}: is not {width}x{height} as the first frame is; fetch or write it again")
    codecs = {_PICTURE_CODECS[file.suffix.lower()] for file in files}
    if len(codecs) > 1:
        raise MediaError(f"{path}: pictures of several kinds, {', '.join(sorted(codecs))}; save all {frames} as one")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream: Any = out.add_stream(codecs.pop(), rate=round(fps) if fps == round(fps) else _fraction(fps))
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if stream.codec_context.name == "mjpeg" else "rgb24"
        for i, file in enumerate(files):
            packet = av.Packet(file.read_bytes())
            packet.stream, packet.time_base = stream, 1 / _fraction(fps)
            packet.pts = packet.dts = i
            packet.duration = 1
            packet.is_keyframe = True
            out.mux(packet)
    return buffer.getvalue()


def _fraction(fps: float) -> Any:
    from fractions import Fraction

    return Fraction(fps).limit_denominator(1001)


def _clip_bytes(recording: Recording) -> int:
    return sum(
        sum(f.stat().st_size for f in path.iterdir()) if path.is_dir() else path.stat().st_size
        for path in recording.views.values()
    )


def _write_shard(path: Path, shard: Shard, recordings: RecordingSet) -> Iterator[int]:
    """Write a parquet file; yields the number of rows of each group once it is written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = features(recordings).arrow_schema
    with pq.ParquetWriter(path, schema) as writer:
        for group in _groups(shard.recordings):
            rows = [row_of(r, recordings) for r in group]
            writer.write_table(pa.Table.from_pylist(rows, schema))
            yield len(rows)


def _groups(recordings: Sequence[Recording]) -> Iterator[list[Recording]]:
    group: list[Recording] = []
    size = 0
    for recording in recordings:
        clips = _clip_bytes(recording)
        if group and size + clips > _GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(recording)
        size += clips
    yield group


def _write_texts(part: Path, recordings: RecordingSet, shards: Sequence[Shard], options: ExportOptions) -> None:
    write_info(part / "recordings.toml", _canonical(recordings))
    views = views_of(recordings)
    counts = {shard.split: 0 for shard in shards}
    for shard in shards:
        counts[shard.split] += len(shard.recordings)
    text = card(recordings, options.title, options.licence, counts, views)
    write_atomic(part / "README.md", text)
    names = ["README.md", "recordings.toml", *(shard.name for shard in shards)]
    files = [SharedFile(n, sha256_of(part / n), (part / n).stat().st_size) for n in names]
    metadata = croissant(recordings, options.model_dump(), files, views)
    write_atomic(part / "croissant.json", metadata)


def _canonical(recordings: RecordingSet) -> RecordingsInfo:
    """What recordings.toml says of the exported columns: poses are in metres and in the canonical frame there."""
    frame = {"pose_unit": "m", "pose_axes": ("x", "y", "z"), "pose_joints": JOINTS}
    return recordings.info.model_copy(update=frame)
