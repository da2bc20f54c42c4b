"""What the renderers of a thread share on its GPU context."""

from __future__ import annotations

import threading

import moderngl

from avatar_server.avatar.model import AvatarModel
from avatar_server.render.opengl.context import gl_context, is_software
from avatar_server.render.opengl.finish import Finish, GpuFinish, HostFinish
from avatar_server.render.opengl.gpu_model import GpuModel
from avatar_server.render.opengl.program import compile_program
from avatar_server.render.opengl.targets import Backdrop, SceneTarget
from avatar_server.render.sharing import Shared

_local = threading.local()


class Device:
    """The calling thread's context and all that lives on it.

    Programs stay; everything else goes with the last renderer that uses it."""

    def __init__(self, context: moderngl.Context) -> None:
        self.context = context
        self.is_software = is_software(context)
        self._programs: dict[tuple[str, ...], moderngl.Program] = {}
        self._models: Shared[GpuModel] = Shared()
        self._scenes: Shared[SceneTarget] = Shared()
        self._finishes: Shared[Finish] = Shared()
        self.backdrops: Shared[Backdrop] = Shared()

    def surface_program(self, defines: tuple[str, ...]) -> moderngl.Program:
        if defines not in self._programs:
            self._programs[defines] = compile_program(
                self.context, "surface.vert", "surface.frag", defines
            )
        return self._programs[defines]

    def acquire_model(self, model: AvatarModel) -> GpuModel:
        # By identity: the entry keeps the model alive, so its id is not given to another.
        return self._models.acquire(
            id(model),
            lambda: GpuModel(
                self.context, model, self.surface_program, is_software=self.is_software
            ),
        )

    def release_model(self, model: AvatarModel) -> None:
        self._models.release(id(model))

    def acquire_scene(self, width: int, height: int) -> SceneTarget:
        return self._scenes.acquire(
            (width, height), lambda: SceneTarget(self.context, width, height)
        )

    def release_scene(self, width: int, height: int) -> None:
        self._scenes.release((width, height))

    def acquire_finish(self, width: int, height: int, *, on_gpu: bool) -> Finish:
        def make() -> Finish:
            return GpuFinish(self.context, width, height) if on_gpu else HostFinish(width, height)

        return self._finishes.acquire((width, height, on_gpu), make)

    def release_finish(self, width: int, height: int, *, on_gpu: bool) -> None:
        self._finishes.release((width, height, on_gpu))

    @property
    def shared_count(self) -> int:
        """How many things are shared now."""
        return len(self._models) + len(self._scenes) + len(self._finishes) + len(self.backdrops)


def thread_device() -> Device:
    """The calling thread's device. Raises RenderError where there is no OpenGL."""
    device: Device | None = getattr(_local, "device", None)
    if device is None:
        device = Device(gl_context())
        _local.device = device
    return device
