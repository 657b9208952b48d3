"""forecourt account: added beside the running instance, and at once good for signing."""

from __future__ import annotations

import botocore.session
import pytest

from forecourt.cli.common import aws_client

from .conftest import Running


def test_an_added_account_may_sign_at_once(up: Running) -> None:
    made = up.json("account", "add", "111100000001", "--name", "staging")
    assert made["Account"] == "111100000001"
    client = botocore.session.Session().create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=up.status["api"],
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
    )
    assert client.get_caller_identity()["Account"] == "111100000001"
    client.close()
    values = up.json("env", "--account", "111100000001")
    assert values["AWS_ACCESS_KEY_ID"] == made["AccessKeyId"]
    assert {"Account": "111100000001", "Name": "staging"} in up.json("account", "list")


def test_text(up: Running) -> None:
    added = up.run("account", "add", "111100000002", "--name", "[blue] team")
    assert added.output.startswith("Account 111100000002, root key AKIA")
    assert "111100000002  [blue] team" in up.run("account", "list").output.splitlines()


@pytest.mark.parametrize(
    "account", ["1", "11110000000x", "1111000000011", "１１１１００００００１１"]
)
@pytest.mark.parametrize("verb", [("add",), ("quota",)])
def test_accounts_are_twelve_digits(up: Running, verb: tuple[str], account: str) -> None:
    rest = ("MAX_RRSETS_BY_ZONE", "1") if verb == ("quota",) else ()
    result = up.run("account", *verb, account, *rest)
    assert result.exit_code == 1
    assert result.output == f"forecourt: {account} is not an account: 12 digits\n"


def test_it_has_default_vpcs(up: Running) -> None:
    up.json("account", "add", "111100000004")
    found = aws_client(up.data, "ec2", "111100000004").describe_vpcs()["Vpcs"]
    assert [(each["OwnerId"], each["IsDefault"]) for each in found] == [("111100000004", True)]


def test_a_quota_counts(up: Running) -> None:
    up.json("account", "add", "111100000003")
    said = up.json("account", "quota", "111100000003", "MAX_HOSTED_ZONES_BY_OWNER", "0")
    assert said == {"Account": "111100000003", "Name": "MAX_HOSTED_ZONES_BY_OWNER", "Value": 0}
    refused = up.run("zone", "import", "x.test", "-", "--account", "111100000003", input="")
    assert refused.exit_code == 1
    assert refused.output.startswith("forecourt: ")
    up.run("account", "quota", "111100000003", "MAX_HOSTED_ZONES_BY_OWNER", "1")
    allowed = up.run("zone", "import", "x.test", "-", "--account", "111100000003", input="")
    assert allowed.exit_code == 0, allowed.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("NO_SUCH_QUOTA", "1"), 1),
        (("MAX_RRSETS_BY_ZONE", "--", "-1"), 2),
        (("MAX_RRSETS_BY_ZONE", "x"), 2),
    ],
)
def test_quotas_that_are_none(up: Running, words: tuple[str, ...], code: int) -> None:
    *rest, last = words
    result = Running(up.data, {}).run("account", "quota", "000000000000", *rest, last)
    assert result.exit_code == code
