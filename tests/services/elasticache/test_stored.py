"""What an installation has, and names."""

from __future__ import annotations

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.elasticache import stored
from forecourt.services.elasticache.stored import Installation

HERE = Installation((("valkey", "9.1.2"),), "x", 1.0, 1)


@pytest.mark.parametrize("wanted", [None, "9", "9.1", "9.1.2", "9.x"])
def test_versions_that_are_here(wanted: str | None) -> None:
    assert HERE.version("valkey", wanted) == "9.1.2"


@pytest.mark.parametrize(
    ("engine", "wanted"), [("valkey", "9.10"), ("valkey", "8.0"), ("redis", None), ("oracle", None)]
)
def test_versions_that_are_not(engine: str, wanted: str | None) -> None:
    with pytest.raises(AwsError) as refused:
        HERE.version(engine, wanted)
    assert refused.value.code == "InvalidParameterValue"


def test_names_are_six_characters_of_an_account_s() -> None:
    first, second = (stored.customer(account, "us-east-1") for account in ("1", "2"))
    assert len(first) == 6 and first != second
    assert stored.base("ap-northeast-2", "x.cloud") == "apne2.cache.x.cloud"
