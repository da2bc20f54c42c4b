"""Contact sheets: many pictures in one, each with its name under it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from avatar_server.errors import RenderError
from avatar_server.types import ByteArray

_GAP = 8
_LABEL_SIZE = 15
_LABEL_HEIGHT = 26
_PAPER = (250, 250, 252)
_INK = (40, 42, 54)


def sheet(
    pictures: Sequence[ByteArray], columns: int, labels: Sequence[str] | None = None
) -> bytes:
    """A PNG of equally large uint8 pictures (h, w, 3 or 4) in rows of ``columns``.

    ``labels`` names each picture. Raises RenderError where there is nothing to show or the
    numbers or sizes do not match."""
    names = list(labels) if labels is not None else []
    if not pictures or columns < 1:
        raise RenderError("a sheet needs at least one picture and one column")
    if names and len(names) != len(pictures):
        raise RenderError(f"a sheet of {len(pictures)} pictures got {len(names)} labels")
    height, width = pictures[0].shape[:2]
    if any(picture.shape[:2] != (height, width) for picture in pictures):
        raise RenderError("the pictures of a sheet must all have one size")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    step_x, step_y = width + _GAP, height + _GAP + (_LABEL_HEIGHT if names else 0)
    paper = Image.new("RGB", (columns * step_x + _GAP, rows * step_y + _GAP), _PAPER)
    pen = ImageDraw.Draw(paper)
    font = ImageFont.load_default(_LABEL_SIZE)
    for index, picture in enumerate(pictures):
        x = _GAP + index % columns * step_x
        y = _GAP + index // columns * step_y
        image = Image.fromarray(np.ascontiguousarray(picture))
        paper.paste(image, (x, y), image if image.mode == "RGBA" else None)
        if names:
            middle = (x + width / 2, y + height + _LABEL_HEIGHT / 2)
            pen.text(middle, names[index], fill=_INK, font=font, anchor="mm")
    file = io.BytesIO()
    paper.save(file, "PNG", optimize=True)
    return file.getvalue()
