"""From a request to its answer.  Read `Gateway.answer` first: it is the whole way.

    route -> authenticate -> parse -> validate -> authorize and handler in a transaction -> serialize

Every failure is an exception and becomes an error in the caller's protocol at one place.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio

from forecourt.aws.errors import AwsError, NotImplemented_
from forecourt.aws.models import operation_model
from forecourt.aws.operations import Afterwards, Later
from forecourt.gateway import ec2_parameters, faults, receiving, validation
from forecourt.gateway.authenticate import Callers, authenticate
from forecourt.gateway.authorize import Denied, authorize
from forecourt.gateway.http import Answer, Malformed, inflated
from forecourt.gateway.protocols import FORMS, Codec
from forecourt.gateway.routing import NotServed, Route, Routes, Unknown, spoken
from forecourt.gateway.throttle import Throttled
from forecourt.platform import audit
from forecourt.platform.identity import sigv2
from forecourt.platform.identity.sigv4 import Refused
from forecourt.platform.measurements import stored
from forecourt.platform.measurements.points import of_values
from forecourt.platform.measurements.stored import Datum
from forecourt.platform.metrics import API_REQUESTS, API_SECONDS
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.aws.operations import Operations
    from forecourt.gateway.http import Request
    from forecourt.gateway.throttle import Throttle
    from forecourt.platform.functions.events import Runner
    from forecourt.platform.identity.actions import Authorization
    from forecourt.platform.traces import Traces
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Call, Tx

log = logging.getLogger(__name__)

Params = dict[str, Any]
LARGEST_INFLATED = 4 * 1024 * 1024  # bytes of a body that came compressed
LARGEST_DOCUMENT = 4 * 1024 * 1024  # bytes of a body of S3 that is no object
ASIDE = 4  # threads for what takes long
DENIED = "AccessDenied"  # as the audit trail says it, whatever the protocol


class Gateway:
    """All services behind one endpoint."""

    def __init__(
        self,
        tables: Iterable[Operations],
        authorizations: Mapping[str, Authorization],
        store: Store,
        throttle: Throttle,
        traces: Traces | None = None,
        objects: Blobs | None = None,
        runner: Runner | None = None,
    ) -> None:
        self.routes = Routes(tables)
        self.store = store
        self.objects = objects  # where bodies go that are objects
        self.runner = runner  # of functions
        self.callers = Callers(store)
        self._authorizations = authorizations
        self._throttle = throttle
        self._traces = traces
        self._aside = anyio.CapacityLimiter(ASIDE)
        self._calls: Counter[tuple[str, str, str, str]] = Counter()

    async def answer(self, request: Request) -> Answer:
        started = time.perf_counter()
        request_id = str(uuid4())
        service, operation, protocol = "", "", spoken(request) or "rest-xml"
        codec: Codec | None = None
        try:
            if sigv2.KEY in request.query and sigv2.is_claimed(request.parameters):
                request.headers = {**sigv2.headers_of(request.parameters), **request.headers}
            route = self.routes.find(request)
            service, operation, protocol = route.service, route.operation.name, route.protocol
            codec = route.codec
            call = await self.authenticate(request, route)
            self._throttle.take(call)
            self._calls[call.account, call.region, route.service, operation] += 1
            if route.operation.streams:
                # Who may not, or has no such bucket, fills no disk.
                await self.look_ahead(route, call, request)
            await self.receive(route, request)
            if route.operation.compressed and request.headers.get("content-encoding") == "gzip":
                request.body = inflated(request.body, LARGEST_INFLATED)
            params = codec.parse(request, route.labels)
            validate(route, params)
            output = await self.run(route, call, params, request, request_id)
            answer = codec.answer(output, request_id)
        except receiving.Gone:
            raise
        except Exception as failure:
            if isinstance(failure, Unknown | NotServed):
                service, protocol = failure.service, failure.protocol
            if (
                request.received is not None
                and self.objects is not None
                and isinstance(failure, AwsError | Denied)  # else a row may name it: it is swept
            ):
                await self.aside(self.objects.delete, request.received.blob)
            error = error_of(failure, protocol, service, request_id)
            codec = codec or anonymous(protocol, service)
            answer = codec.error(error, request_id)
        seconds = time.perf_counter() - started
        measure(service, operation, answer.status, seconds)
        if self._traces is not None:
            name = f"{service}/{operation}" if operation else request.method
            seen = attributes(service, operation, request, answer, request_id)
            self._traces.request(name, seconds, request.headers, seen)
        return answer

    async def authenticate(self, request: Request, route: Route) -> Call:
        service = self.routes.services[route.service]
        return await authenticate(
            request, self.callers, route.service, route.operation.name, service.signing_name
        )

    async def receive(self, route: Route, request: Request) -> None:
        """The body, where it was not read yet: nobody unknown fills our disk."""
        if request.pieces is None:
            return
        if route.operation.streams:
            assert self.objects is not None
            request.received = await receiving.to_blob(request, self.objects)
        else:
            request.body = await receiving.whole(request, LARGEST_DOCUMENT)

    async def look_ahead(self, route: Route, call: Call, request: Request) -> None:
        authorization = self._authorizations.get(route.service)

        def look(tx: Tx, req: Params) -> None:
            authorize(tx, authorization, request, req)
            if route.operation.look is not None:
                route.operation.look(tx, req)

        params = route.codec.parse(request, route.labels)
        validate(route, params)
        await self.store.read_for(call, look, params)

    async def run(
        self, route: Route, call: Call, params: Params, request: Request, request_id: str
    ) -> Any:
        """The handler in its transaction, once IAM agreed; a write leaves its trace there, or beside
        it if it fails.
        """
        operation = route.operation
        authorization = self._authorizations.get(route.service)

        def allow(tx: Tx, req: Params) -> None:
            authorize(tx, authorization, request, req)

        def look(tx: Tx, req: Params) -> tuple[Any, ...]:
            allow(tx, req)
            return (operation.look(tx, req),) if operation.look is not None else ()

        def read(tx: Tx, req: Params) -> Any:
            allow(tx, req)
            return operation.handler(tx, req)

        if not operation.writes:
            output = await self.store.read_for(call, read, params)
            return await self.aside(output.work) if isinstance(output, Later) else output
        shown = audit.hiding(route.service, operation.name)(params)
        trace = (request_id, request.client, request.headers.get("user-agent", ""), shown)
        prepared: tuple[Any, ...] = ()
        try:
            if operation.ahead is not None:
                known = await self.store.read_for(call, look, params)
                disk = (self.objects,) if operation.on_disk else ()
                prepared = (await self.aside(operation.ahead, *disk, params, *known),)

            def change(tx: Tx, req: Params) -> Any:
                allow(tx, req)
                output = operation.handler(tx, req, *prepared)
                audit.record(tx, *trace)
                return output

            output = await self.store.write_for(call, change, params)
        except (AwsError, Denied) as refused:
            code = refused.code if isinstance(refused, AwsError) else DENIED
            await self.store.write_for(call, lambda tx, _: audit.record(tx, *trace, code), None)
            raise
        if isinstance(output, Afterwards):
            return await output.work(self.runner)
        return await self.aside(output.work) if isinstance(output, Later) else output

    async def write_calls(self) -> None:
        """Keep how often what was called, as AWS/Usage counts it."""
        calls, self._calls = self._calls, Counter()
        if calls:
            try:
                await self.store.write(put_calls, calls)
            except Unavailable:
                self._calls.update(calls)

    def close(self) -> None:
        self.callers.close()

    async def aside(self, work: Callable[..., Any], *args: Any) -> Any:
        """Work of more than a millisecond, off the loop; a few at a time."""
        return await anyio.to_thread.run_sync(work, *args, limiter=self._aside)


def put_calls(tx: Tx, calls: Mapping[tuple[str, str, str, str], int]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html"""
    minute = stored.minute_of(tx.now)
    for (account, region, service, operation), count in calls.items():
        dimensions = (
            ("Class", "None"), ("Resource", operation), ("Service", service), ("Type", "API")
        )  # fmt: skip
        point = of_values(minute, ((1.0, float(count)),))
        datum = Datum("CallCount", dimensions, "None", point)
        stored.put(tx, account, region, "AWS/Usage", [datum])


def validate(route: Route, params: Params) -> None:
    check = constraints_of(route.service, route.operation.name)
    if check is not None and (problems := check(params)):
        if route.protocol == "ec2":
            raise ec2_parameters.refusal(problems[0])
        text = validation.explain(problems, route.service)
        raise faults.error("invalid", text, route.protocol, route.service)


@cache
def constraints_of(service: str, operation: str) -> Any:
    shape = operation_model(service, operation).input_shape
    return validation.constraints(shape) if shape is not None else None


def error_of(failure: Exception, protocol: str, service: str, request_id: str) -> AwsError:
    """The modelled error for whatever went wrong."""
    match failure:
        case AwsError():
            return failure
        case Denied():
            return faults.error("denied", str(failure), protocol, service)
        case Refused():
            return faults.error(failure.fault, str(failure), protocol, service)
        case Unknown():
            return faults.error("unknown-operation", str(failure), protocol, service)
        case NotServed():
            return NotImplemented_(str(failure))
        case Throttled():
            return faults.error("throttled", str(failure), protocol, service)
        case Malformed():
            return faults.error("malformed", str(failure), protocol, service)
        case Unavailable():
            log.error("the store is unavailable: %s", failure, extra={"request_id": request_id})
            text = "The service is unavailable. Please try again."
            return faults.error("unavailable", text, protocol, service)
    log.error("an operation failed", exc_info=failure, extra={"request_id": request_id})
    text = "The request processing has failed because of an unknown error."
    return faults.error("internal", text, protocol, service)


@cache
def anonymous(protocol: str, service: str) -> Codec:
    """A codec for errors that belong to no operation: they look the same for all of a service."""
    known = service or "sts"
    from forecourt.aws.models import service_model

    model = service_model(known)
    return FORMS[protocol](model.operation_model(model.operation_names[0]))


@cache
def meters(service: str, operation: str, status: int) -> tuple[Any, Any]:
    labels = (service or "unknown", operation or "unknown")
    return API_REQUESTS.labels(*labels, str(status)), API_SECONDS.labels(*labels)


def measure(service: str, operation: str, status: int, seconds: float) -> None:
    count, duration = meters(service, operation, status)
    count.inc()
    duration.observe(seconds)


def attributes(
    service: str, operation: str, request: Request, answer: Answer, request_id: str
) -> dict[str, str | int]:
    """What a span says of a request, by OpenTelemetry's semantic conventions."""
    return {
        "rpc.system": "aws-api",
        "rpc.service": service,
        "rpc.method": operation,
        "http.request.method": request.method,
        "http.response.status_code": answer.status,
        "client.address": request.client,
        "aws.request_id": request_id,
    }
