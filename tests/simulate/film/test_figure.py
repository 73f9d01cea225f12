"""Errors have to be visible: what a coach looks at follows the joints and stands out from its surroundings."""

import numpy as np
import pytest
from numpy.typing import NDArray

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.media import Pose
from flexqa.simulate.equipment import solids
from flexqa.simulate.film.figure import figure
from flexqa.simulate.film.head import head
from flexqa.simulate.film.mesh import Mesh
from flexqa.simulate.film.scene import Look, Rod
from flexqa.simulate.inject import Lifter, faultless
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import move
from flexqa.simulate.subject import draw_subject
from flexqa.vocabulary import JOINTS

Array = NDArray[np.float64]
J = {name: i for i, name in enumerate(JOINTS)}
LOOK = Look((224, 172, 140), (20, 60, 220), (20, 160, 20), (200, 60, 60), (30, 20, 10), (190,) * 3, (110,) * 3)


def squat() -> tuple[Pose, tuple[Rod, ...]]:
    graph, subject = load_graph(default_graph()), draw_subject(7, 0)
    lift = lift_of(graph, "A16")
    plan = faultless(Lifter(graph, "A16", lift, subject), np.random.default_rng(0))
    pose = move(lift, subject, plan)
    pose = Pose(pose.points[::40], pose.fps / 40)
    return pose, solids(lift, pose, 60.0)[0]


def moved(pose: Pose, joints: tuple[str, ...], by: tuple[float, float, float]) -> Pose:
    points = pose.points.copy()
    points[:, [J[j] for j in joints]] += by
    return Pose(points, pose.fps)


def coloured(mesh: Mesh, colour: tuple[int, int, int]) -> Array:
    """Vertices of the faces of one colour in the first sample."""
    faces = mesh.faces[np.all(mesh.colours == np.array(colour), axis=1)]
    return np.asarray(mesh.vertices[0][np.unique(faces)])


def test_fists_close_around_the_bar() -> None:
    pose, rods = squat()
    with_bar = figure(pose, LOOK, 1.0, rods)
    assert len(rods) == 1
    for side in "lr":
        hand = pose.points[0, J[f"{side}_hand"]]
        near = with_bar.vertices[0][np.linalg.norm(with_bar.vertices[0] - hand, axis=1) < 0.07] - hand
        d = rods[0].b[0] - rods[0].a[0]
        along = near @ (d / np.linalg.norm(d))
        assert along.min() < -0.03, "the knuckles lie along the bar"
        assert along.max() > 0.03


def test_a_lifted_heel_lifts_the_sole() -> None:
    pose, _ = squat()
    flat = coloured(figure(pose, LOOK, 1.0), (232, 232, 230))
    lifted = coloured(figure(moved(pose, ("l_foot_a", "r_foot_a"), (0, 0.06, 0)), LOOK, 1.0), (232, 232, 230))
    heel = pose.points[0, J["l_foot_a"]]
    soles = [v[np.linalg.norm((v - heel)[:, [0, 2]], axis=1) < 0.05] for v in (flat, lifted)]
    assert np.median(soles[0][:, 1]) == pytest.approx(0.0, abs=0.02), "a flat sole touches the floor"
    assert np.median(soles[1][:, 1]) - np.median(soles[0][:, 1]) > 0.03


def test_a_rounded_back_bulges() -> None:
    pose, _ = squat()
    forward = pose.points[0, J["l_foot_b"]] - pose.points[0, J["l_foot_a"]]
    forward = forward / np.linalg.norm(forward)
    back = pose.points[0, [J["spine_upper"], J["l_hip"]]].mean(axis=0)
    bent = moved(pose, ("neck", "head"), tuple(0.05 * forward - [0, 0.02, 0]))
    reach = []
    for p in (pose, bent):
        v = figure(p, LOOK, 1.0).vertices[0]
        v = v[np.abs(v[:, 1] - back[1]) < 0.12]
        reach.append(((v - back) @ forward).min())
    assert reach[1] < reach[0] - 0.01


def test_a_head_shows_where_it_looks() -> None:
    up, lateral = np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
    face = head(np.zeros((1, 3)), up, lateral, LOOK)
    lips, hair = coloured(face, (150, 66, 62)), coloured(face, LOOK.hair)
    assert lips[:, 2].min() > 0.06
    assert lips[:, 1].max() < 0 < hair[:, 1].mean()
    assert hair[:, 2].min() < -0.09, "hair behind"
    assert face.vertices[0][:, 2].max() > 0.12, "the nose is foremost"


@pytest.mark.parametrize("skin", [(241, 205, 178), (97, 64, 44)])
def test_clothes_end_in_a_hem_that_differs_from_skin_and_sock(skin: tuple[int, int, int]) -> None:
    pose, _ = squat()
    look = Look(skin, (222, 170, 60), (92, 84, 70), (40, 40, 44), (30, 20, 10), (190,) * 3, (110,) * 3)
    colours = {tuple(int(v) for v in c) for c in figure(pose, look, 1.0).colours}
    assert {skin, look.shirt, look.trousers, look.shoes} <= colours
    hem = (46, 48, 54) if sum(skin) > 450 else (232, 232, 230)
    assert hem in colours
    assert abs(sum(hem) - sum(skin)) > 200
