"""Slow logs and engine logs: what is asked for, and what is delivered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.services.elasticache import logs
from forecourt.services.elasticache.nodes import Node
from tests.services.elasticache.calls import SMALL, group, refused

NODE = Node(
    "n", "arn", "0", "r", "shop-001", "0001", "0001", "z", 1, 6379, "h", "primary", "available",
    "valkey", "9.1.2", 1, 0.0,
)  # fmt: skip
ENTRIES = [
    [7, 1605631823, 90, ["PING"], "127.0.0.1:9", ""],
    [6, 1605631822, 30, ["GET", "secret"], "127.0.0.1:8", "app"],
]
TO = {"DestinationType": "cloudwatch-logs", "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "a/b"}}}  # fmt: skip
SLOW = {"LogType": "slow-log", "LogFormat": "json", **TO}


def test_commands_are_told_without_their_arguments_and_once() -> None:
    lines, position = logs.slow(NODE, "json", ENTRIES, 0)
    assert [json.loads(line)["Command"] for line in lines] == ["GET ... (1 more arguments)", "PING"]
    assert json.loads(lines[0])["Duration (us)"] == 30 and "secret" not in "".join(lines)
    assert logs.slow(NODE, "text", ENTRIES, position) == ([], position)
    anew = [[0, 1, 5, ["GET", "a"], "127.0.0.1:1", ""]]
    assert logs.slow(NODE, "text", anew, position) == (
        ["shop-001,0001,1,5,GET ... (1 more arguments),127.0.0.1:1\n"], 1
    )  # fmt: skip


def test_an_engine_s_lines_are_taken_apart() -> None:
    text = "12:M 25 Nov 2026 18:00:00.000 * Ready to accept connections\nnoise\n"
    (line,) = logs.engine(NODE, "json", text)
    told = json.loads(line)
    assert (told["LogLevel"], told["Role"], told["Message"]) == (
        "NOTICE", "M", "Ready to accept connections"
    )  # fmt: skip
    (line,) = logs.engine(NODE, "text", text)
    assert line.startswith("shop-001,0001,NOTICE,M,") and line.endswith("connections\n")


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"DestinationType": "kinesis-firehose"}, "InvalidParameterValue", "cloudwatch-logs alone"),
        ({"DestinationDetails": {}}, "InvalidParameterValue", "LogGroup"),
        ({"DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": ".."}}}, "InvalidParameterValue", "LogGroup"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    caches: Any, changed: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words):
        group(caches, LogDeliveryConfigurations=[SLOW | changed])
    with refused("InvalidParameterCombination", "once"):
        group(caches, LogDeliveryConfigurations=[SLOW, SLOW])
    with refused("InvalidParameterCombination", "Memcached"):
        caches.create_cache_cluster(
            CacheClusterId="m", Engine="memcached", NumCacheNodes=1, CacheNodeType=SMALL,
            LogDeliveryConfigurations=[SLOW],
        )  # fmt: skip
