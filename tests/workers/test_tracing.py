from __future__ import annotations

import pytest

from avatar_server.workers.tracing import (
    ENDPOINT_VARIABLE,
    OpenTelemetryTracing,
    configure_tracing,
)

trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra otel is not installed")


def test_a_session_is_a_span_with_its_moments():
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    session = OpenTelemetryTracing(provider).session("s0", "ani")
    session.event("live")
    session.event("state", state="tracking", avatar="ani")
    session.end("the caller ended it")
    (span,) = exporter.get_finished_spans()
    assert span.name == "session"
    assert span.attributes["avatar_server.avatar"] == "ani"
    assert span.attributes["avatar_server.end_reason"] == "the caller ended it"
    assert [event.name for event in span.events] == ["live", "state"]


def test_without_an_endpoint_there_are_no_traces(monkeypatch):
    monkeypatch.delenv(ENDPOINT_VARIABLE, raising=False)
    tracing = configure_tracing()
    assert not isinstance(tracing, OpenTelemetryTracing)
    tracing.session("s0", "ani").end("done")
    tracing.close()
