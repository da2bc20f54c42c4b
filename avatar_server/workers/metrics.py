"""What a worker counts, where the work is done; the gateway adds the workers' pages together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from avatar_server.types import Stage

_STAGE_BUCKETS_S = (
    *(0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01),
    *(0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0),
)


class WorkerMetrics:
    """The counters of one worker, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.stage_seconds = Histogram(
            "avatar_server_stage_seconds",
            "Time that each stage of a frame took.",
            ["stage"],
            buckets=_STAGE_BUCKETS_S,
            registry=self.registry,
        )
        # Looked up once: a look-up by label costs more than the observation.
        self._stages = {stage: self.stage_seconds.labels(stage.value) for stage in Stage}
        self.delay_seconds = Histogram(
            "avatar_server_delay_seconds",
            "Last packet of a camera frame in, to the first packet of its avatar frame out.",
            buckets=_STAGE_BUCKETS_S,
            registry=self.registry,
        )
        self.sessions = Gauge(
            "avatar_server_sessions", "Sessions that run.", registry=self.registry
        )
        self.sessions_ended = Counter(
            "avatar_server_sessions_ended",
            "Sessions that ended, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.frames = Counter(
            "avatar_server_frames",
            "Avatar frames drawn, by what drove them.",
            ["driver"],
            registry=self.registry,
        )
        self._drivers: dict[str, Counter] = {}
        self.frames_skipped = Counter(
            "avatar_server_frames_skipped",
            "Camera frames that a newer one replaced before they were taken up.",
            registry=self.registry,
        )
        self.frames_without_face = Counter(
            "avatar_server_frames_without_face",
            "Camera frames in which no face was found.",
            registry=self.registry,
        )
        self.capacity = Gauge(
            "avatar_server_worker_capacity",
            "Callers that this worker takes at once.",
            registry=self.registry,
        )

        self.quality_level = Gauge(
            "avatar_server_quality_level",
            "Steps of quality that the worker has given up; 0 is full quality.",
            registry=self.registry,
        )

    def count_frame(self, driver: str) -> None:
        """A frame was drawn. Called by one thread only."""
        counter = self._drivers.get(driver)
        if counter is None:
            counter = self._drivers[driver] = self.frames.labels(driver)
        counter.inc()

    def observe_stages(self, durations_ms: Mapping[Stage, float]) -> None:
        for stage, milliseconds in durations_ms.items():
            self._stages[stage].observe(milliseconds / 1000)
        if Stage.RECEIVE in durations_ms:
            added_ms = sum(durations_ms.values()) - durations_ms[Stage.RECEIVE]
            self.delay_seconds.observe(added_ms / 1000)

    def text(self) -> str:
        return generate_latest(self.registry).decode()


class WorkerPages(Collector):
    """The pages of all workers as one, each sample with its worker's number as a label."""

    def __init__(self, pages: Mapping[int, str]) -> None:
        self._pages = pages

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for worker, page in self._pages.items():
            for family in text_string_to_metric_families(page):
                known = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = {"worker": str(worker), **sample.labels}
                    known.add_sample(sample.name, labels, sample.value, sample.timestamp)
        return families.values()
