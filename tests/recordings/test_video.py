"""Each frame carries its own number as blocks of black and white, so a wrong frame cannot pass for the right one."""

from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from flexqa.errors import BadInput, MediaError
from flexqa.recordings.video import clip_info, decode_all, fitted, read_clip, sample_indices
from tests.recordings.numbered import HEIGHT, WIDTH, number_in, numbered, write_folder, write_mp4


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("clips") / "steady.mp4", [20 * i for i in range(97)])


@settings(max_examples=200)
@given(n=st.integers(0, 3000), count=st.integers(1, 300))
def test_sampled_frames_are_the_centres_of_equal_segments(n: int, count: int) -> None:
    indices = sample_indices(n, count)
    assert len(indices) == min(n, count)
    assert all(a < b for a, b in pairwise(indices))
    assert all(0 <= i < n for i in indices)
    for k, i in enumerate(indices):
        assert abs(i + 0.5 - (k + 0.5) * n / len(indices)) <= 0.5 + 1e-9


def test_less_than_one_frame_is_refused() -> None:
    with pytest.raises(BadInput, match="0 frames per clip"):
        sample_indices(10, 0)


@given(w=st.integers(2, 4000), h=st.integers(2, 4000), size=st.integers(8, 1000))
def test_frames_keep_their_shape_and_are_never_enlarged(w: int, h: int, size: int) -> None:
    fw, fh = fitted(w, h, size)
    assert fw % 2 == fh % 2 == 0
    assert fw <= min(w, size) or fw == 2
    assert fh <= min(h, size) or fh == 2
    scale = min(1.0, size / max(w, h))
    assert abs(fw - w * scale) <= 2
    assert abs(fh - h * scale) <= 2


@pytest.mark.parametrize("frames", [1, 7, 16, 96, 97, 500])
@pytest.mark.parametrize("size", [64, 4096])
def test_every_sampled_frame_of_an_mp4_is_the_one_it_says(steady: Path, frames: int, size: int) -> None:
    clip = read_clip(steady, frames=frames, size=size, frames_fps=1)
    assert clip.indices == sample_indices(97, frames)
    assert [number_in(p) for p in clip.frames] == list(clip.indices)
    np.testing.assert_allclose(clip.times_s, [i / 30 for i in clip.indices], atol=1e-9)
    assert (clip.source_fps, clip.source_frames) == (30.0, 97)
    assert clip.frames.shape[1:] == ((48, 64, 3) if size == 64 else (HEIGHT, WIDTH, 3))


@pytest.mark.parametrize(("codec", "options"), [("libx264", {}), ("libx265", {}), ("mpeg4", {"bf": "2"})])
def test_what_is_not_decoded_changes_no_frame_that_is_shown(
    tmp_path: Path, codec: str, options: dict[str, str]
) -> None:
    scene = np.random.default_rng(1).integers(0, 255, (96, 224, 3), dtype=np.uint8)
    path = tmp_path / "moving.mp4"
    with av.open(path, "w") as out:
        stream = out.add_stream(codec, rate=30, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for i in range(60):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(scene[:, i : i + 128]), "rgb24")))
        out.mux(stream.encode(None))
    with av.open(path) as file:
        assert any(f.pict_type == PictureType.B for f in file.decode(video=0)), "no frame could be left out"
    whole = read_clip(path, frames=60, size=128, frames_fps=1)
    for count in (1, 2, 5, 16, 31):
        clip = read_clip(path, frames=count, size=128, frames_fps=1)
        np.testing.assert_array_equal(clip.frames, whole.frames[list(clip.indices)])


def test_every_sampled_frame_of_a_folder_is_the_one_it_says(tmp_path: Path) -> None:
    for suffix in ("JPG", "jpeg", "png"):
        folder = write_folder(tmp_path / suffix, 103, suffix=suffix)
        clip = read_clip(folder, frames=16, size=64, frames_fps=60)
        assert [number_in(p) for p in clip.frames] == list(clip.indices) == list(sample_indices(103, 16))
        np.testing.assert_allclose(clip.times_s, [i / 60 for i in clip.indices])
        assert clip.frames.shape == (16, 48, 64, 3)
        assert clip_info(folder, 60) == (103, 60, WIDTH, HEIGHT)


def test_variable_frame_rate_keeps_true_times(tmp_path: Path) -> None:
    ticks = list(np.cumsum([20, 10, 55, 20, 7, 130] * 10).tolist())
    clip = read_clip(write_mp4(tmp_path / "v.mp4", ticks), frames=20, size=128, frames_fps=1)
    assert [number_in(p) for p in clip.frames] == list(clip.indices)
    expected = [(ticks[i] - ticks[0]) / 600 for i in clip.indices]
    np.testing.assert_allclose(clip.times_s, expected, atol=1e-4)


def test_a_window_samples_only_its_own_frames(steady: Path) -> None:
    clip = read_clip(steady, frames=4, size=64, window_s=(1.0, 2.0), frames_fps=1)
    assert clip.indices == tuple(30 + i for i in sample_indices(30, 4))
    assert [number_in(p) for p in clip.frames] == list(clip.indices)
    assert clip.times_s[0] > 1, "times count from the start of the recording, not of the window"
    moment = read_clip(steady, frames=4, size=64, window_s=(1.01, 1.02), frames_fps=1)
    assert moment.indices == (30,), "between two frames, the one on show"


@pytest.mark.parametrize("window", [(9.0, 10.0), (2.0, 1.0), (-2.0, -1.0)])
def test_a_window_outside_the_clip_is_refused(steady: Path, window: tuple[float, float]) -> None:
    with pytest.raises(MediaError, match=r"steady\.mp4: no frame lies in .* runs from 0 to 3\.200 s"):
        read_clip(steady, frames=4, size=64, window_s=window, frames_fps=1)


def test_colours_come_out_as_they_went_in(tmp_path: Path) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[..., 0], picture[..., 1] = 200, 60
    with av.open(tmp_path / "red.mp4", "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    clip = read_clip(tmp_path / "red.mp4", frames=1, size=64, frames_fps=1)
    np.testing.assert_allclose(clip.frames.mean(axis=(0, 1, 2)), [200, 60, 0], atol=6)


def test_equal_input_has_equal_hash_and_other_input_another(steady: Path) -> None:
    def sha(frames: int, size: int, window: tuple[float, float] | None = None) -> str:
        return read_clip(steady, frames=frames, size=size, window_s=window, frames_fps=1).sha256

    assert sha(4, 64) == sha(4, 64)
    assert len({sha(4, 64), sha(5, 64), sha(4, 32), sha(4, 64, (0.5, 2.0))}) == 4


def test_phone_orientation_of_a_picture_is_applied(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    Image.fromarray(numbered(5)).save(tmp_path / "f" / "img_00001.jpg", exif=exif)
    clip = read_clip(tmp_path / "f", frames=1, size=64, frames_fps=30)
    assert clip.frames.shape == (1, 64, 48, 3)
    assert number_in(np.rot90(clip.frames[0])) == 5
    assert clip_info(tmp_path / "f", 30)[2:] == (HEIGHT, WIDTH)


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_phone_orientation_of_an_mp4_is_applied(tmp_path: Path, degrees: int) -> None:
    path = write_mp4(tmp_path / "phone.mp4", [0, 20, 40], rotate=degrees)
    clip = read_clip(path, frames=3, size=64, frames_fps=30)
    assert clip.frames.shape[1:] == ((48, 64, 3) if degrees == 180 else (64, 48, 3))
    # The display matrix turns anticlockwise to show; turning back gives what was encoded.
    assert [number_in(np.rot90(p, -degrees // 90)) for p in clip.frames] == [0, 1, 2]
    assert clip_info(path, 30)[2:] == ((WIDTH, HEIGHT) if degrees == 180 else (HEIGHT, WIDTH))


def test_gaps_doubles_and_late_starts_of_a_folder_are_named(tmp_path: Path) -> None:
    gap = write_folder(tmp_path / "gap", 9)
    (gap / "img_00005.JPG").unlink()
    late = write_folder(tmp_path / "late", 3, first=4)
    double = write_folder(tmp_path / "double", 3)
    Image.fromarray(numbered(1)).save(double / "img_00002.png")
    (tmp_path / "none").mkdir()
    for folder, message in [
        (gap, r"frame 5 is missing before img_00006\.JPG"),
        (late, "first frame is number 4"),
        (double, "frame 2 is there twice"),
        (tmp_path / "none", "no frames in this folder"),
    ]:
        with pytest.raises(MediaError, match=message):
            read_clip(folder, frames=4, size=64, frames_fps=30)


def test_a_damaged_picture_and_a_change_of_size_are_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "f", 4)
    half = (folder / "img_00003.JPG").read_bytes()
    (folder / "img_00003.JPG").write_bytes(half[: len(half) // 2])
    with pytest.raises(MediaError, match=r"img_00003\.JPG: not a readable picture"):
        decode_all(folder, 30)
    Image.new("RGB", (64, 64)).save(folder / "img_00003.JPG")
    with pytest.raises(MediaError, match=r"img_00003\.JPG: 64x64 .* must have one size"):
        read_clip(folder, frames=4, size=64, frames_fps=30)


@pytest.mark.parametrize("faststart", [False, True])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_a_cut_mp4_names_the_file(tmp_path: Path, kept: float, faststart: bool) -> None:
    clip = write_mp4(tmp_path / "cut.mp4", [20 * i for i in range(60)], faststart=faststart)
    whole = clip.read_bytes()
    clip.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(MediaError, match=r"cut\.mp4: "):
        read_clip(clip, frames=8, size=64, frames_fps=30)


def test_scrambled_bytes_never_give_a_wrong_frame(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "bad.mp4", [20 * i for i in range(60)])
    whole = clip.read_bytes()
    start, refused = whole.index(b"mdat") + 4, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        spoiled = bytearray(whole)
        for at in rng.integers(start + 800, whole.index(b"moov") - 4, 40):
            spoiled[at] ^= int(rng.integers(1, 256))
        clip.write_bytes(spoiled)
        try:
            read = read_clip(clip, frames=60, size=64, frames_fps=30)
        except MediaError as e:
            refused += 1
            assert "bad.mp4" in str(e)  # noqa: PT017 - either outcome is allowed, and each has its own demand
        else:
            assert read.indices == tuple(range(60))
    assert refused >= 15


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.mp4", b"", "the file is empty"),
        ("words.mp4", b"this is not a video\n" * 50, "not a readable mp4"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a readable mp4"),
    ],
)
def test_a_file_that_is_no_video_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=f"{name}: {message}"):
        read_clip(tmp_path / name, frames=4, size=64, frames_fps=30)


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.mp4: no such clip"):
        clip_info(tmp_path / "gone.mp4", 30)


def test_clip_info_and_decode_all_of_an_mp4(steady: Path) -> None:
    assert clip_info(steady, 1) == (97, 30.0, WIDTH, HEIGHT)
    assert decode_all(steady, 1) == 97


def test_an_mp4_whose_frames_change_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "growing.mp4"
    with av.open(path, "w") as out:
        stream = out.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for i in range(6):
            picture = BytesIO()
            Image.new("RGB", (64, 48) if i < 4 else (80, 48)).save(picture, "JPEG")
            packet = av.Packet(picture.getvalue())
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, 10), i, i
            out.mux(packet)
    for read in (lambda: decode_all(path, 10), lambda: read_clip(path, frames=6, size=64, frames_fps=10)):
        with pytest.raises(MediaError, match=r"a frame is 80x48 where the file says 64x48"):
            read()
