"""Ids and the errors of those that are not there."""

from __future__ import annotations

import re

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.ec2.kinds import TYPES, Type


@pytest.mark.parametrize("type_", TYPES.values(), ids=list(TYPES))
def test_ids(type_: Type) -> None:
    made = {type_.new_id() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(rf"{type_.prefix}-0[0-9a-f]{{16}}", each) for each in made)
    type_.check(made)
    type_.check([f"{type_.prefix}-1234abcd"])


@pytest.mark.parametrize(
    "given",
    ["", "vpc", "vpc-", "vpc-1234567", "vpc-123456789", "vpc-0123456789ABCDEF0", "vpc-01234567g",
     "subnet-12345678", "vpc-0123456789abcdef01", "vpc-12345678\n"],
)  # fmt: skip
def test_what_is_no_id(given: str) -> None:
    with pytest.raises(AwsError) as raised:
        TYPES["vpc"].check(["vpc-12345678", given])
    assert raised.value.code == "InvalidVpcID.Malformed"
    assert str(raised.value) == f'Invalid id: "{given}" (expecting "vpc-...")'
