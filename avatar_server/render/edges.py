"""Smooth edges for pictures in host memory.

Morphological antialiasing (Reshetov, "Morphological Antialiasing", HPG 2009): an edge drawn
without antialiasing is a staircase. Each step of it is a run of pixels that differ from the row
(or column) beside them; the true edge is the line from half a pixel up at one end of the run to
half a pixel down at the other. Every pixel takes of the pixel across the edge the area that the
line cuts off. Only the few pixels on edges cost anything, which on a software rasteriser is an
order of magnitude less than a shader over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.yuv import limited_luma
from avatar_server.types import ByteArray, FloatArray

LEAST_CONTRAST = 14
"""Steps of 8-bit luma below which two pixels have no edge between them."""

_Flat = NDArray[np.int64]
_Part = tuple[_Flat, _Flat, FloatArray]
"""Distinct pixels, those across the edge, and the share that the first take of the second."""


class EdgeSmoother:
    """Smooths pictures of one size; keeps its working memory from picture to picture."""

    def __init__(self, width: int, height: int) -> None:
        self._best = np.zeros(height * width, np.float32)
        self._rows = np.empty((max(height - 1, 0), width), np.uint8)
        self._columns = np.empty((height, max(width - 1, 0)), np.uint8)
        self._turned = np.empty((max(width - 1, 0), height), np.uint8)

    def smooth_luma(self, luma: ByteArray) -> None:
        """Smooth a contiguous uint8 (h, w) in place."""
        flat = luma.reshape(-1)
        blends = []
        for pixels, sources, shares in self._find_edges(luma):
            here = flat[pixels].astype(np.float32)
            blends.append((pixels, here + shares * (flat[sources] - here) + np.float32(0.5)))
        for pixels, values in blends:
            flat[pixels] = values

    def smooth_rgba(self, picture: ByteArray) -> None:
        """Smooth a contiguous uint8 (h, w, 4) with premultiplied alpha in place."""
        seen = limited_luma(picture)
        alpha = picture[..., 3]
        if alpha.min() < 255:  # dark on transparent is an edge too
            seen = (seen // 2 + alpha // 3).astype(np.uint8)
        flat = picture.reshape(-1, 4)
        blends = []
        for pixels, sources, shares in self._find_edges(seen):
            here = flat[pixels].astype(np.float32)
            mixed = here + shares[:, None] * (flat[sources] - here) + np.float32(0.5)
            blends.append((pixels, mixed))
        for pixels, values in blends:
            flat[pixels] = values

    def _find_edges(self, luma: ByteArray) -> list[_Part]:
        """Where the step of a row and that of a column meet in one pixel, the larger share is the
        true edge's: a later part replaces an earlier one at the pixels that it names again."""
        best = self._best
        parts: list[_Part] = []
        for pixels, sources, shares in self._walk_both_ways(luma):
            if parts:
                better = np.flatnonzero(shares > best[pixels])
                pixels, sources, shares = pixels[better], sources[better], shares[better]
            best[pixels] = shares
            parts.append((pixels, sources, shares))
        best.fill(0.0)
        return parts

    def _walk_both_ways(self, luma: ByteArray) -> Iterator[_Part]:
        height, width = luma.shape
        flat = luma.reshape(-1)
        if height > 1:
            cv2.absdiff(luma[:-1], luma[1:], dst=self._rows)
            yield from _walk(flat, self._rows, along=1, across=width)
        if width > 1:
            cv2.absdiff(luma[:, :-1], luma[:, 1:], dst=self._columns)
            cv2.transpose(self._columns, dst=self._turned)
            yield from _walk(flat, self._turned, along=width, across=1)


def _walk(flat: ByteArray, contrast: ByteArray, along: int, across: int) -> list[_Part]:
    """The blends of all steps in one direction.

    ``contrast`` (lines, length) is that between pixel ``line * across + place * along`` and the
    one ``across`` further. Returns what pixels take at the runs' left and at their right ends.
    """
    length = contrast.shape[1]
    edges = np.flatnonzero(contrast >= LEAST_CONTRAST)
    if not len(edges):
        return []
    line = edges // length
    place = edges - line * length
    near = line * across + place * along
    far = near + across
    darker = flat[near] < flat[far]

    begins = np.empty(len(edges), np.bool_)
    begins[0] = True
    begins[1:] = (edges[1:] != edges[:-1] + 1) | (place[1:] == 0) | (darker[1:] != darker[:-1])
    first = np.flatnonzero(begins)
    run_length = np.diff(first, append=len(edges))
    last = first + run_length - 1

    left = _turns(flat, near[first], -along, across, place[first] > 0)
    right = _turns(flat, near[last], along, across, place[last] < length - 1)
    half = np.minimum(run_length.astype(np.float32) * np.float32(0.5), _reach(left, right))
    return [
        _slope(near[first], along, across, left, half),
        _slope(near[last], -along, across, right, half),
    ]


def _slope(start: _Flat, step: int, across: int, turn: NDArray[np.int8], half: FloatArray) -> _Part:
    """What the slopes from one end of each run cut off: ``start`` is the near pixel there, ``step``
    leads into the run."""
    turning = np.flatnonzero(turn)
    half = half[turning]
    count = np.ceil(half).astype(np.int64)
    first = np.cumsum(count) - count
    place = np.arange(count.sum()) - np.repeat(first, count)
    turn_across = turn[turning] * np.int64(across)
    pixel = start[turning] - np.minimum(turn_across, 0)
    pixels = np.repeat(pixel, count) + place * step
    sources = pixels + np.repeat(turn_across, count)
    return pixels, sources, _cut_off(place.astype(np.float32), np.repeat(half, count))


def _turns(
    flat: ByteArray, near: _Flat, step: int, across: int, inside: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Where the edge goes past a run's end: 1 into the near line, -1 into the far one, 0 neither.

    It turns into the line whose pixel past the end looks like the other side of the edge."""
    here, there = flat[near].astype(np.int16), flat[near + across].astype(np.int16)
    past = np.where(inside, near + step, near)
    next_near, next_far = flat[past].astype(np.int16), flat[past + across].astype(np.int16)
    near_error, far_error = np.abs(next_near - there), np.abs(next_far - here)
    into_near = (near_error < np.abs(next_near - here)) & (near_error <= far_error)
    into_far = (far_error < np.abs(next_far - there)) & (far_error <= near_error)
    return np.asarray(into_near.astype(np.int8) - into_far.astype(np.int8), np.int8)


def _reach(left: NDArray[np.int8], right: NDArray[np.int8]) -> FloatArray:
    """How far from its ends a run may slope, in pixels. A step between two opposite turns is a
    slanted edge for sure; one with two equal turns may be the straight side of a box."""
    return np.where(left * right < 0, np.float32(32), np.float32(6)).astype(np.float32)


def _cut_off(place: FloatArray, half: FloatArray) -> FloatArray:
    """Area of the pixel at ``place`` (0, 1, ...) under the line from 1/2 at 0 to 0 at ``half``."""
    start, end = np.minimum(place, half), np.minimum(place + 1, half)
    return np.asarray((end - start) * (0.5 - (start + end) / (4 * half)), np.float32)
