"""What the renderers of a thread share on its GPU context."""

from __future__ import annotations

import threading

import moderngl

from avatar_server.avatar.model import AvatarModel
from avatar_server.render.context import gl_context
from avatar_server.render.gpu_model import GpuModel
from avatar_server.render.program import compile_program
from avatar_server.render.sharing import Shared
from avatar_server.render.targets import Backdrop, Targets

_local = threading.local()


class Device:
    """The calling thread's context and all that lives on it.

    Programs stay; models, targets and backdrops go with the last renderer that uses them."""

    def __init__(self, context: moderngl.Context) -> None:
        self.context = context
        self._programs: dict[tuple[str, ...], moderngl.Program] = {}
        self._models: Shared[GpuModel] = Shared()
        self._targets: Shared[Targets] = Shared()
        self._backdrops: Shared[Backdrop] = Shared()

    def surface_program(self, defines: tuple[str, ...]) -> moderngl.Program:
        if defines not in self._programs:
            self._programs[defines] = compile_program(
                self.context, "surface.vert", "surface.frag", defines
            )
        return self._programs[defines]

    def picture_program(self, fragment: str) -> moderngl.Program:
        """A program that runs a fragment shader over a whole picture."""
        key = (fragment,)
        if key not in self._programs:
            self._programs[key] = compile_program(self.context, "picture.vert", fragment)
        return self._programs[key]

    def acquire_model(self, model: AvatarModel) -> GpuModel:
        # By identity: the entry keeps the model alive, so its id is not given to another.
        return self._models.acquire(
            id(model), lambda: GpuModel(self.context, model, self.surface_program)
        )

    def release_model(self, model: AvatarModel) -> None:
        self._models.release(id(model))

    def acquire_targets(self, width: int, height: int) -> Targets:
        return self._targets.acquire((width, height), lambda: Targets(self.context, width, height))

    def release_targets(self, width: int, height: int) -> None:
        self._targets.release((width, height))

    def acquire_backdrop(self, background: str, width: int, height: int) -> Backdrop:
        return self._backdrops.acquire(
            (background, width, height),
            lambda: Backdrop(self.context, background, width, height),
        )

    def release_backdrop(self, background: str, width: int, height: int) -> None:
        self._backdrops.release((background, width, height))

    @property
    def shared_count(self) -> int:
        """How many models, targets and backdrops are alive."""
        return len(self._models) + len(self._targets) + len(self._backdrops)


def thread_device() -> Device:
    """The calling thread's device. Raises RenderError where there is no OpenGL."""
    device: Device | None = getattr(_local, "device", None)
    if device is None:
        device = Device(gl_context())
        _local.device = device
    return device
