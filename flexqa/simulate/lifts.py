"""The 20 actions as two postures each, start and turning point, and a rig that holds the body between them.

Numbers of a posture that the graph gives (`rom`) are taken from there; what the graph leaves open stands here. An
action that is not in the table cannot be simulated.
"""

from dataclasses import dataclass, field
from typing import Literal

from flexqa.errors import BadInput
from flexqa.graph.model import Graph
from flexqa.simulate.body import Rig

Ends = tuple[float, float]
"""values at start and turning point"""

Equipment = Literal["barbell", "dumbbells", "t-bar"]


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench under a lying or seated subject."""

    back_deg: float
    """trunk_incl of the back on it; negative leans back"""
    seat_m: float
    """height of the hips"""
    feet: tuple[float, float]
    """height above the floor and z of the ankles"""


@dataclass(frozen=True, slots=True, eq=False)
class Lift:
    """How one action is done; each is itself alone, so it can be a key."""

    rig: Rig
    equipment: Equipment
    postures: dict[str, Ends]
    """control -> start and turn"""
    bench: Bench | None = None
    neutral: dict[str, float] = field(default_factory=dict)
    """control -> value all along, where it is not that of quiet standing"""
    grip: Literal["across", "along"] = "across"
    """dumbbells: handles across the body, or along it"""


def lift_of(graph: Graph, action: str) -> Lift:
    """The lift of an action.

    Raises:
        BadInput: the simulator does not know the action.
    """
    if action not in graph.actions or action not in _LIFTS:
        raise BadInput(f"action {action!r} cannot be simulated; choose from {', '.join(_LIFTS)}")
    return _LIFTS[action]


def known_actions() -> tuple[str, ...]:
    """The actions that the simulator knows."""
    return tuple(_LIFTS)


_UP, _IN_FRONT = (-0.25, 1.0, 0.0), (0.0, 0.0, 1.0)
_FLAT = Bench(-90.0, 0.52, (0.0, 0.30))
_INCLINE = Bench(-52.0, 0.52, (0.0, 0.40))
_DECLINE = Bench(-105.0, 0.62, (0.36, 0.52))
_SEAT = Bench(-8.0, 0.52, (0.0, 0.42))


def _standing(
    arms: Literal["free", "arc", "line", "rack", "hang"],
    direction: Literal["polar", "sagittal"],
    hint: tuple[float, float, float] | None = None,
    frame: Literal["world", "trunk"] = "world",
    **more: float,
) -> Rig:
    return Rig("standing", arms, direction, hint, frame, **more)  # type: ignore[arg-type]  # balance, ahead_m


def _on(bench: Bench, arms: Literal["free", "line"], hint: tuple[float, float, float] = _UP) -> Rig:
    frame: Literal["world", "trunk"] = "world" if hint[1] == 1 else "trunk"
    return Rig("bench", arms, "polar", hint, frame, (0.0, 1.0, 0.0), seat=(bench.seat_m, 0.0), feet=bench.feet)


def _row(trunk: float, sag: Ends, elbow: Ends) -> dict[str, Ends]:
    return {
        "incl": (trunk, trunk),
        "knee": (22, 22),
        "sag": sag,
        "out": (0.04, 0.08),
        "elbow": elbow,
        "protraction": (0.0, -0.012),
    }


def _bench_bar(incl: float, elev: Ends, plane: float, elbow: float) -> dict[str, Ends]:
    return {"incl": (incl, incl), "elev": elev, "plane": (90, plane), "elbow": (8, elbow)}


_STAND = {"incl": (2.0, 2.0), "knee": (9.0, 9.0)}

_LIFTS: dict[str, Lift] = {
    "A01": Lift(
        _standing("line", "polar", _UP),
        "barbell",
        _STAND | {"incl": (-2, 3), "elev": (33, 168), "plane": (58, 85), "elbow": (142, 8)},
        neutral={"grip": 1.3},
    ),
    "A02": Lift(
        _standing("arc", "sagittal", None),
        "barbell",
        _STAND | {"sag": (4, 10), "out": (0.03, 0.03), "elbow": (8, 135)},
        neutral={"grip": 1.1},
    ),
    "A03": Lift(
        _standing("line", "polar", (-0.3, -1.0, 0.0), "trunk"),
        "barbell",
        _STAND | {"elev": (12, 86), "plane": (62, 22), "elbow": (12, 132)},
        neutral={"grip": 1.1},
    ),
    "A04": Lift(
        _standing("free", "polar", None),
        "dumbbells",
        _STAND | {"elev": (10, 88), "plane": (85, 85), "elbow": (12, 15)},
    ),
    "A05": Lift(
        _standing("free", "sagittal", None),
        "dumbbells",
        _STAND | {"sag": (3, 10), "out": (0.05, 0.04), "elbow": (8, 138)},
    ),
    "A06": Lift(
        _standing("free", "polar", _IN_FRONT, "trunk"),
        "dumbbells",
        _STAND | {"elev": (9, 88), "plane": (15, 20), "elbow": (15, 18)},
        grip="along",
    ),
    "A07": Lift(
        _standing("free", "polar", (0.0, 1.0, 0.6), "trunk", balance=0.6),
        "dumbbells",
        {"incl": (70, 70), "knee": (20, 20), "elev": (70, 88), "plane": (86, 5), "elbow": (15, 20)},
        grip="along",
    ),
    "A08": Lift(
        _on(_FLAT, "line", (0.0, 1.0, 0.12)), "barbell", _bench_bar(-90, (86, 52), -39, 128), _FLAT, {"grip": 1.72}
    ),
    "A09": Lift(
        _on(_INCLINE, "line", (0.0, 1.0, 0.12)),
        "barbell",
        _bench_bar(-52, (124, 43), -16, 121),
        _INCLINE,
        {"grip": 1.72},
    ),
    "A10": Lift(
        _on(_DECLINE, "line", (0.0, 1.0, -0.08)),
        "barbell",
        _bench_bar(-105, (73, 61), -43, 123),
        _DECLINE,
        {"grip": 1.72},
    ),
    "A11": Lift(
        _on(_FLAT, "free"),
        "dumbbells",
        {"incl": (-90, -90), "elev": (60, 88), "plane": (-6, 88), "elbow": (96, 8)},
        _FLAT,
    ),
    "A12": Lift(
        _on(_INCLINE, "free"),
        "dumbbells",
        {"incl": (-52, -52), "elev": (62, 124), "plane": (-4, 86), "elbow": (106, 8)},
        _INCLINE,
    ),
    "A13": Lift(
        _on(_FLAT, "free", (-1.0, 0.0, 1.0)),
        "dumbbells",
        {"incl": (-90, -90), "elev": (88, 82), "plane": (86, 3), "elbow": (20, 28)},
        _FLAT,
        grip="along",
    ),
    "A14": Lift(
        _on(_SEAT, "free"),
        "dumbbells",
        {"incl": (-8, -8), "elev": (76, 165), "plane": (25, 30), "elbow": (105, 8)},
        _SEAT,
    ),
    "A15": Lift(
        _standing("hang", "sagittal", None, balance=1.0),
        "barbell",
        {
            "incl": (67, 1),
            "knee": (71, 5),
            "pelvis_z": (0.08, -0.045),
            "sag": (60, 0),
            "out": (0.05, 0.05),
            "elbow": (4, 4),
        },
        neutral={"grip": 1.25, "gap": 0.012, "stance": 0.85},
    ),
    "A16": Lift(
        _standing("rack", "sagittal", None, balance=1.0, ahead_m=0.02),
        "barbell",
        {"incl": (2.5, 35), "knee": (5.5, 117), "sag": (0, 0), "out": (0.1, 0.1), "elbow": (120, 120)},
        neutral={"grip": 1.6, "stance": 1.15, "toe_out": 20.0},
    ),
    "A17": Lift(_standing("line", "sagittal", None), "barbell", _row(50, (50, -20), (5, 72)), neutral={"grip": 1.3}),
    "A18": Lift(_standing("line", "sagittal", None), "t-bar", _row(45, (45, -18), (5, 72)), neutral={"grip": 0.7}),
    "A19": Lift(_standing("free", "sagittal", None), "dumbbells", _row(52, (52, -20), (5, 74)), grip="along"),
    "A20": Lift(
        _standing("free", "sagittal", None),
        "dumbbells",
        {"incl": (62, 62), "knee": (22, 22), "sag": (-3, -5), "out": (0.03, 0.03), "elbow": (72, 6)},
        grip="along",
    ),
}
