"""Short ways to say what the tests of SNS say often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
    """The code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def attributes(**given: str) -> dict[str, Any]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in given.items()}
