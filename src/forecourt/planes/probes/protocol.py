"""A probe's HTTP exchange without its connection.

    exchange = Exchange(check)
    exchange.request               # what to send
    exchange.receive(data)         # True when enough is known
    exchange.verdict()             # healthy, and the status as text

Healthy is a status of 2xx or 3xx, and where a string is searched one of 2xx and the string wholly in the
first 5,120 bytes of the body.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from __future__ import annotations

import httptools

from forecourt.planes.probes.snapshot import Check

SEARCHED = 5120  # bytes of the body
LONGEST_HEAD = 16 * 1024  # bytes of the status line and headers
AGENT = "Amazon-Route53-Health-Check-Service"
LONGEST_REASON = 64
DEFAULT_PORTS = {"HTTP": 80, "HTTPS": 443}


class Garbage(Exception):
    """What came is no HTTP response."""


class Exchange:
    def __init__(self, check: Check) -> None:
        self._check = check
        self._parser = httptools.HttpResponseParser(self)
        self._head = 0
        self._headers_done = False
        self._body = bytearray()
        self._complete = False
        self.reason = ""

    @property
    def request(self) -> bytes:
        check = self._check
        host = check.host or (f"[{check.address}]" if ":" in check.address else check.address)
        if check.port != DEFAULT_PORTS[check.kind]:
            host += f":{check.port}"
        lines = (
            f"GET {check.path} HTTP/1.1",
            f"Host: {host}",
            "Connection: close",
            f"User-Agent: {AGENT} (ref {check.id})",
            "Accept: */*",
        )
        return "\r\n".join((*lines, "", "")).encode("latin-1", "replace")

    def receive(self, data: bytes) -> bool:
        """Take bytes of the response; whether they are enough.  Garbage."""
        if not self._headers_done:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self.enough:
                raise Garbage from error
        if not self._headers_done and self._head > LONGEST_HEAD:
            raise Garbage
        return self.enough

    @property
    def answered(self) -> bool:
        """Whether the status is known."""
        return self._headers_done

    @property
    def enough(self) -> bool:
        if not self._headers_done:
            return False
        if not self._check.search or not self._wanted:
            return True
        return self._complete or len(self._body) >= SEARCHED or self._found

    @property
    def status(self) -> int:
        return int(self._parser.get_status_code())

    def verdict(self) -> tuple[bool, str]:
        said = f"HTTP Status Code {self.status}, {self.reason}"
        if not self._wanted:
            return False, f"Failure: {said}"
        if self._check.search and not self._found:
            return False, f"Failure: {said}. The response body does not contain the search string"
        return True, f"Success: {said}"

    @property
    def _wanted(self) -> bool:
        return 200 <= self.status < (300 if self._check.search else 400)

    @property
    def _found(self) -> bool:
        return self._check.search in self._body[:SEARCHED]

    def on_status(self, reason: bytes) -> None:
        self.reason = (self.reason + reason.decode("latin-1"))[:LONGEST_REASON]

    def on_headers_complete(self) -> None:
        self._headers_done = True

    def on_body(self, body: bytes) -> None:
        self._body += body[: SEARCHED - len(self._body)]

    def on_message_complete(self) -> None:
        self._complete = True
