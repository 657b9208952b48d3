"""forecourt lambda: functions added, listed, removed, and invoked in an instance."""

from __future__ import annotations

import json
from pathlib import Path

from forecourt.cli.common import aws_client
from tests.cli.conftest import Running


def test_a_function_of_ones_own(up: Running, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def hello(event, context):\n    return [event]\n")
    added = up.run("lambda", "add", "hello", "mine:hello", "--path", str(tmp_path), "--env", "A=b")
    arn = added.output.strip()
    assert arn == "arn:aws:lambda:us-east-1:000000000000:function:hello"
    client = aws_client(up.data, "lambda")
    assert json.loads(client.invoke(FunctionName="hello", Payload=b"1")["Payload"].read()) == [1]
    log = up.data / "logs/lambda/us-east-1/000000000000/hello.log"
    log = log if log.exists() else up.data / "logs/lambda/000000000000/us-east-1/hello.log"
    assert "START RequestId" in log.read_text()
    assert arn in up.run("lambda", "list").output
    (shown,) = json.loads(up.run("lambda", "list", "--json").output)
    assert shown["Environment"] == {"A": "b"}
    assert up.run("lambda", "remove", "hello").exit_code == 0
    assert up.run("lambda", "remove", "hello").exit_code == 1


def test_what_is_no_function(up: Running) -> None:
    for wrong in (
        ("a",),
        ("a", "m:f", "--url", "http://h/"),
        ("a", "m.f"),
        ("a", "--url", "ftp://h/"),
        ("a b", "m:f"),
        ("a", "m:f", "--timeout", "0"),
    ):
        assert up.run("lambda", "add", *wrong).exit_code == 1
