"""REST with XML bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from forecourt.gateway.http import Answer, Malformed

from . import xml
from .rest import Binder, Renderer

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Request

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
LOCATION = "GetBucketLocationOutput"
# The roots of answers that are called otherwise than their shapes.
ROOTS = {
    "ListBucketsOutput": "ListAllMyBucketsResult",
    "ListObjectsOutput": "ListBucketResult",
    "ListObjectsV2Output": "ListBucketResult",
    "ListObjectVersionsOutput": "ListVersionsResult",
    "CreateMultipartUploadOutput": "InitiateMultipartUploadResult",
    "CompleteMultipartUploadOutput": "CompleteMultipartUploadResult",
    "ListMultipartUploadsOutput": "ListMultipartUploadsResult",
    "ListPartsOutput": "ListPartsResult",
    "DeleteObjectsOutput": "DeleteResult",
    "GetObjectTaggingOutput": "Tagging",
    "GetBucketTaggingOutput": "Tagging",
    "GetBucketVersioningOutput": "VersioningConfiguration",
    "GetBucketAclOutput": "AccessControlPolicy",
    "GetObjectAclOutput": "AccessControlPolicy",
    "GetBucketLoggingOutput": "BucketLoggingStatus",
    "GetBucketRequestPaymentOutput": "RequestPaymentConfiguration",
    "GetBucketAccelerateConfigurationOutput": "AccelerateConfiguration",
    "GetObjectAttributesOutput": "GetObjectAttributesResponse",
}
CONTENT_TYPE = {"s3": "application/xml"}  # the others answer text/xml


def namespace_of(service: ServiceModel) -> str:
    """The namespace of a service's answers: its own, or the one its requests are written in."""
    if "xmlNamespace" in service.metadata:
        found: str = service.metadata["xmlNamespace"]
        return found
    for name in service.operation_names:
        shape = service.operation_model(name).input_shape
        if shape and isinstance(given := shape.serialization.get("xmlNamespace"), dict):
            return str(given["uri"])
    return ""


class RestXml:
    def __init__(self, operation: OperationModel) -> None:
        self._service = service = operation.service_model
        self._whole = operation.input_shape
        self.bare = service.service_name == "s3"
        self.namespace = namespace_of(service)
        self.content_type = CONTENT_TYPE.get(service.service_name, "text/xml")
        self._binder = Binder(operation, self._read_document)
        self._id_header = "x-amz-request-id" if self.bare else "x-amzn-requestid"
        self._renderer = Renderer(
            operation, self._write_document, self.content_type, self._id_header
        )

    def _read_document(self, shape: Shape) -> Callable[[bytes], Any]:
        convert = xml.reader(shape)
        # The root's name is checked where it is the operation's own, as Route 53 does.
        expected = shape.serialization.get("name") if shape is self._whole else None

        def read(body: bytes) -> Any:
            root = xml.parse(body)
            if expected and xml.local(root.tag) != expected:
                raise Malformed(f"{xml.local(root.tag)} is not valid, expected {expected}")
            return convert([root])

        return read

    def _write_document(self, shape: Shape) -> Callable[[Any], bytes]:
        put = xml.writer(shape)
        tag = shape.serialization.get("name", ROOTS.get(shape.name, shape.name))
        if shape.name == LOCATION:
            return self._write_location
        own = "xmlNamespace" in shape.serialization
        root = f"<{tag} xmlns={quoteattr(self.namespace)}>" if self.namespace else f"<{tag}>"

        def write(value: Any) -> bytes:
            out = [HEADER]
            put(out, tag, value)
            if not own:
                out[1] = out[1].replace(f"<{tag}", root[:-1], 1)
            return "".join(out).encode()

        return write

    def _write_location(self, value: Any) -> bytes:
        """S3's one answer that is a text."""
        text = escape((value or {}).get("LocationConstraint", ""))
        root = f"LocationConstraint xmlns={quoteattr(self.namespace)}"
        return f"{HEADER}<{root}>{text}</LocationConstraint>".encode()

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        return self._binder.parse(request, labels)

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        return self._renderer.answer(output, request_id)

    def error(self, error: AwsError, request_id: str) -> Answer:
        headers = (("content-type", self.content_type), (self._id_header, request_id))
        if self.bare:
            inside = xml.plain_error(error)
            body = f"<Error>{inside}<RequestId>{request_id}</RequestId></Error>"
        else:
            inside = xml.error_body(error, self._service)
            body = (
                f"<ErrorResponse xmlns={quoteattr(self.namespace)}><Error>"
                f"<Type>{error.fault}</Type>{inside}</Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        return Answer(error.status, headers, (HEADER + body).encode())
