"""A stock aiortc client over loopback: frames go in and come back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.rtc.client import Caller, Echo, SquareCamera, square_left, until


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_frames_come_back_as_they_went(codec: str) -> None:
    echo = Echo()
    caller = Caller(codec=codec, camera=SquareCamera())
    await caller.call(echo.session)
    await until(lambda: len(caller.frames) >= 40)
    await caller.close()
    await echo.session.close()

    assert echo.session.statistics().codec == codec
    first_timestamp = echo.sent[0][1]
    sources = {round(f.times.capture_s * 90_000) & 0xFFFFFFFF: f for f in echo.received}
    for frame in caller.frames[-20:]:
        # The client counts from the first frame it got; we keep the camera's timestamps.
        source = sources[(first_timestamp + frame.pts) & 0xFFFFFFFF]
        luma = frame.to_ndarray()[: frame.height]
        assert luma.shape == source.planes[0].shape
        assert abs(square_left(luma) - square_left(source.planes[0])) <= 2
        assert np.abs(luma.astype(int) - source.planes[0]).mean() < 4.0
    assert len({square_left(f.to_ndarray()[:240]) for f in caller.frames[-20:]}) >= 15
