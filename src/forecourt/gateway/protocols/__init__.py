"""The seven protocol forms, each as a pair of functions made once for every operation.

A codec turns a request into parameters, and an output or an error into an answer.  What is the
same for all of them, the walk over shapes, is walker.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from forecourt.aws.models import operation_model

from . import cbor, ec2, json, query, rest_json, rest_xml

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Answer, Request


class Codec(Protocol):
    """One operation in one protocol."""

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        """The parameters of a request; `labels` are the path's, still percent-encoded.  Malformed."""

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        """The response for what a handler returned; members the shape lacks are left out."""

    def error(self, error: AwsError, request_id: str) -> Answer:
        """The response that makes the caller's SDK raise `error`."""


FORMS: dict[str, Callable[[OperationModel], Codec]] = {
    "query": query.Query,
    "ec2": ec2.Ec2,
    "json": json.Json,
    "rest-json": rest_json.RestJson,
    "rest-xml": rest_xml.RestXml,
    "smithy-rpc-v2-cbor": cbor.Cbor,
}


@cache
def codec(service: str, operation: str, protocol: str) -> Codec:
    return FORMS[protocol](operation_model(service, operation))
