"""Other threads run while a picture is drawn."""

from __future__ import annotations

import sys
import threading

import pytest

from avatar_server.avatar import Character, find_avatar
from avatar_server.expression import rest_expression
from avatar_server.render.opengl.drawing import finish_drawing
from avatar_server.render.opengl.renderer import OpenGlRenderer


class Counting:
    """A thread that counts whenever it may run."""

    def __init__(self) -> None:
        self.count = 0
        self._over = False
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over:
            self.count += 1

    def __enter__(self) -> Counting:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join()


@pytest.fixture
def long_turns():
    """Threads that do not let the lock go on their own keep it for half a second."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.5)
    yield
    sys.setswitchinterval(before)


def test_the_interpreter_is_free_while_a_picture_is_drawn(long_turns):
    avatar = find_avatar("ani")
    character = Character(avatar)
    renderer = OpenGlRenderer(avatar.model, 1024, 1024, "studio")
    rig = character.pose(rest_expression(0.0))
    renderer.draw_scene(rig, "studio")
    finish_drawing()
    with Counting() as other:
        renderer.draw_scene(rig, "studio")
        before = other.count
        finish_drawing()
        assert other.count > before
    renderer.close()
