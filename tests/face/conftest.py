from __future__ import annotations

import pytest

from avatar_server.face import FaceModels


@pytest.fixture(scope="session")
def models() -> FaceModels:
    return FaceModels()
