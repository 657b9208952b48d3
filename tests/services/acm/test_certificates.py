"""Certificates as rows: whose they are, and that they are kept as they were written."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.acm.certificates import change, find, moment
from tests.harness import World

from .calls import Proving, refused


def test_kept(world: World, proving: Proving) -> None:
    arn = proving.request("a.example.com")
    one = world.store.read_now(find, arn.rpartition("/")[2])
    assert one is not None
    assert (one.arn, one.names, one.secret) == (arn, ["a.example.com"], None)
    world.store.write_now(change, one, state={"x": 1}, exported=True, secret=b"s")
    again = world.store.read_now(find, one.id)
    assert again is not None
    assert (again.state, again.exported, again.secret) == ({"x": 1}, True, b"s")
    assert (again.spec, again.created) == (one.spec, one.created)
    assert moment(None) is None


@pytest.mark.parametrize(
    "operation", ["describe_certificate", "get_certificate", "delete_certificate"]
)
def test_others_have_them_not(world: World, proving: Proving, others: Any, operation: str) -> None:
    arn = proving.request("a.example.com")
    elsewhere = world.client("acm", region="eu-west-1")
    for client in (others, elsewhere):
        with refused("ResourceNotFoundException", "Could not find certificate"):
            getattr(client, operation)(CertificateArn=arn)
    with refused("ResourceNotFoundException", "Could not find"):
        getattr(proving.acm, operation)(CertificateArn=arn[:-1] + "x")
    with refused("ValidationException", "certificateArn"):
        getattr(proving.acm, operation)(CertificateArn="arn:aws:iam::000000000000:user/x")
