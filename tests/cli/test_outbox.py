"""forecourt outbox: what is held is shown, links and all."""

from __future__ import annotations

import json

from forecourt.cli.common import aws_client

from .conftest import Running


def test_a_mail_that_asks_for_approval(up: Running) -> None:
    acm = aws_client(up.data, "acm")
    arn = acm.request_certificate(DomainName="outbox.example.com")["CertificateArn"]
    held = json.loads(up.run("outbox", "--json").output)
    ours = [each for each in held if each["To"] == "admin@outbox.example.com"]
    assert "/confirm/" in ours[-1]["Text"]
    assert "To: admin@outbox.example.com" in up.run("outbox").output
    acm.delete_certificate(CertificateArn=arn)
