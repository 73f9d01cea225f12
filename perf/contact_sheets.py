"""Two sheets of what the simulator films: the 20 lifts, and 20 errors beside the faultless repetition.

Look at them after every change to body, injection or picture: lift and error should be nameable without the caption.
Same code, same bytes.  python perf/contact_sheets.py [FOLDER]
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.simulate.equipment import solids
from flexqa.simulate.film.camera import cameras, project
from flexqa.simulate.film.render import render_frames
from flexqa.simulate.film.scene import Scene
from flexqa.simulate.inject import Lifter, candidates, faultless, inject
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.motion import Plan, move
from flexqa.simulate.subject import draw_subject

SEED = 7
COLUMNS, CELL, CAPTION = 5, 176, 18
SIZE = (640, 360)
"""of the pictures from which squares around the lifter are cut"""
ROOM, SMALLEST = 100, 220
"""pixels of a square around the joints, for plates and floor; its smallest side"""
JPEG_QUALITY = 85
VIEWS = ("1", "2", "1", "2", "4")
"""of the lifts, in turn"""

ERRORS = (
    ("A16", "ET134", "1"), ("A16", "ET135", "1"), ("A16", "ET178", "2"), ("A16", "ET124", "1"), ("A16", "ET101", "1"),
    ("A16", "ET105", "1"), ("A15", "ET127", "2"), ("A15", "ET128", "4"), ("A15", "ET174", "2"), ("A15", "ET113", "1"),
    ("A17", "ET126", "2"), ("A02", "ET121", "1"), ("A02", "ET157", "2"), ("A01", "ET123", "2"), ("A04", "ET150", "2"),
    ("A20", "ET158", "2"), ("A08", "ET148", "2"), ("A08", "ET117", "1"), ("A08", "ET110", "1"), ("A12", "ET154", "1"),
)  # fmt: skip
"""action, error and the view that shows it"""


@dataclass(frozen=True, slots=True)
class Take:
    """One repetition of one subject."""

    lifter: Lifter
    plan: Plan

    def pose(self) -> Pose:
        """What the body does."""
        return move(self.lifter.lift, self.lifter.subject, self.plan)

    def picture(self, view: str, second: float) -> Image.Image:
        """What a camera sees at one moment."""
        pose = self.pose()
        load = 16.0 if self.lifter.lift.equipment == "dumbbells" else 60.0
        rods, discs, boxes = solids(self.lifter.lift, pose, load)
        subject = self.lifter.subject
        scene = Scene(pose, subject.look, rods, discs, boxes, subject.girth)
        frames = list(render_frames(scene, cameras(*SIZE)[view], 10.0))
        return frames[min(round(second * 10), len(frames) - 1)]


def squares(view: str, moments: Sequence[tuple[Take, float]]) -> list[Image.Image]:
    """Pictures of moments, all cut to one square that holds the lifter in each."""
    joints = [take.pose().points[min(round(s * take.pose().fps), len(take.pose().points) - 1)] for take, s in moments]
    camera = cameras(*SIZE)[view]
    seen = project(camera, np.concatenate(joints))[0]
    low, high = seen.min(axis=0), seen.max(axis=0)
    side = int(np.clip(float((high - low).max()) + ROOM, SMALLEST, camera.height))
    left, top = (
        int(np.clip((a + b - side) / 2, 0, edge - side))
        for a, b, edge in zip(low, high, (camera.width, camera.height), strict=True)
    )
    area = (left, top, left + side, top + side)
    return [take.picture(view, s).crop(area).resize((CELL, CELL), Image.Resampling.LANCZOS) for take, s in moments]


def clean(graph: Graph, action: str, subject: int) -> Take:
    """A faultless repetition."""
    lifter = Lifter(graph, action, lift_of(graph, action), draw_subject(SEED, subject))
    return Take(lifter, faultless(lifter, np.random.default_rng([SEED, subject])))


def wrong(take: Take, error: str) -> Take | None:
    """The same repetition with one error."""
    rng = np.random.default_rng(SEED)
    pairs = [p for p in candidates(take.lifter.graph, take.lifter.action) if p[1] == error]
    made = (inject(take.lifter, take.plan, pair, 1.0, rng, alone=True) for pair in pairs)
    plan = next((plan for plan in made if plan is not None), None)
    return None if plan is None else Take(take.lifter, plan)


def most_different(a: Pose, b: Pose) -> float:
    """Seconds into two poses, stretched to one length, at which the joints lie farthest apart."""
    match = np.round(np.linspace(0, len(b.points) - 1, len(a.points))).astype(int)
    distance = np.linalg.norm(a.points - b.points[match], axis=-1).mean(axis=1)
    return float(np.argmax(np.convolve(distance, np.ones(5), "same")) / a.fps)


def lifts(graph: Graph) -> list[tuple[str, list[Image.Image]]]:
    """Caption and two pictures, start and turning point, of every lift."""
    cells = []
    for number, action in enumerate(a for a in known_actions() if a in graph.actions):
        take = clean(graph, action, number % 9)
        spans = take.plan.timeline.spans()
        moments = [(take, spans[0].end_s * 0.6), (take, spans[1].end_s)]
        cells.append((f"{action} {graph.actions[action].name}", squares(VIEWS[number % len(VIEWS)], moments)))
    return cells


def mistakes(graph: Graph) -> list[tuple[str, list[Image.Image]]]:
    """Caption and two pictures, faultless and wrong, of every chosen error."""
    cells = []
    for number, (action, error, view) in enumerate(ERRORS):
        for subject in range(number, number + 12):
            good = clean(graph, action, subject % 38)
            bad = wrong(good, error)
            if bad is not None:
                break
        else:
            raise SystemExit(f"{action} {error}: no subject shows it; choose another error")
        at = most_different(bad.pose(), good.pose())
        same = at * len(good.pose().points) / len(bad.pose().points)
        cells.append((f"{action}: {graph.errors[error].name}", squares(view, [(good, same), (bad, at)])))
    return cells


def sheet(cells: Sequence[tuple[str, list[Image.Image]]]) -> Image.Image:
    """Captioned pairs in columns."""
    font = ImageFont.load_default(12)
    width, height = 2 * CELL + 6, CELL + CAPTION + 4
    rows = -(-len(cells) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    draw = ImageDraw.Draw(page)
    for number, (caption, pictures) in enumerate(cells):
        row, column = divmod(number, COLUMNS)
        draw.text((column * width + 3, row * height + 2), caption, fill="black", font=font)
        for k, picture in enumerate(pictures):
            page.paste(picture, (column * width + k * (CELL + 1), row * height + CAPTION))
    return page


def main() -> None:
    """Write both sheets."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    folder.mkdir(parents=True, exist_ok=True)
    graph = load_graph(default_graph())
    for name, cells in (("lifts", lifts(graph)), ("errors", mistakes(graph))):
        path = folder / f"{name}.jpg"
        sheet(cells).save(path, quality=JPEG_QUALITY, optimize=True)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
