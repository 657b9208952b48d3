"""forecourt dnssec anchor, and zone delegate: what a resolver needs to find and validate names."""

from __future__ import annotations

import re

from forecourt.cli.common import aws_client

from .conftest import Running


def test_the_anchor(up: Running) -> None:
    text = up.run("dnssec", "anchor").output
    assert re.fullmatch(r"\. IN DS \d+ 13 2 [0-9A-F]{64}\n", text)
    (found,) = up.json("dnssec", "anchor")
    assert text == f". IN DS {found['value']}\n"


def test_delegate_and_take_back(up: Running) -> None:
    client = aws_client(up.data, "route53")
    zone = client.create_hosted_zone(Name="delegated.test", CallerReference="d")["HostedZone"]["Id"]
    said = up.json("zone", "delegate", "delegated.test")
    assert (said["name"], len(said["nameservers"])) == ("delegated.test.", 4)
    assert "is gone" in up.run("zone", "delegate", "--remove", "delegated.test").output
    result = up.run("zone", "delegate", "nothing.test")
    assert result.exit_code == 1
    assert "there is no public hosted zone nothing.test" in result.output
    client.delete_hosted_zone(Id=zone)
    client.close()
