"""The structures of posing.c, skeleton.c and springs.c, field by field, over numpy arrays."""

from __future__ import annotations

import ctypes

from avatar_server.native_arrays import ArrayStruct

_Pointer = ctypes.c_void_p
_Int = ctypes.c_int32


class MorphsStruct(ArrayStruct):
    """``Morphs``."""

    _fields_ = (
        ("rest", _Pointer),
        ("starts", _Pointer),
        ("rows", _Pointer),
        ("deltas", _Pointer),
        ("vertex_count", _Int),
        ("target_count", _Int),
    )


class SkinStruct(ArrayStruct):
    """``Skin``."""

    _fields_ = (
        ("joints", _Pointer),
        ("weights", _Pointer),
        ("row_of", _Pointer),
        ("blended", _Pointer),
        ("row_count", _Int),
        ("vertex_count", _Int),
    )


class JointsStruct(ArrayStruct):
    """``Joints``."""

    _fields_ = (
        ("order", _Pointer),
        ("parents", _Pointer),
        ("before", _Pointer),
        ("after", _Pointer),
        ("translations", _Pointer),
        ("scales", _Pointer),
        ("count", _Int),
    )


class SpringsStruct(ArrayStruct):
    """``Springs``."""

    _fields_ = (
        ("parents", _Pointer),
        ("places", _Pointer),
        ("keep", _Pointer),
        ("stiffness", _Pointer),
        ("gravity", _Pointer),
        ("frames", _Pointer),
        ("tails", _Pointer),
        ("before", _Pointer),
        ("roots", _Pointer),
        ("lengths", _Pointer),
        ("pair_joints", _Pointer),
        ("pair_colliders", _Pointer),
        ("pair_reach", _Pointer),
        ("touching", _Pointer),
        ("anchor_nodes", _Pointer),
        ("nodes", _Pointer),
        ("collider_nodes", _Pointer),
        ("collider_shapes", _Pointer),
        ("followers", _Pointer),
        ("follower_rows", _Pointer),
        ("follower_frames", _Pointer),
        ("collider_count", _Int),
        ("follower_count", _Int),
        ("first", _Int),
        ("count", _Int),
        ("pair_count", _Int),
    )
