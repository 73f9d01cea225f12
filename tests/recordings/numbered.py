"""Clips of which each frame carries its own number as blocks of black and white, so that no wrong frame can pass."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLS, ROWS, BLOCK = 4, 3, 32
WIDTH, HEIGHT = COLS * BLOCK, ROWS * BLOCK


def numbered(index: int) -> NDArray[np.uint8]:
    bits = [(index >> b) & 1 for b in range(COLS * ROWS)]
    grid = np.array(bits, dtype=np.uint8).reshape(ROWS, COLS) * 255
    return np.repeat(np.kron(grid, np.ones((BLOCK, BLOCK), np.uint8))[..., None], 3, axis=2)


def number_in(picture: NDArray[np.uint8]) -> int:
    h, w = picture.shape[0] // ROWS, picture.shape[1] // COLS
    grid = picture.reshape(ROWS, h, COLS, w, 3)[:, h // 4 : -h // 4, :, w // 4 : -w // 4].mean(axis=(1, 3, 4))
    assert ((grid < 60) | (grid > 195)).all(), "blocks are neither black nor white"
    return sum(int(v > 127) << b for b, v in enumerate(grid.ravel()))


def write_mp4(path: Path, ticks: list[int], fps: int = 30, *, rotate: int = 0, faststart: bool = False) -> Path:
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(path, "w", options=options) as out:
        stream = out.add_stream("libx264", rate=fps, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if rotate:
            stream.set_display_rotation(rotate)
        stream.time_base = stream.codec_context.time_base = Fraction(1, 600)
        for i, tick in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(numbered(i), format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, 600)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_folder(path: Path, count: int, first: int = 1, suffix: str = "JPG") -> Path:
    path.mkdir()
    for i in range(count):
        Image.fromarray(numbered(i)).save(path / f"img_{first + i:05d}.{suffix}")
    return path
