import pytest

from avatar_server.render import create_renderer
from tests.render.scenes import Scene


@pytest.fixture(params=["raster", "moderngl"])
def renderer_of(request):
    """Makes renderers of models, by either live backend, and closes them after the test."""
    made = []

    def make(model, **options):
        made.append(create_renderer(Scene(model), **{"backend": request.param, **options}))
        return made[-1]

    yield make
    for renderer in made:
        renderer.close()
