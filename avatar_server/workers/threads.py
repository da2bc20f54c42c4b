"""How many threads the numeric libraries may start. A worker's parallelism is its sessions and
its sibling workers; threads inside one small operation only wait for each other."""

from __future__ import annotations

import os

_ONE_THREAD = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


def thread_environment() -> dict[str, str]:
    """Variables for a worker's environment, those already set left as they are. They count only
    if they are set before the libraries are loaded."""
    return {name: "1" for name in _ONE_THREAD if name not in os.environ}
