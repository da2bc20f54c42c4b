import pytest

from avatar_server.render import create_renderer
from tests.render.scenes import Scene


@pytest.fixture
def renderer_of():
    """Makes renderers of models and closes them after the test."""
    made = []

    def make(model, **options):
        made.append(create_renderer(Scene(model), **options))
        return made[-1]

    yield make
    for renderer in made:
        renderer.close()
