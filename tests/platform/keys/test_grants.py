"""What grants let principals do."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.keys import granted
from forecourt.platform.keys.grants import GRANTS, meets, of_key
from forecourt.store.resources import insert
from forecourt.store.tx import Tx
from tests.harness import World

KEY = "arn:aws:kms:us-east-1:1:key/k"
ALICE, BOB = "arn:aws:iam::1:user/alice", "arn:aws:iam::1:user/bob"


def grant(tx: Tx, name: str, *operations: str, region: str = "us-east-1", **more: Any) -> None:
    spec = {"GranteePrincipal": ALICE, "Operations": list(operations), **more}
    insert(tx, [GRANTS.row(tx, "1", region, name, spec, {}, {})])


def test_granted(world: World) -> None:
    def check(tx: Tx) -> None:
        grant(
            tx, "k/1", "Decrypt", "DescribeKey", Constraints={"EncryptionContextEquals": {"a": "1"}}
        )
        grant(tx, "k0/2", "Encrypt")
        grant(tx, "k/3", "Encrypt", region="eu-west-1")
        assert [each.name for each in of_key(tx, KEY)] == ["k/1"]
        assert granted(tx, KEY, ALICE, "Decrypt", {"a": "1"})
        assert granted(tx, KEY, {BOB, ALICE}, "Decrypt", {"a": "1"})
        assert granted(tx, KEY, ALICE, "DescribeKey")
        assert not granted(tx, KEY, ALICE, "Decrypt")
        assert not granted(tx, KEY, BOB, "Decrypt", {"a": "1"})
        assert not granted(tx, KEY, ALICE, "Encrypt", {"a": "1"})

    world.store.write_now(check)


@pytest.mark.parametrize(
    ("constraints", "context", "met"),
    [
        ({}, {"a": "1"}, True),
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1"}, True),
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
        ({"EncryptionContextEquals": {"a": "1"}}, {}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"EncryptionContextSubset": {"a": "1"}}, {"A": "1"}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "2"}, False),
        ({"SourceArn": "arn:aws:s3:::b"}, {}, False),
    ],
)
def test_constraints(constraints: dict[str, Any], context: dict[str, str], met: bool) -> None:
    assert meets(constraints, "Decrypt", context) is met
    assert meets(constraints, "DescribeKey", {})
