"""OpenTelemetry traces, as an option: a span for every request and every piece of work.

Spans wait in a bounded queue and leave by OTLP over HTTP, from a thread; where the collector is away
or slow they are dropped and nobody waits.  A caller's `traceparent` (W3C Trace Context) is the parent
of its request's span, and says whether it is sampled.  The packages are an extra, imported only when
an endpoint is configured.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.config import Traces as Settings

log = logging.getLogger(__name__)

QUEUED = 2048  # spans
TIMEOUT = 5.0  # seconds for the collector to answer
MISSING = (
    "[traces] endpoint is set, but the packages it needs are not installed;"
    " pip install 'forecourt[traces]' brings them"
)


def installed() -> bool:
    """Whether the packages that traces need are there."""
    return all(find_spec(name) for name in ("opentelemetry", "urllib3"))


class Traces:
    """The spans of one process."""

    def __init__(self, process: str, settings: Settings) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create({"service.name": "forecourt", "forecourt.role": process})
        self._provider = TracerProvider(
            resource=resource, sampler=ParentBasedTraceIdRatio(settings.sample)
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter(settings.endpoint), max_queue_size=QUEUED)
        )
        self._tracer = self._provider.get_tracer("forecourt")
        self._parent = TraceContextTextMapPropagator().extract
        self._server, self._internal = SpanKind.SERVER, SpanKind.INTERNAL
        self._failed = Status(StatusCode.ERROR)

    def request(
        self, name: str, seconds: float, headers: Mapping[str, str], attributes: Mapping[str, Any]
    ) -> None:
        """A request that was answered now and took so long."""
        end = time.time_ns()
        span = self._tracer.start_span(
            name,
            self._parent(headers),
            self._server,
            dict(attributes),
            start_time=end - int(seconds * 1e9),
        )
        if attributes["http.response.status_code"] >= 500:
            span.set_status(self._failed)
        span.end(end)

    def around(
        self, kind: str, reconcile: Callable[[str], Awaitable[float | None]]
    ) -> Callable[[str], Awaitable[float | None]]:
        """A reconciler, each of whose runs is a span."""

        async def traced(key: str) -> float | None:
            attributes = {"forecourt.key": key}
            with self._tracer.start_as_current_span(
                f"reconcile {kind}", None, self._internal, attributes
            ):
                return await reconcile(key)

        return traced

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def exporter(endpoint: str) -> Any:
    """Spans to a collector: OTLP/HTTP, protobuf (the OTLP specification, "OTLP/HTTP")."""
    import urllib3
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    class Exporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            body = encode_spans(spans).SerializeToString()
            headers = {"content-type": "application/x-protobuf"}
            try:
                answer = pool.request("POST", endpoint, body=body, headers=headers)
            except urllib3.exceptions.HTTPError as error:
                log.warning("the collector of traces cannot be reached: %s", error)
                return SpanExportResult.FAILURE
            if answer.status >= 300:
                log.warning("the collector of traces answered %s", answer.status)
                return SpanExportResult.FAILURE
            return SpanExportResult.SUCCESS

        def shutdown(self) -> None:
            pool.clear()

    return Exporter()


def of(process: str, settings: Settings) -> Traces | None:
    """This process's traces, if they are wanted."""
    return Traces(process, settings) if settings.endpoint else None
