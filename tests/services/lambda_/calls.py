"""Short ways to say what the tests of Lambda say often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    """The code of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    return str(raised.value.response["Error"]["Code"])
