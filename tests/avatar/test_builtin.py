from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import AvatarCatalog, Character
from avatar_server.avatar.validation import validate_avatar
from tests.avatar.figures import expression

CATALOG = AvatarCatalog()


def test_no_avatar_that_comes_with_the_server_is_broken() -> None:
    assert CATALOG.broken == {}
    assert "ani" in CATALOG.ids()


@pytest.mark.parametrize("avatar_id", CATALOG.ids())
def test_an_avatar_that_comes_with_the_server_is_fit_for_use(avatar_id: str) -> None:
    findings = validate_avatar(CATALOG.entry(avatar_id).path)
    assert [str(f) for f in findings if f.level == "error"] == []


@pytest.mark.parametrize("avatar_id", CATALOG.ids())
def test_it_blinks_speaks_and_plays_its_actions(avatar_id: str) -> None:
    character = Character(CATALOG.get(avatar_id))
    rest = character.pose(expression(0.0))
    for name in ("eyeBlinkLeft", "jawOpen", "mouthSmileRight"):
        rig = Character(CATALOG.get(avatar_id)).pose(expression(0.0, **{name: 1.0}))
        moved = np.linalg.norm(rig.positions - rest.positions, axis=1)
        assert moved.max() > 0.002, name
    assert len(character.actions) >= 8
    for name in character.actions:
        character.start_action(name)
        assert np.isfinite(character.pose(expression(0.1)).positions).all()
