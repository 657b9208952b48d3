"""EC2's words for parameters that break its model."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from forecourt.gateway.ec2_parameters import refusal
from forecourt.gateway.validation import NOT_NULL, Problem
from tests.harness import FIRST_KEY, World


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (
            Problem(None, "vpcId", NOT_NULL),
            "MissingParameter",
            "The request must contain the parameter vpcId",
        ),
        (
            Problem(4, "maxResults", "Member must have value greater than or equal to 5"),
            "InvalidParameterValue",
            "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
        ),
        (
            Problem(1001, "maxResults", "Member must have value less than or equal to 1000"),
            "InvalidParameterValue",
            "Value ( 1001 ) for parameter maxResults is invalid. Expecting a value less than 1000.",
        ),
        (
            Problem("x", "instanceTenancy", "Member must satisfy enum value set: [default]"),
            "InvalidParameterValue",
            "Value ( x ) for parameter instanceTenancy is invalid.",
        ),
    ],
)
def test_refusals(problem: Problem, code: str, said: str) -> None:
    refused = refusal(problem)
    assert (refused.code, refused.status, str(refused)) == (code, 400, said)


def test_through_the_gateway(world: World) -> None:
    """Only the first problem of a request is told."""
    import boto3

    client: Any = boto3.client(
        "ec2",
        region_name="us-east-1",
        endpoint_url=world.url,
        aws_access_key_id=FIRST_KEY[0],
        aws_secret_access_key=FIRST_KEY[1],
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError) as caught:
        client.attach_internet_gateway()
    assert caught.value.response["Error"] == {
        "Code": "MissingParameter",
        "Message": "The request must contain the parameter internetGatewayId",
    }
    client.close()
