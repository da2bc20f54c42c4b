"""OpenTelemetry traces of a session's life, where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says where to."""

from __future__ import annotations

import logging
import os
from typing import Any, Protocol

logger = logging.getLogger(__name__)

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"


class SessionTrace(Protocol):
    """The span of one session; times are taken when a method is called."""

    def event(self, name: str, **attributes: str) -> None: ...

    def end(self, reason: str) -> None: ...


class Tracing(Protocol):
    def session(self, session_id: str, avatar: str) -> SessionTrace: ...

    def close(self) -> None:
        """Send what has not been sent."""


class _NoTrace:
    """No one listens."""

    def session(self, session_id: str, avatar: str) -> SessionTrace:
        return self

    def event(self, name: str, **attributes: str) -> None: ...

    def end(self, reason: str) -> None: ...

    def close(self) -> None: ...


class _SpanTrace:
    def __init__(self, span: Any) -> None:
        self._span = span

    def event(self, name: str, **attributes: str) -> None:
        self._span.add_event(name, attributes)

    def end(self, reason: str) -> None:
        self._span.set_attribute("avatar_server.end_reason", reason)
        self._span.end()


class OpenTelemetryTracing:
    """Spans through an OpenTelemetry SDK's ``TracerProvider``."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("avatar_server")

    def session(self, session_id: str, avatar: str) -> SessionTrace:
        attributes = {"avatar_server.session": session_id, "avatar_server.avatar": avatar}
        return _SpanTrace(self._tracer.start_span("session", attributes=attributes))

    def close(self) -> None:
        self._provider.shutdown()


def configure_tracing() -> Tracing:
    """Traces to the endpoint in the environment; without one, or without the packages, none."""
    if not os.environ.get(ENDPOINT_VARIABLE):
        return _NoTrace()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning(
            "%s is set, but there are no traces without: pip install 'avatar-server[otel]'",
            ENDPOINT_VARIABLE,
        )
        return _NoTrace()
    provider = TracerProvider(resource=Resource.create({"service.name": "avatar-server"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetryTracing(provider)
