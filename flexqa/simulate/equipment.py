"""Bars, plates, dumbbells and benches as solids that follow the hands, or stand still under the body."""

import math

import numpy as np

from flexqa.media import Pose
from flexqa.simulate.film.scene import Box, Colour, Disc, Rod
from flexqa.simulate.geometry import Array, unit
from flexqa.simulate.lifts import Bench, Lift
from flexqa.vocabulary import JOINTS

_STEEL: Colour = (168, 172, 178)
_IRON: Colour = (44, 46, 50)
_PAD: Colour = (30, 30, 34)
_FRAME: Colour = (122, 126, 132)
_PLATES: tuple[tuple[float, Colour], ...] = ((15.0, (186, 44, 40)), (10.0, (40, 84, 170)), (5.0, (232, 190, 52)))

BAR_M = 2.2
BAR_KG = 20.0
_SLEEVE_M = 0.655
"""from the middle of the bar to the inner plate"""
_FULL_PLATE_M = 0.225
_BODY_RADIUS_M = 0.10
"""from hip or spine to the pad behind it"""

_J = {name: i for i, name in enumerate(JOINTS)}


def solids(lift: Lift, pose: Pose, load_kg: float) -> tuple[tuple[Rod, ...], tuple[Disc, ...], tuple[Box, ...]]:
    """Rods, discs and boxes of one repetition; `load_kg` of dumbbells is that of one side."""
    if lift.equipment == "barbell":
        rods, discs = _barbell(pose, load_kg, from_floor=lift.rig.arms == "hang")
    elif lift.equipment == "t-bar":
        rods, discs = _t_bar(pose, load_kg)
    else:
        rods, discs = _dumbbells(lift, pose, load_kg)
    return rods, discs, _bench(lift.bench, pose) if lift.bench else ()


def _hands(pose: Pose) -> tuple[Array, Array]:
    return pose.points[:, _J["l_hand"]], pose.points[:, _J["r_hand"]]


def _barbell(pose: Pose, load_kg: float, *, from_floor: bool) -> tuple[tuple[Rod, ...], tuple[Disc, ...]]:
    left, right = _hands(pose)
    along = unit(left - right)
    hips = (pose.points[:, _J["l_hip"]] + pose.points[:, _J["r_hip"]]) / 2
    middle = (left + right) / 2
    # Hands may hold the bar off centre; its weight stays over the lifter.
    centre = middle - along * ((middle - hips)[:, :1] / along[:, :1])
    bar = Rod(centre + along * BAR_M / 2, centre - along * BAR_M / 2, 0.0145, _STEEL)
    discs: list[Disc] = []
    for sign in (1.0, -1.0):
        at = _SLEEVE_M
        for kg, colour in _stack((load_kg - BAR_KG) / 2):
            thickness = 0.024 + 0.0014 * kg
            at += thickness / 2
            # What is lifted off the floor has plates of full size, however light.
            radius = _FULL_PLATE_M if from_floor else _plate_radius(kg)
            discs.append(Disc(centre + sign * at * along, along, radius, thickness, colour))
            at += thickness / 2 + 0.002
    return (bar,), tuple(discs)


def _stack(kg: float) -> list[tuple[float, Colour]]:
    """Plates of one side, heaviest first; at least one light one, so that the bar can be seen to be a barbell."""
    plates: list[tuple[float, Colour]] = []
    rest = max(kg, 2.5)
    for size, colour in _PLATES:
        count = int(rest // size)
        plates += [(size, colour)] * count
        rest -= count * size
    if rest >= 1.0:
        plates.append((rest, _IRON))
    return plates


def _plate_radius(kg: float) -> float:
    return _FULL_PLATE_M if kg >= 10 else 0.19 if kg >= 5 else 0.10 + 0.012 * kg


def _t_bar(pose: Pose, load_kg: float) -> tuple[tuple[Rod, ...], tuple[Disc, ...]]:
    """A bar that turns about a pivot on the floor behind the lifter, with a cross handle in the hands."""
    left, right = _hands(pose)
    middle = (left + right) / 2
    pivot = np.tile([float(middle[0, 0]), 0.05, -1.2], (len(middle), 1))
    length = float(np.sqrt(np.sum((middle - pivot) ** 2, axis=1)).max()) + 0.42
    along = unit(middle - pivot)
    handle = unit(left - right)
    rods = (
        Rod(pivot, pivot + along * length, 0.0145, _STEEL),
        Rod(left + handle * 0.08, right - handle * 0.08, 0.014, _STEEL),
    )
    discs: list[Disc] = []
    at = length - 0.06
    for kg, colour in _stack(load_kg - BAR_KG):
        thickness = 0.024 + 0.0014 * kg
        at -= thickness + 0.002
        discs.append(Disc(pivot + along * at, along, min(_plate_radius(kg), 0.17), thickness, colour))
    return rods, tuple(discs)


def _dumbbells(lift: Lift, pose: Pose, load_kg: float) -> tuple[tuple[Rod, ...], tuple[Disc, ...]]:
    rods: list[Rod] = []
    discs: list[Disc] = []
    radius, half = 0.045 + 0.0022 * load_kg, 0.085
    thickness = 0.045 + 0.0022 * load_kg
    for side in "lr":
        elbow, hand = pose.points[:, _J[f"{side}_elbow"]], pose.points[:, _J[f"{side}_hand"]]
        fore = unit(hand - elbow)
        grip = _grip_axis(lift, pose)
        axis = unit(grip - np.sum(grip * fore, axis=-1, keepdims=True) * fore)
        rods.append(Rod(hand + axis * half, hand - axis * half, 0.014, _STEEL))
        discs += [Disc(hand + sign * half * axis, axis, radius, thickness, _IRON) for sign in (1.0, -1.0)]
    return tuple(rods), tuple(discs)


def _grip_axis(lift: Lift, pose: Pose) -> Array:
    """Direction of the handles before they are set square to the forearm, shape (samples, 3)."""
    shape = (len(pose.points), 1)
    if lift.grip == "across":
        return np.tile([1.0, 0.0, 0.0], shape)
    trunk = pose.points[:, _J["spine_upper"]] - (pose.points[:, _J["l_hip"]] + pose.points[:, _J["r_hip"]]) / 2
    upright = abs(float(unit(trunk)[0, 1])) > 0.95
    return np.tile([0.0, 0.0, 1.0], shape) if upright else unit(trunk)


def _bench(bench: Bench, pose: Pose) -> tuple[Box, ...]:
    """Back rest, seat and legs; placed by where a well-placed lifter would lie, so a shifted body shows."""
    angle = math.radians(bench.back_deg)
    back = np.array([0.0, math.cos(angle), math.sin(angle)])
    lateral = np.array([1.0, 0.0, 0.0])
    axes = np.stack([lateral, back, np.cross(lateral, back)])
    pelvis = np.array([0.0, bench.seat_m, 0.0])
    trunk = pose.points[0, _J["spine_upper"]] - (pose.points[0, _J["l_hip"]] + pose.points[0, _J["r_hip"]]) / 2
    length = float(np.sqrt(np.sum(trunk**2))) + 0.34
    middle = pelvis + back * (length / 2 - 0.10) - axes[2] * (_BODY_RADIUS_M + 0.035)
    pads = [Box(middle, np.array([0.14, length / 2, 0.035]), axes, _PAD)]
    upright = np.eye(3)
    if bench.back_deg > -80:
        seat = pelvis + np.array([0.0, -_BODY_RADIUS_M - 0.035, 0.14])
        pads.append(Box(seat, np.array([0.16, 0.035, 0.20]), upright, _PAD))
    if bench.feet[0] > 0:
        roller = np.array([0.0, bench.feet[0] - 0.02, bench.feet[1] - 0.08])
        pads.append(Box(roller, np.array([0.24, 0.05, 0.05]), upright, _PAD))
    return (*pads, *_bench_legs([p.centre for p in pads], float(middle[1])))


def _bench_legs(under: list[Array], back_height: float) -> tuple[Box, ...]:
    legs = []
    for centre in under:
        height = max(float(centre[1]) - 0.04, 0.1)
        at = np.array([0.0, height / 2, float(centre[2])])
        legs.append(Box(at, np.array([0.04, height / 2, 0.04]), np.eye(3), _FRAME))
    foot = np.array([0.0, 0.03, float(under[0][2])])
    return (*legs, Box(foot, np.array([0.26, 0.03, 0.04]), np.eye(3), _FRAME)) if back_height > 0.2 else tuple(legs)
