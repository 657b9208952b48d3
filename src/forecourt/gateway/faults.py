"""What is wrong before an operation is reached, as the error of each protocol.

The same fault has other codes and statuses in other protocols; one table says which.  Sources: the
CommonErrors pages of the services, and what SDKs have been seen to receive.
"""

from __future__ import annotations

from forecourt.aws.errors import AwsError, common

XML, JSON, REST_JSON, EC2 = "xml", "json", "rest-json", "ec2"
FAMILIES = {
    "query": XML,
    "rest-xml": XML,
    "ec2": EC2,
    "json": JSON,
    "smithy-rpc-v2-cbor": JSON,
    "rest-json": REST_JSON,
}

# Fault -> by family, code and HTTP status.
CODES: dict[str, dict[str, tuple[str, int]]] = {
    "missing": {
        XML: ("MissingAuthenticationToken", 403),
        JSON: ("MissingAuthenticationTokenException", 400),
        REST_JSON: ("MissingAuthenticationTokenException", 403),
        EC2: ("MissingAuthenticationToken", 403),
    },
    "incomplete": {
        XML: ("IncompleteSignature", 400),
        JSON: ("IncompleteSignatureException", 400),
        REST_JSON: ("IncompleteSignatureException", 403),
        EC2: ("IncompleteSignature", 400),
    },
    "unknown-key": {
        XML: ("InvalidClientTokenId", 403),
        JSON: ("UnrecognizedClientException", 400),
        REST_JSON: ("UnrecognizedClientException", 403),
        EC2: ("AuthFailure", 401),
    },
    "mismatch": {
        XML: ("SignatureDoesNotMatch", 403),
        JSON: ("InvalidSignatureException", 400),
        REST_JSON: ("InvalidSignatureException", 403),
        EC2: ("AuthFailure", 401),
    },
    "expired": {
        XML: ("RequestExpired", 400),
        JSON: ("RequestExpired", 400),
        REST_JSON: ("RequestExpired", 400),
        EC2: ("RequestExpired", 400),
    },
    "expired-token": {
        XML: ("ExpiredToken", 403),
        JSON: ("ExpiredTokenException", 400),
        REST_JSON: ("ExpiredTokenException", 403),
        EC2: ("RequestExpired", 400),
    },
    "denied": {
        XML: ("AccessDenied", 403),
        JSON: ("AccessDeniedException", 400),
        REST_JSON: ("AccessDeniedException", 403),
        EC2: ("UnauthorizedOperation", 403),
    },
    "unknown-operation": {
        XML: ("InvalidAction", 400),
        JSON: ("UnknownOperationException", 400),
        REST_JSON: ("UnknownOperationException", 404),
        EC2: ("InvalidAction", 400),
    },
    "malformed": {
        XML: ("MalformedInput", 400),
        JSON: ("SerializationException", 400),
        REST_JSON: ("SerializationException", 400),
        EC2: ("MalformedInput", 400),
    },
    "invalid": {
        XML: ("ValidationError", 400),
        JSON: ("ValidationException", 400),
        REST_JSON: ("ValidationException", 400),
        EC2: ("InvalidParameterValue", 400),
    },
    "throttled": {
        XML: ("Throttling", 400),
        JSON: ("ThrottlingException", 400),
        REST_JSON: ("ThrottlingException", 429),
        EC2: ("RequestLimitExceeded", 503),
    },
    "too-large": {
        XML: ("RequestEntityTooLarge", 413),
        JSON: ("RequestEntityTooLargeException", 413),
        REST_JSON: ("RequestEntityTooLargeException", 413),
        EC2: ("RequestEntityTooLarge", 413),
    },
    "unavailable": {
        XML: ("ServiceUnavailable", 503),
        JSON: ("ServiceUnavailableException", 503),
        REST_JSON: ("ServiceUnavailableException", 503),
        EC2: ("Unavailable", 503),
    },
    "internal": {
        XML: ("InternalFailure", 500),
        JSON: ("InternalFailure", 500),
        REST_JSON: ("InternalFailure", 500),
        EC2: ("InternalError", 500),
    },
}

# Services with codes of their own.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
OWN = {
    ("route53", "invalid"): ("InvalidInput", 400),
    ("sns", "denied"): ("AuthorizationError", 403),
    ("s3", "missing"): ("AccessDenied", 403),
    ("s3", "missing-hash"): ("InvalidRequest", 400),
    ("s3", "incomplete"): ("AuthorizationQueryParametersError", 400),
    ("s3", "unknown-key"): ("InvalidAccessKeyId", 403),
    ("s3", "expired"): ("AccessDenied", 403),
    ("s3", "unsigned-headers"): ("AccessDenied", 403),
    ("s3", "unknown-operation"): ("MethodNotAllowed", 405),
    ("s3", "malformed"): ("MalformedXML", 400),
    ("s3", "invalid"): ("InvalidArgument", 400),
    ("s3", "throttled"): ("SlowDown", 503),
    ("s3", "too-large"): ("EntityTooLarge", 400),
    ("s3", "internal"): ("InternalError", 500),
}


def error(fault: str, message: str, protocol: str, service: str) -> AwsError:
    """A fault as an error of a protocol, ready to be answered."""
    code, status = OWN.get((service, fault)) or CODES[fault][FAMILIES[protocol]]
    return common(code, status)(message)
