"""The landmark network's input in C and by OpenCV."""

import cv2
import numpy as np
import pytest

from avatar_server import native
from avatar_server.face.crop import write_crop
from avatar_server.face.regions import Region
from tests.face.scenes import photo, yuv_frame

REGIONS = {
    "inside": Region(320, 240, 300, 300, 0.1),
    "turned": Region(300, 200, 340, 340, -1.2),
    "over the edge": Region(20, 30, 400, 400, 0.4),
    "outside": Region(-900, 2000, 200, 200, 0.0),
    "larger than the frame": Region(320, 240, 800, 800, 0.2),
}


def crops(frame, region, monkeypatch):
    compiled = np.full((256, 256, 3), np.nan, np.float32)
    plain = compiled.copy()
    write_crop(frame, region, compiled)
    with monkeypatch.context() as patch:
        patch.setattr(native, "load", lambda: None)
        write_crop(frame, region, plain)
    return compiled, plain


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("size", [(640, 480), (641, 479), (64, 48)])
@pytest.mark.parametrize("name", REGIONS)
def test_compiled_or_not_the_crop_is_the_same(name, size, full_range, monkeypatch):
    assert native.load() is not None, "no C compiler here"
    region, share = REGIONS[name], size[0] / 640
    region = Region(
        region.center_x * share,
        region.center_y * share,
        region.width * share,
        region.height * share,
        region.rotation,
    )
    picture = cv2.resize(photo(), size, interpolation=cv2.INTER_AREA)
    frame = yuv_frame(picture, full_range=full_range)
    compiled, plain = crops(frame, region, monkeypatch)
    differences = np.abs(compiled - plain) * 255
    # OpenCV rounds places to 1/32 of a pixel and chroma to whole levels; chroma is read once for
    # 2x2 pixels of the crop.
    assert differences.mean() < 2
    assert np.percentile(differences, 95) < 12
    assert np.ptp(plain) > 0.2 or name == "outside"
    assert 0 <= compiled.min() <= compiled.max() <= 1


def read_oddities():
    """Crops of frames of every size, from anywhere."""
    into = np.zeros((256, 256, 3), np.float32)
    for size in ((1, 1), (1, 5), (2, 2), (3, 3), (4, 3), (37, 61), (480, 641)):
        frame = yuv_frame(np.full((*size, 3), 255, np.uint8))
        write_crop(frame, Region(size[1] / 2, size[0] / 2, 1.5, 1.5, 0.2), into)
        np.testing.assert_allclose(into, 1.0, atol=0.02)
        for value in (np.nan, np.inf, -np.inf, 1e30, -1e30, 1e9, -1.0):
            write_crop(frame, Region(value, 5.0, value, 9.0, 0.3), into)
            assert np.isfinite(into).all()


def test_regions_that_are_nowhere_and_tiny_frames_are_read():
    read_oddities()
