"""The renderer for machines without a GPU: the rasteriser of raster.c."""

from __future__ import annotations

import ctypes
import threading

import numpy as np

from avatar_server import native
from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.render.camera import projection_matrix, view_matrix
from avatar_server.render.raster.canvas import BAND_ROWS, Backdrop, Canvas
from avatar_server.render.raster.raster_model import RasterModel
from avatar_server.render.settled import SettledRenderer
from avatar_server.render.sharing import Held, Shared
from avatar_server.render.surface import KEY_DIRECTION
from avatar_server.render.transparency import straight_alpha
from avatar_server.render.yuv import Planes
from avatar_server.types import ByteArray, FrameTimes, PosedRig, VideoFrame


class _ThreadShared(threading.local):
    """What the renderers of a thread share."""

    def __init__(self) -> None:
        self.models: Shared[RasterModel] = Shared()
        self.canvases: Shared[Canvas] = Shared()
        self.backdrops: Shared[Backdrop] = Shared()


_shared = _ThreadShared()


class RasterRenderer(SettledRenderer):
    """Implements ``Renderer``. Every method must be called in the thread that made it."""

    def __init__(self, model: AvatarModel, width: int, height: int, background: str) -> None:
        super().__init__(model, width, height, background)
        library = native.load()
        if library is None:
            raise RenderError("the compiled renderer is missing; use the backend moderngl")
        self._library = library
        self._raster_model = _shared.models.acquire(id(model), lambda: RasterModel(model))
        self._backdrop = Held(_shared.backdrops)
        self._acquire_size()

    def draw(self, rig: PosedRig, times: FrameTimes) -> VideoFrame:
        self.draw_scene(rig, self._video_background)
        return VideoFrame(self.read_planes(), times)

    def draw_rgba(self, rig: PosedRig) -> ByteArray:
        picture = np.empty((self._height, self._width, 4), np.uint8)
        self.draw_scene(rig, self._background, picture)
        self._canvas.smooth(picture)
        return straight_alpha(picture) if self._is_transparent else picture

    def read_planes(self) -> Planes:
        """The second half of ``draw``: edges smoothed. To be called once a scene."""
        return self._canvas.smooth_planes()

    def draw_scene(self, rig: PosedRig, background: str, picture: ByteArray | None = None) -> None:
        """The first half of ``draw``: the character over a background, into the canvas's planes
        and, where it is given, into ``picture`` uint8 (h, w, 4)."""
        self._check_open()
        canvas, scene = self._canvas, self._raster_model.scene
        self._raster_model.take(rig, self._height)
        view = view_matrix(rig.camera)
        projection = projection_matrix(rig.camera, self._width, self._height)
        scene.view[:] = view[:3].ravel().tolist()
        scene.scale_x, scene.scale_y = float(projection[0, 0]), float(projection[1, 1])
        scene.depth_scale, scene.depth_offset = float(projection[2, 2]), float(projection[2, 3])
        scene.key[:] = KEY_DIRECTION.tolist()
        scene.pixel = 2.0 / (float(projection[1, 1]) * self._height)
        scene.seconds = rig.time_s
        scene.width, scene.height, scene.stride = self._width, self._height, canvas.stride
        scene.depth, scene.seen = canvas.depth.ctypes.data, canvas.seen.ctypes.data
        scene.backdrop = self._backdrop_of(background).ctypes.data
        scene.pixels = canvas.pixels.ctypes.data
        scene.picture = None if picture is None else picture.ctypes.data
        scene.y, scene.u, scene.v = (plane.ctypes.data for plane in canvas.planes)
        scene.band_rows = BAND_ROWS
        self._library.avatar_draw(ctypes.byref(scene))

    def _acquire_size(self) -> None:
        width, height = self._width, self._height
        self._canvas = _shared.canvases.acquire(
            (width, height), lambda: Canvas(self._library, width, height)
        )

    def _release_size(self) -> None:
        self._backdrop.release()
        _shared.canvases.release((self._width, self._height))

    def _release(self) -> None:
        _shared.models.release(id(self._model))

    def _backdrop_of(self, background: str) -> ByteArray:
        key = background, self._width, self._height
        return self._backdrop.get(key, lambda: Backdrop(*key)).pixels
