"""Hair that hangs free: two tails and two side locks, sheaves on chains of springs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from assets.workshop.ani import layout
from assets.workshop.curves import Path, Profile, chain_weights, smoothstep, unit
from assets.workshop.part import Array, Part, joined, mirrored, smooth_normals, swap_side
from assets.workshop.rig import Rig
from assets.workshop.shapes import Rect, pixels, ribbon
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
    [(0.036, 1.546, 0.026), (0.066, 1.523, 0.038), (0.0860, 1.482, 0.046), (0.0905, 1.432, 0.050),
     (0.0865, 1.382, 0.055), (0.0790, 1.334, 0.062), (0.0770, 1.292, 0.069), (0.0870, 1.246, 0.074)]
)  # fmt: skip
_SIDE_WIDTH = Profile(
    (0, 0.013), (0.15, 0.0235), (0.35, 0.0280), (0.55, 0.0270), (0.75, 0.0215), (1.0, 0.012)
)
_SIDE_DEPTH = Profile((0, 0.004), (0.2, 0.010), (0.4, 0.0105), (0.7, 0.0090), (1.0, 0.006))
_SIDE_LOCKS = (Lock(-86, 42, 0.84, 0.004), Lock(-44, 130, 1.0, 0.006), Lock(86, 188, 0.91))


def side_locks(rig: Rig) -> list[Part]:
    """A flat sheaf before each ear, down to the chest."""
    path = Path(_SIDE)
    joints = _chains(rig, "side", path, (0.36, 0.58, 0.80, 1.0))
    axis = Axis(
        path,
        lambda t: np.tile([1.0, 0.35, 0.25], (len(t), 1)),
        lambda t: np.stack([_SIDE_WIDTH(t), _SIDE_DEPTH(t)], 1),
        0.66,
    )
    left = sheaf(
        "side", "tail", axis, _SIDE_LOCKS, _strips(len(_SIDE_LOCKS), 0.02, 0.90),
        together=(0, 0.07, 0.14, 0.22, 0.31, 0.40, 0.49, 0.58, 0.66),
        apart=(0.25, 0.5, 0.72, 0.88, 1.0),
        groove=0.86,
    )  # fmt: skip
    left = _follow(left, path, 0.36, joints).in_mesh("hair")
    return [left, mirrored(left, swap_side)]


TAIL_PATH = np.array(
    [(0.068, 1.521, -0.038), (0.089, 1.5375, -0.046), (0.112, 1.5500, -0.051),
     (0.136, 1.5505, -0.053), (0.158, 1.5370, -0.052), (0.173, 1.511, -0.048),
     (0.183, 1.472, -0.039), (0.187, 1.422, -0.022), (0.182, 1.366, 0.001),
     (0.171, 1.310, 0.027), (0.164, 1.258, 0.047), (0.170, 1.208, 0.059),
     (0.194, 1.163, 0.063)]
)  # fmt: skip
"""Up and over from the tie, out, in at the shoulder, and out again at the end."""
_FULLNESS = Profile(
    (0, 0.0130), (0.05, 0.0140), (0.11, 0.0230), (0.20, 0.0345), (0.32, 0.0415), (0.46, 0.0430),
    (0.62, 0.0395), (0.80, 0.0320), (1.0, 0.0220),
)  # fmt: skip
_TAIL_LOCKS = (
    Lock(-38, 72, 0.95, 0.036, 0.6),
    Lock(34, 60, 0.86, 0.014, 0.2),
    Lock(94, 62, 1.00, 0.012),
    Lock(156, 60, 0.91, 0.004),
    Lock(216, 62, 0.98, 0.008),
    Lock(278, 44, 0.85, 0.026, 0.4),
)
_PARTING = 0.64
_TOGETHER = (*np.linspace(0, 0.24, 9), 0.30, 0.37, 0.45, 0.54, _PARTING)
_APART = (0.2, 0.4, 0.6, 0.76, 0.89, 1.0)

# Angle on the tail, where it leaves it, how far it stands off at its end (radii), width (m).
_WISPS = ((-10, 0.34, 0.84, 1.7, 0.0115), (176, 0.48, 0.83, 1.55, 0.0100))
_WISP = Profile((0, 0.10), (0.25, 0.8), (0.45, 1.0), (0.75, 0.66), (0.92, 0.28), (1.0, 0.02))


def _away(path: Path) -> Callable[[Array], Array]:
    """The outer side of a curve that runs over and down: its course turned by a right angle."""

    def hint(t: Array) -> Array:
        tangent = path.tangent(t)
        return np.stack([-tangent[:, 1], tangent[:, 0], 0 * t], 1)

    return hint


def tails(rig: Rig) -> list[Part]:
    """A sheaf hanging from each tie, with a few strands that stand off."""
    path = Path(TAIL_PATH)
    joints = _chains(rig, "tail", path, (0.05, 0.22, 0.40, 0.59, 0.79, 1.0))
    axis = Axis(path, _away(path), lambda t: _FULLNESS(t)[:, None] * [0.95, 1.0], _PARTING)
    body = sheaf("tail", "tail", axis, _TAIL_LOCKS, _TAIL, together=_TOGETHER, apart=_APART)
    left = joined([body, *(_wisp(axis, *wisp) for wisp in _WISPS)], "tail")
    left = _follow(left, path, 0.05, joints).in_mesh("hair")
    return [left, mirrored(left, swap_side)]


def _wisp(axis: Axis, degrees: float, leaves: float, ends: float, off: float, width: float) -> Part:
    """A thin strand that comes out of the sheaf and bends away from it."""
    k = np.linspace(0, 1, 6)
    t, share = leaves + (ends - leaves) * k, 0.94 + (off - 0.94) * k**2.2
    angles = np.radians([degrees])
    line = np.concatenate(
        [axis.around(t[i : i + 1], angles, share[i : i + 1])[0] for i in range(6)]
    )
    outward = unit(line - axis.path(t))
    strand = ribbon(
        "tail", "tail", Path(line), outward[3], lambda s: width * _WISP(s),
        lambda s: 0.28 * width * _WISP(s), _strips(1, leaves, ends), rows=9, section=3,
    )  # fmt: skip
    strand.normals = smooth_normals(strand.positions, strand.triangles)
    return strand
