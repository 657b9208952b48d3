"""Spans, as a collector receives them over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import pytest
from botocore.exceptions import ClientError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from forecourt import config
from forecourt.platform import traces
from tests.harness import World

PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """Takes OTLP over HTTP, and answers with `status`."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self.status = 200
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.bodies.append((self.headers["content-type"], body))
                self.send_response(collector.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/v1/traces"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def spans(self) -> list[Any]:
        found: list[Any] = []
        for kind, body in self.bodies:
            assert kind == "application/x-protobuf"
            message = ExportTraceServiceRequest.FromString(body)
            for each in message.resource_spans:
                for scope in each.scope_spans:
                    found += scope.spans
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def settings(collector: Collector, sample: float = 1.0) -> config.Traces:
    return config.Traces(collector.endpoint, sample)


def said(span: Any) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, str(each.value.WhichOneof("value")))
        for each in span.attributes
    }


def test_none_unless_wanted() -> None:
    assert traces.installed()
    assert traces.of("gateway", config.Traces()) is None


def test_requests_of_a_gateway(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = traces.Traces("gateway", settings(collector))
    monkeypatch.setattr(world.gateway, "_traces", spans)
    client = world.client("route53")
    parent = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-01"}
    client.meta.events.register("before-send", lambda request, **_: request.headers.update(parent))
    answer = client.get_hosted_zone_count()
    with pytest.raises(ClientError):
        client.get_hosted_zone(Id="Z0")
    spans.close()
    counted, missed = collector.spans()
    assert counted.name == "route53/GetHostedZoneCount"
    assert counted.trace_id.hex() == PARENT
    assert counted.end_time_unix_nano > counted.start_time_unix_nano
    assert said(counted) | {"client.address": ""} == {
        "rpc.system": "aws-api",
        "rpc.service": "route53",
        "rpc.method": "GetHostedZoneCount",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "client.address": "",
        "aws.request_id": answer["ResponseMetadata"]["RequestId"],
    }
    assert said(missed)["http.response.status_code"] == 404


def test_work(collector: Collector) -> None:
    spans = traces.Traces("control", settings(collector))

    async def reconcile(key: str) -> float | None:
        if key == "bad":
            raise ValueError(key)
        return 1.5

    traced = spans.around("zones", reconcile)
    assert anyio.run(traced, "good") == 1.5
    with pytest.raises(ValueError, match="bad"):
        anyio.run(traced, "bad")
    spans.close()
    good, bad = collector.spans()
    assert (good.name, said(good)) == ("reconcile zones", {"forecourt.key": "good"})
    assert bad.events[0].name == "exception"


@pytest.mark.parametrize(("flags", "wanted"), [("00", 0), ("01", 1)])
def test_a_parent_says_whether_it_is_sampled(collector: Collector, flags: str, wanted: int) -> None:
    spans = traces.Traces("gateway", settings(collector, 0.0))
    headers = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-{flags}"}
    spans.request("sts/GetCallerIdentity", 0.01, headers, {"http.response.status_code": 200})
    spans.request("sts/GetCallerIdentity", 0.01, {}, {"http.response.status_code": 200})
    spans.close()
    assert len(collector.spans()) == wanted


def test_a_collector_that_fails_holds_nobody_up(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 503
    for endpoint in (collector.endpoint, "http://127.0.0.1:9/v1/traces"):
        spans = traces.Traces("gateway", config.Traces(endpoint))
        spans.request("x", 0.01, {}, {"http.response.status_code": 500})
        spans.close()
    assert "answered 503" in caplog.text
    assert "cannot be reached" in caplog.text
