"""Pictures that things behind them are seen through."""

from __future__ import annotations

import numpy as np

from avatar_server.types import ByteArray


def straight_alpha(premultiplied: ByteArray) -> ByteArray:
    """uint8 (h, w, 4) whose colours are multiplied by alpha, to one where they are not."""
    alpha = premultiplied[..., 3:].astype(np.uint16)
    picture = premultiplied.copy()
    rgb = premultiplied[..., :3].astype(np.uint16) * 255 // np.maximum(alpha, 1)
    picture[..., :3] = np.minimum(rgb, 255)
    return picture
