"""numpy arrays as the compiled part takes them."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ArrayStruct(ctypes.Structure):
    """A C structure whose pointers are to arrays, which it keeps."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], **others: Any) -> None:
        for array in arrays.values():
            assert array.flags.c_contiguous, "C reads arrays without gaps"
        pointers = {name: array.ctypes.data for name, array in arrays.items()}
        super().__init__(**pointers, **others)
        self.arrays = dict(arrays)


def pointer(array: NDArray[Any], dtype: type = np.float32) -> ctypes.c_void_p:
    """The address of an array of ``dtype`` without gaps, for a call that does not keep it."""
    assert array.dtype == dtype
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
