"""ARNs are taken apart and put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.aws.arns import Arn

PART = st.text(alphabet=st.characters(exclude_characters=":"), max_size=12)


@given(PART, PART, PART, st.text(max_size=30), PART)
def test_whatever_is_written_is_read(
    service: str, region: str, account: str, resource: str, partition: str
) -> None:
    arn = Arn(service, region, account, resource, partition)
    assert Arn.parse(str(arn)) == arn


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("arn:aws:route53:::hostedzone/Z1", Arn("route53", "", "", "hostedzone/Z1")),
        (
            "arn:aws:elasticache:eu-west-1:1:cluster:a:b",
            Arn("elasticache", "eu-west-1", "1", "cluster:a:b"),
        ),
        ("arn:aws-cn:s3:::bucket/key", Arn("s3", "", "", "bucket/key", "aws-cn")),
    ],
)
def test_parts(text: str, arn: Arn) -> None:
    assert Arn.parse(text) == arn
    assert str(arn) == text


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3", "arn:aws:s3::", "ARN:aws:s3:::x", "Z1"])
def test_not_an_arn(text: str) -> None:
    with pytest.raises(ValueError, match="not an ARN"):
        Arn.parse(text)
