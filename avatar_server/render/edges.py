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

LEAST_CONTRAST = 10
"""Steps of 8-bit luma below which two pixels have no edge between them."""

_Flat = NDArray[np.int64]


_Part = tuple[_Flat, _Flat, FloatArray]
"""Distinct pixels, those across the edge, and the share that the first take of the second."""


def smooth_luma(luma: ByteArray) -> ByteArray:
    """uint8 (h, w), contiguous, with its edges smoothed."""
    flat = luma.ravel()
    smooth = flat.copy()
    for pixels, sources, shares in find_edges(luma):
        here = flat[pixels].astype(np.float32)
        smooth[pixels] = here + shares * (flat[sources] - here) + np.float32(0.5)
    return smooth.reshape(luma.shape)


def smooth_rgba(picture: ByteArray) -> ByteArray:
    """uint8 (h, w, 4), contiguous, premultiplied alpha, with its edges smoothed."""
    seen = limited_luma(picture)
    alpha = picture[..., 3]
    if alpha.min() < 255:  # dark on transparent is an edge too
        seen = (seen // 2 + alpha // 3).astype(np.uint8)
    flat = picture.reshape(-1, 4)
    smooth = flat.copy()
    for pixels, sources, shares in find_edges(seen):
        here = flat[pixels].astype(np.float32)
        smooth[pixels] = here + shares[:, None] * (flat[sources] - here) + np.float32(0.5)
    return smooth.reshape(picture.shape)


def find_edges(luma: ByteArray) -> Iterator[_Part]:
    """What pixels on edges of a contiguous uint8 (h, w) picture take from their neighbours.

    Where the step of a row and that of a column meet in one pixel, the larger share is the true
    edge's: a later part replaces an earlier one at the pixels that it names again.
    """
    height, width = luma.shape
    best = np.zeros(height * width, np.float32)
    for part in _both_directions(luma.ravel(), luma):
        pixels, sources, shares = part
        better = np.flatnonzero(shares > best[pixels])
        pixels, shares = pixels[better], shares[better]
        best[pixels] = shares
        yield pixels, sources[better], shares


def _both_directions(flat: ByteArray, luma: ByteArray) -> Iterator[_Part]:
    height, width = luma.shape
    if height > 1:
        rows = np.asarray(cv2.absdiff(luma[:-1], luma[1:]), np.uint8)
        yield from _walk(flat, rows, along=1, across=width)
    if width > 1:
        columns = cv2.transpose(cv2.absdiff(luma[:, :-1], luma[:, 1:]))
        contrast = np.asarray(columns, np.uint8).reshape(width - 1, height)
        yield from _walk(flat, contrast, along=width, across=1)


def _walk(flat: ByteArray, contrast: ByteArray, along: int, across: int) -> list[_Part]:
    """The blends of all steps in one direction.

    ``contrast`` (lines, length) is that between pixel ``line * across + place * along`` and the
    one ``across`` further. Returns what the near and the far side of the edges take.
    """
    length = contrast.shape[1]
    edges = np.flatnonzero(contrast >= LEAST_CONTRAST)
    if not len(edges):
        return []
    line, place = np.divmod(edges, length)
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
    half = np.minimum(run_length * np.float32(0.5), _reach(left, right))

    run = np.repeat(np.arange(len(first)), run_length)
    from_left = (np.arange(len(edges)) - first[run]).astype(np.float32)
    from_right = run_length[run] - 1 - from_left
    half = half[run]
    left_area, right_area = _cut_off(from_left, half), _cut_off(from_right, half)
    left, right = left[run], right[run]
    near_share = left_area * (left > 0) + right_area * (right > 0)
    far_share = left_area * (left < 0) + right_area * (right < 0)
    return [(near, far, near_share), (far, near, far_share)]


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
