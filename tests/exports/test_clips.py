from pathlib import Path

import numpy as np
import pytest

from flexqa.errors import RecordingError
from flexqa.exports.clips import ClipFiles
from flexqa.media import Clip
from flexqa.question import Media, Modality
from flexqa.recordings.flex_layout import open_recordings
from flexqa.recordings.model import RecordingSet
from flexqa.recordings.video import read_clip

WHOLE = Media(recording="A02/001", modality=Modality.VIDEO, view="1")
PART = WHOLE.model_copy(update={"window_s": (0.5, 1.5)})


def frames(path: Path, window_s: tuple[float, float] | None = None) -> Clip:
    return read_clip(path, frames=10_000, size=960, window_s=window_s, frames_fps=30)


def test_a_whole_clip_is_linked(recordings: RecordingSet, tmp_path: Path) -> None:
    name = ClipFiles(recordings, tmp_path).file(WHOLE)
    assert name == "media/A02-001-View-1.mp4"
    assert (tmp_path / name).is_symlink()
    assert (tmp_path / name).samefile(recordings["A02/001"].views["1"])


def test_a_copy_travels(recordings: RecordingSet, tmp_path: Path) -> None:
    name = ClipFiles(recordings, tmp_path, copy=True).file(WHOLE)
    assert not (tmp_path / name).is_symlink()
    assert (tmp_path / name).read_bytes() == recordings["A02/001"].views["1"].read_bytes()


def test_a_window_shows_its_frames_and_no_others(recordings: RecordingSet, tmp_path: Path) -> None:
    source = recordings["A02/001"].views["1"]
    cut = frames(tmp_path / ClipFiles(recordings, tmp_path).file(PART))
    wanted = frames(source, PART.window_s)
    assert len(cut.indices) == len(wanted.indices) < len(frames(source).indices)
    assert cut.source_fps == wanted.source_fps
    assert np.abs(cut.frames.astype(int) - wanted.frames).mean() < 3


def test_a_window_is_cut_to_the_same_bytes_again(recordings: RecordingSet, tmp_path: Path) -> None:
    made = [ClipFiles(recordings, tmp_path / n).file(PART) for n in "ab"]
    assert (tmp_path / "a" / made[0]).read_bytes() == (tmp_path / "b" / made[1]).read_bytes()


def test_a_frame_folder_becomes_a_file(tmp_path: Path, recordings: RecordingSet) -> None:
    from PIL import Image

    clip = frames(recordings["A02/001"].views["1"])
    folder = tmp_path / "set" / "A02" / "001" / "View-1"
    folder.mkdir(parents=True)
    for i, picture in enumerate(clip.frames, 1):
        Image.fromarray(picture).save(folder / f"img_{i:05d}.JPG", quality=95)
    files = ClipFiles(open_recordings(tmp_path / "set"), tmp_path / "out")
    made = frames(tmp_path / "out" / files.file(WHOLE))
    assert len(made.indices) == len(clip.indices)
    assert np.abs(made.frames.astype(int) - clip.frames).mean() < 4


@pytest.mark.parametrize("change", [{"recording": "A99/001"}, {"view": "4"}])
def test_a_clip_that_there_is_not_is_named(recordings: RecordingSet, tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(RecordingError, match=next(iter(change.values()))):
        ClipFiles(recordings, tmp_path).file(WHOLE.model_copy(update=change))
