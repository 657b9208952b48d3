"""One complaint is an error of each API."""

from __future__ import annotations

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.ses.stored import (
    BAD,
    ERRORS,
    NOT_FOUND,
    Complaint,
    answering,
    error_of,
)


def test_codes() -> None:
    missing = Complaint(NOT_FOUND, "no such set", "set")
    assert error_of(missing, 0).code == "ConfigurationSetDoesNotExist"
    assert error_of(missing, 1).code == "NotFoundException"
    # What has no error of its own is as what is asked about nothing in particular.
    assert error_of(Complaint(BAD, "x", "whatever"), 0).code == "InvalidParameterValue"
    for kind, what in ERRORS:
        for surface in (0, 1):
            assert error_of(Complaint(kind, "text", what), surface).code


def test_handlers_answer_with_errors() -> None:
    @answering(1)
    def handler() -> None:
        raise Complaint(BAD, "it is wrong")

    with pytest.raises(AwsError) as raised:
        handler()
    assert (raised.value.code, str(raised.value)) == ("BadRequestException", "it is wrong")
