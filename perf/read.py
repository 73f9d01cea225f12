"""Reading: read_clip and `data check` against PyAV decoding the same files and doing nothing else, the floor.

Prints frames per second and the ratio of medians over pairs run back to back, and the peak memory of a check of few
and of many recordings, each in a process of its own.  python perf/read.py [PAIRS] [MP4]
"""

import multiprocessing
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import av
import numpy as np

from flexqa.recordings.check import check
from flexqa.recordings.video import read_clip

FRAMES, FPS, WIDTH, HEIGHT = 103, 30, 640, 360
"""of the clip that is made when none is given: as many frames as FLEX's"""
SIZE = 448
"""longest side that read_clip gives, in pixels"""
FEW, MANY = 4, 32
"""recordings of a check"""


def write_clip(path: Path) -> None:
    """A clip with a moving gradient and grain, so that it is neither trivial nor noise."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(FRAMES):
            wave = 127 + 90 * np.sin((x + 4 * i) / 37) * np.cos((y - 2 * i) / 23)
            grain = rng.normal(0, 4, (HEIGHT, WIDTH))
            picture = np.clip(wave + grain, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))


def raw(path: Path, last: int) -> int:
    """Decode up to frame `last`, converting nothing; returns frames decoded."""
    count = 0
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            count += 1
            if count > last:
                break
    return count


def pairs(mine: Callable[[], int], floor: Callable[[], int], count: int) -> tuple[float, float]:
    """Median frames per second of both, measured in turns."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(count):
        for work, found in zip((mine, floor), rates, strict=True):
            started = time.perf_counter()
            frames = work()
            found.append(frames / (time.perf_counter() - started))
    return statistics.median(rates[0]), statistics.median(rates[1])


def read_pair(clip: Path, wanted: int, count: int) -> tuple[float, float]:
    """Frames per second that read_clip gets through on its way to the last one it wants, and those of the floor."""
    last = read_clip(clip, frames=wanted, size=SIZE, frames_fps=FPS).indices[-1]

    def mine() -> int:
        read_clip(clip, frames=wanted, size=SIZE, frames_fps=FPS)
        return last + 1

    return pairs(mine, lambda: raw(clip, last), count)


def report(name: str, rates: tuple[float, float], count: int) -> None:
    """One line: frames per second of both, and their ratio."""
    mine, floor = rates
    rates_text = f"{mine:.0f} frames/s, floor {floor:.0f} frames/s, ratio {floor / mine:.2f}"
    print(f"{name}: {rates_text} (medians of {count} pairs)")


def folder(root: Path, clip: Path, recordings: int) -> Path:
    """A folder of recordings with two views each, all of them this clip."""
    for i in range(1, recordings + 1):
        place = root / f"A16/{i:03d}"
        place.mkdir(parents=True)
        for view in "12":
            shutil.copy(clip, place / f"View-{view}.mp4")
    return root


def peak_mib(root: Path) -> float:
    """Peak memory of this process after a check, in MiB."""
    check(root)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as place:
        clip = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(place) / "clip.mp4"
        if len(sys.argv) <= 2:
            write_clip(clip)
        frames = raw(clip, 10**9)
        for wanted in (16, frames):
            report(f"read_clip, {wanted} of {frames} frames at {SIZE}", read_pair(clip, wanted, count), count)
        few, many = (folder(Path(place) / str(n), clip, n) for n in (FEW, MANY))

        def checked() -> int:
            check(few)
            return 2 * FEW * frames

        def floor() -> int:
            return sum(raw(path, 10**9) for path in few.rglob("*.mp4"))

        report(f"data check, {2 * FEW} clips, one process", pairs(checked, floor, count), count)
        for root in (few, many):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                mib = pool.submit(peak_mib, root).result()
            print(f"data check of {root.name} recordings: peak memory {mib:.0f} MiB")


if __name__ == "__main__":
    main()
