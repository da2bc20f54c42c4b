"""Hair that hangs free: two tails and two side locks, sheaves on chains of springs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.ani import layout
from assets.workshop.curves import Path, Profile, chain_weights, smoothstep
from assets.workshop.part import Part, mirrored, swap_side
from assets.workshop.rig import Rig
from assets.workshop.shapes import Rect, pixels
from assets.workshop.sheaf import Axis, Lock, sheaf

_TAIL = pixels(layout.TAIL)


def _strips(count: int, top: float, bottom: float) -> Rect:
    """The first strips of the tail's texture, between two heights of it."""
    x, y, width, height = _TAIL
    return (x, y + top * height, width * count / layout.TAIL_STRIPS, (bottom - top) * height)


def _follow(part: Part, path: Path, start: float, joints: Sequence[str]) -> Part:
    """Skins a lock to a chain by the nearest place along ``path``; the root stays on the head."""
    s = np.linspace(0, 1, 101)
    d = np.linalg.norm(part.positions[:, None] - path(s)[None], axis=2)
    t = s[np.argmin(d, axis=1)]
    weights = chain_weights((t - start) / (1 - start), joints)
    hold = smoothstep(start + 0.10, start - 0.02, t)
    part.skin = {joint: w * (1 - hold) for joint, w in weights.items()} | {"head": hold}
    return part


def _chains(rig: Rig, name: str, path: Path, at: Sequence[float]) -> list[str]:
    """The joints of both sides at ``at`` of the path; returns the left one's, without its end."""
    for side, flip in (("R", -1.0), ("L", 1.0)):
        chain = rig.chain(f"{name}_{side}", "head", path(np.array(at)) * [flip, 1, 1])
    return chain[:-1]


_SIDE = np.array(
    [(0.036, 1.546, 0.026), (0.066, 1.522, 0.038), (0.0850, 1.478, 0.046), (0.0870, 1.430, 0.050),
     (0.0830, 1.380, 0.056), (0.0775, 1.332, 0.064), (0.0765, 1.288, 0.071), (0.0840, 1.248, 0.076)]
)  # fmt: skip
_SIDE_WIDTH = Profile(
    (0, 0.014), (0.15, 0.026), (0.35, 0.0315), (0.55, 0.031), (0.75, 0.025), (1.0, 0.013)
)
_SIDE_DEPTH = Profile((0, 0.004), (0.2, 0.010), (0.4, 0.0105), (0.7, 0.0090), (1.0, 0.006))
_SIDE_LOCKS = (Lock(-86, 42, 0.86), Lock(-44, 130, 1.0), Lock(86, 188, 0.93))


def side_locks(rig: Rig) -> list[Part]:
    """A flat sheaf before each ear, down to the chest."""
    path = Path(_SIDE)
    joints = _chains(rig, "side", path, (0.36, 0.58, 0.80, 1.0))
    axis = Axis(
        path, (1.0, 0.35, 0.25), lambda t: np.stack([_SIDE_WIDTH(t), _SIDE_DEPTH(t)], 1), 0.74
    )
    left = sheaf(
        "side", "tail", axis, _SIDE_LOCKS, _strips(len(_SIDE_LOCKS), 0.02, 0.90),
        together=(0, 0.08, 0.16, 0.25, 0.35, 0.48, 0.61, 0.74), apart=(0.3, 0.6, 0.85, 1.0),
        groove=0.86,
    )  # fmt: skip
    left = _follow(left, path, 0.36, joints).in_mesh("hair")
    return [left, mirrored(left, swap_side)]


TAIL_PATH = np.array(
    [(0.068, 1.522, -0.038), (0.088, 1.534, -0.045), (0.108, 1.536, -0.049),
     (0.129, 1.520, -0.048), (0.146, 1.482, -0.042), (0.157, 1.420, -0.026),
     (0.166, 1.345, 0.004), (0.171, 1.262, 0.036), (0.171, 1.180, 0.056),
     (0.186, 1.105, 0.062)]
)  # fmt: skip
_FULLNESS = Profile(
    (0, 0.0135), (0.05, 0.0145), (0.12, 0.0270), (0.24, 0.0390), (0.45, 0.0410), (0.62, 0.0385),
    (0.80, 0.0330), (1.0, 0.0240),
)  # fmt: skip
_TAIL_LOCKS = (
    Lock(-24, 50, 0.97, 0.012),
    Lock(26, 48, 1.00, 0.004),
    Lock(74, 48, 0.93, -0.002),
    Lock(122, 50, 0.99, -0.006),
    Lock(172, 54, 0.94, -0.002),
    Lock(226, 58, 0.96, 0.002),
    Lock(284, 52, 0.90, 0.008),
)


def tails(rig: Rig) -> list[Part]:
    """A sheaf hanging from each tie."""
    path = Path(TAIL_PATH)
    joints = _chains(rig, "tail", path, (0.05, 0.22, 0.40, 0.59, 0.79, 1.0))
    axis = Axis(path, (1, 0.2, 0), lambda t: _FULLNESS(t)[:, None] * [0.95, 1.0], 0.75)
    left = sheaf(
        "tail", "tail", axis, _TAIL_LOCKS, _TAIL,
        together=(0, 0.03, 0.06, 0.09, 0.125, 0.17, 0.24, 0.35, 0.48, 0.61, 0.75),
        apart=(0.3, 0.62, 0.86, 1.0),
    )  # fmt: skip
    left = _follow(left, path, 0.05, joints).in_mesh("hair")
    return [left, mirrored(left, swap_side)]
