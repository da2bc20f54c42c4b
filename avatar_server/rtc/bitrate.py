"""How fast to send: the receiver's estimate, and its loss report as a brake."""

from __future__ import annotations

from collections import deque
from typing import Final


class SendingRate:
    """Bits per second sent, over the last second."""

    WINDOW_S: Final = 1.0

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self._bits = 0

    def add(self, size: int, now_s: float) -> None:
        """Notes ``size`` bytes sent at ``now_s``."""
        self._sent.append((now_s, 8 * size))
        self._bits += 8 * size
        self._forget(now_s)

    def at(self, now_s: float) -> float:
        self._forget(now_s)
        return self._bits / self.WINDOW_S

    def _forget(self, now_s: float) -> None:
        while self._sent and now_s - self._sent[0][0] > self.WINDOW_S:
            self._bits -= self._sent.popleft()[1]


class BitrateController:
    """The bitrate to encode with.

    An estimate (the receiver's, REMB, draft-alvestrand-rmcat-remb-03; or our own, made of its
    transport-wide feedback) grows with what is received, so that a low one says nothing about a
    stream that sends little: it limits what is sent only where it falls short of what is sent now,
    and stays there. Loss, from the same feedback or from receiver reports, has the bounds of
    draft-ietf-rmcat-gcc-02, 6: under 2 % there is room, over 10 % there is none.

    The bitrate moves in steps, as an encoder may start anew with each, which costs a keyframe.
    """

    RAISE_RATIO: Final = 1.3
    LOWER_RATIO: Final = 0.85
    RAISE_INTERVAL_S: Final = 8.0
    LOWER_INTERVAL_S: Final = 1.0
    CONGESTED_REPORTS: Final = 3
    HIGH_LOSS: Final = 0.10
    LOW_LOSS: Final = 0.02
    GROWTH: Final = 1.08

    def __init__(self, start: int, lowest: int, highest: int) -> None:
        self._lowest = lowest
        self._highest = highest
        self._estimate = float(highest)
        self._short_reports = 0
        self._loss_limit = float(highest)
        self._changed_s: float | None = None
        self.bitrate = min(max(start, lowest), highest)

    def receiver_estimate(self, estimate: float, sending: float, now_s: float) -> bool:
        """Takes an estimate and the rate sent now; True where ``bitrate`` changed."""
        self._estimate = float(estimate)
        short = estimate < self.LOWER_RATIO * sending
        self._short_reports = self._short_reports + 1 if short else 0
        return self._settle(now_s)

    def loss(self, fraction: float, now_s: float) -> bool:
        """Takes the fraction lost since the last report; True where ``bitrate`` changed."""
        if fraction > self.HIGH_LOSS:
            self._loss_limit = min(self._loss_limit, self.bitrate) * (1.0 - 0.5 * fraction)
        elif fraction < self.LOW_LOSS:
            self._loss_limit = min(self._loss_limit * self.GROWTH, float(self._highest))
        return self._settle(now_s)

    def _settle(self, now_s: float) -> bool:
        if self._changed_s is None:
            self._changed_s = now_s
        since_s = now_s - self._changed_s
        limit = min(self._estimate, self._loss_limit, float(self._highest))
        congested = self._short_reports >= self.CONGESTED_REPORTS
        if congested or self._loss_limit <= self.LOWER_RATIO * self.bitrate:
            target = limit if congested else self._loss_limit
            if since_s < self.LOWER_INTERVAL_S or target >= self.bitrate:
                return False
        elif limit > self.RAISE_RATIO * self.bitrate and since_s >= self.RAISE_INTERVAL_S:
            target = limit
        else:
            return False
        chosen = max(int(target), self._lowest)
        if chosen == self.bitrate:
            return False
        self.bitrate = chosen
        self._changed_s = now_s
        self._short_reports = 0
        return True
