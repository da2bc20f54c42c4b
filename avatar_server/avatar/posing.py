"""The structures of posing.c and springs.c, field by field, over numpy arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Pointer = ctypes.c_void_p
_Int = ctypes.c_int32


class _ArrayStruct(ctypes.Structure):
    """A structure whose pointers are to arrays, which it keeps."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], **counts: int) -> None:
        for array in arrays.values():
            assert array.flags.c_contiguous, "C reads arrays without gaps"
        pointers = {name: array.ctypes.data for name, array in arrays.items()}
        super().__init__(**pointers, **counts)
        self.arrays = dict(arrays)


class MorphsStruct(_ArrayStruct):
    """``Morphs``."""

    _fields_ = (
        ("rest", _Pointer),
        ("starts", _Pointer),
        ("rows", _Pointer),
        ("deltas", _Pointer),
        ("vertex_count", _Int),
        ("target_count", _Int),
    )


class SkinStruct(_ArrayStruct):
    """``Skin``."""

    _fields_ = (
        ("joints", _Pointer),
        ("weights", _Pointer),
        ("row_of", _Pointer),
        ("blended", _Pointer),
        ("row_count", _Int),
        ("vertex_count", _Int),
    )


class SpringsStruct(_ArrayStruct):
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
        ("first", _Int),
        ("count", _Int),
        ("pair_count", _Int),
    )


def pointer(array: NDArray[np.float32]) -> ctypes.c_void_p:
    """The address of a float32 array without gaps, for a call that does not keep it."""
    assert array.dtype == np.float32
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
