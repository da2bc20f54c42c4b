"""What every renderer settles in the same way: its size, its background, whether it is open."""

from __future__ import annotations

from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.render.background import TRANSPARENT, check_background
from avatar_server.render.renderer import check_size


class SettledRenderer:
    """Base of the renderers: all of ``Renderer`` but the drawing.

    A subclass takes what a size needs in ``_acquire_size`` and gives it back in ``_release_size``,
    and everything else in ``_release``.
    """

    def __init__(self, model: AvatarModel, width: int, height: int, background: str) -> None:
        """Raises RenderError for a bad size or background."""
        self._model = model
        self._width, self._height = check_size(width, height)
        self._background = check_background(background)
        self._closed = False

    @property
    def width(self) -> int:
        return self._width

    @property
    def height(self) -> int:
        return self._height

    def set_background(self, background: str) -> None:
        self._background = check_background(background)

    def resize(self, width: int, height: int) -> None:
        size = check_size(width, height)
        self._check_open()
        if size != (self._width, self._height):
            self._release_size()
            self._width, self._height = size
            self._acquire_size()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._release_size()
            self._release()

    @property
    def _is_transparent(self) -> bool:
        return self._background == TRANSPARENT

    @property
    def _video_background(self) -> str:
        """What video shows where the background is seen: it has no transparency."""
        return "green" if self._is_transparent else self._background

    def _acquire_size(self) -> None:
        """Take what pictures of the size that is set need."""

    def _release_size(self) -> None:
        """Give that back."""

    def _release(self) -> None:
        """Give back everything else."""

    def _check_open(self) -> None:
        if self._closed:
            raise RenderError("the renderer is closed; make a new one with create_renderer")
