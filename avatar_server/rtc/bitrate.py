"""How fast to send: the receiver's estimate, and its loss report as a brake."""

from __future__ import annotations

from typing import Final


class BitrateController:
    """The bitrate to encode with, from REMB (draft-alvestrand-rmcat-remb-03) and the loss that
    receiver reports tell (the bounds of draft-ietf-rmcat-gcc-02, 6: under 2 % there is room,
    over 10 % there is none).

    Moves in steps only: an encoder may start anew with each, which costs a keyframe.
    """

    RAISE_RATIO: Final = 1.3
    LOWER_RATIO: Final = 0.85
    RAISE_INTERVAL_S: Final = 4.0
    LOWER_INTERVAL_S: Final = 1.0
    HIGH_LOSS: Final = 0.10
    LOW_LOSS: Final = 0.02
    GROWTH: Final = 1.08

    def __init__(self, start: int, lowest: int, highest: int) -> None:
        self._lowest = lowest
        self._highest = highest
        self._receiver_limit = float(highest)
        self._loss_limit = float(highest)
        self._changed_s = float("-inf")
        self.bitrate = min(max(start, lowest), highest)

    def receiver_estimate(self, bitrate: int, now_s: float) -> bool:
        """Takes a REMB value; True where ``bitrate`` changed."""
        self._receiver_limit = float(bitrate)
        return self._settle(now_s)

    def loss(self, fraction: float, now_s: float) -> bool:
        """Takes the fraction lost since the last report; True where ``bitrate`` changed."""
        if fraction > self.HIGH_LOSS:
            self._loss_limit = self.bitrate * (1.0 - 0.5 * fraction)
        elif fraction < self.LOW_LOSS:
            self._loss_limit = min(self._loss_limit * self.GROWTH, float(self._highest))
        return self._settle(now_s)

    def _settle(self, now_s: float) -> bool:
        target = int(min(self._receiver_limit, self._loss_limit, self._highest))
        target = max(target, self._lowest)
        since = now_s - self._changed_s
        lower = target < self.bitrate * self.LOWER_RATIO and since >= self.LOWER_INTERVAL_S
        higher = target > self.bitrate * self.RAISE_RATIO and since >= self.RAISE_INTERVAL_S
        if not lower and not higher:
            return False
        self.bitrate = target
        self._changed_s = now_s
        return True
