"""DryRun: whether it would work, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .calls import code, fault

WOULD = ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


def test_nothing_is_changed(ec2: Any, vpc: str) -> None:
    assert fault(ec2.create_vpc, CidrBlock="10.9.0.0/16", DryRun=True) == WOULD
    assert fault(ec2.delete_vpc, VpcId=vpc, DryRun=True) == WOULD
    assert fault(ec2.describe_vpcs, DryRun=True) == WOULD
    assert len(ec2.describe_vpcs()["Vpcs"]) == 2


def test_its_status(ec2: Any) -> None:
    with pytest.raises(ClientError) as raised:
        ec2.create_internet_gateway(DryRun=True)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_what_would_fail_says_why(ec2: Any) -> None:
    assert code(ec2.create_vpc, CidrBlock="10.0.0.0/8", DryRun=True) == "InvalidVpc.Range"


def test_false_is_no_dry_run(ec2: Any) -> None:
    assert ec2.create_internet_gateway(DryRun=False)["InternetGateway"]
