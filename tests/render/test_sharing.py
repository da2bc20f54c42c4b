"""Renderers share what they can and give back what they took."""

import ctypes
import gc
import resource
import threading

import numpy as np

from avatar_server.render import create_renderer
from avatar_server.render.opengl.device import thread_device
from tests.render.scenes import TIMES, Scene, head, rest

OBJECT_KINDS = ("Buffer", "Texture", "Framebuffer", "Renderbuffer", "Program", "VertexArray")


def gl_object_counts():
    """How many GL objects of each kind exist, asked of OpenGL itself."""
    address = ctypes.CDLL("libEGL.so.1").eglGetProcAddress
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    counts = {}
    for kind in OBJECT_KINDS:
        question = ctypes.CFUNCTYPE(ctypes.c_ubyte, ctypes.c_uint)(address(f"glIs{kind}".encode()))
        counts[kind] = sum(bool(question(name)) for name in range(1, 5000))
    return counts


def test_nothing_is_left_after_fifty_renderers():
    model = head()
    device = thread_device()

    def live_once(size):
        renderer = create_renderer(Scene(model), width=size, height=size)
        renderer.draw(rest(model), TIMES)
        renderer.set_background("dusk")
        renderer.draw_rgba(rest(model))
        renderer.resize(size + 2, size)
        renderer.draw(rest(model), TIMES)
        renderer.close()
        renderer.close()

    live_once(256)
    assert gl_object_counts()["Program"] > 0
    shared, objects = device.shared_count, gl_object_counts()
    gc.collect()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(50):
        live_once(256)
    gc.collect()
    assert device.shared_count == shared
    assert gl_object_counts() == objects
    # Fifty models of a megabyte, fifty scenes and depths of half a one: far more if they stayed.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 20_000


def test_renderers_of_one_model_share_its_data_and_close_one_by_one():
    model = head()
    first = create_renderer(Scene(model), width=64, height=64)
    before = thread_device().shared_count
    second = create_renderer(Scene(model), width=64, height=64)
    assert thread_device().shared_count == before
    expected = second.draw(rest(model), TIMES).planes[0]
    first.close()
    assert np.array_equal(second.draw(rest(model), TIMES).planes[0], expected)
    second.close()


def test_renderers_in_one_thread_do_not_disturb_each_other():
    model = head()
    first = create_renderer(Scene(model), width=64, height=64, background="#ff0000")
    second = create_renderer(Scene(model), width=64, height=48, background="#00ff00")
    alone = first.draw_rgba(rest(model))
    second.draw_rgba(rest(model))
    assert np.array_equal(first.draw_rgba(rest(model)), alone)
    first.close()
    second.close()


def test_each_thread_draws_with_its_own_context():
    model = head()
    pictures = {}

    def draw(name):
        renderer = create_renderer(Scene(model), width=48, height=48)
        pictures[name] = renderer.draw(rest(model), TIMES).planes[0]
        renderer.close()

    threads = [threading.Thread(target=draw, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(pictures["a"], pictures["b"])
