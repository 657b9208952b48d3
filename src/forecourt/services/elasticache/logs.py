"""Slow logs and engine logs, delivered as CloudWatch Logs would get them.

    configured = logs.read(req.get("LogDeliveryConfigurations"), before)
    lines, position = logs.slow(node, "json", entries, position)

A log group is a folder: <data>/logs/elasticache/<log group>/<type>.log.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .nodes import Node
from .stored import InvalidParameterCombination, InvalidParameterValue

SLOW, ENGINE = "slow-log", "engine-log"
CLOUDWATCH = "cloudwatch-logs"
GROUP = re.compile(r"[A-Za-z0-9_/#-][A-Za-z0-9._/#-]{0,511}\Z")
# 12345:M 25 Nov 2026 18:00:00.000 * Ready to accept connections
LINE = re.compile(
    r"\d+:(?P<role>\w) (?P<time>\d+ \w+ \d+ [\d:.]+) (?P<level>[.*#-]) (?P<message>.*)"
)
LEVELS = {".": "DEBUG", "-": "VERBOSE", "*": "NOTICE", "#": "WARNING"}


def read(given: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What logs go where, after a request.  InvalidParameterValue, InvalidParameterCombination."""
    kept = {each["Type"]: each for each in before}
    if len({each.get("LogType") for each in given}) < len(given):
        raise InvalidParameterCombination("A LogType can be configured once.")
    for each in given:
        type_ = each.get("LogType", "")
        if type_ not in (SLOW, ENGINE):
            raise InvalidParameterValue(f"Invalid LogType: {type_}")
        if not each.get("Enabled", True):
            kept.pop(type_, None)
            continue
        if each.get("DestinationType") != CLOUDWATCH:
            raise InvalidParameterValue(f"Logs are delivered to {CLOUDWATCH} alone here.")
        group = each.get("DestinationDetails", {}).get("CloudWatchLogsDetails", {}).get("LogGroup")
        if not group or not GROUP.match(group):
            raise InvalidParameterValue(f"Invalid LogGroup: {group}")
        if (form := each.get("LogFormat", "json")) not in ("json", "text"):
            raise InvalidParameterValue(f"Invalid LogFormat: {form}")
        kept[type_] = {"Type": type_, "Group": group, "Format": form}
    return [kept[type_] for type_ in sorted(kept)]


def document(spec: Mapping[str, Any]) -> list[Any]:
    return [
        {
            "LogType": each["Type"],
            "DestinationType": CLOUDWATCH,
            "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": each["Group"]}},
            "LogFormat": each["Format"],
            "Status": "active",
        }
        for each in spec.get("LogDelivery", ())
    ]


def file_of(configured: Mapping[str, Any]) -> str:
    """The file of a log, below the folder of all."""
    return f"{configured['Group'].replace('/', '%2F').replace('#', '%23')}/{configured['Type']}.log"


def slow(
    node: Node, form: str, entries: Iterable[Sequence[Any]], position: int
) -> tuple[list[str], int]:
    """Lines for what SLOWLOG GET says beyond a position, the oldest first, and the position then.

    Of a command's arguments only their number is told.  An engine that began anew counts from 0 again.
    """
    known = sorted(entries, key=lambda entry: int(entry[0]))
    if known and int(known[-1][0]) + 1 < position:
        position = 0
    lines = []
    for id, at, took, words, address, name, *_ in known:
        if int(id) < position:
            continue
        rest = len(words) - 1
        command = f"{words[0]} ... ({rest} more arguments)" if rest else str(words[0])
        if form == "json":
            told = {
                "CacheClusterId": node.cluster, "CacheNodeId": node.number, "Id": int(id),
                "Timestamp": int(at), "Duration (us)": int(took), "Command": command,
                "ClientAddress": address, "ClientName": name,
            }  # fmt: skip
            lines.append(json.dumps(told) + "\n")
        else:
            lines.append(f"{node.cluster},{node.number},{at},{took},{command},{address}\n")
        position = int(id) + 1
    return lines, position


def engine(node: Node, form: str, text: str) -> list[str]:
    """Lines for whole lines of an engine's own log."""
    lines = []
    for line in text.splitlines():
        if not (found := LINE.match(line)):
            continue
        told = {
            "CacheClusterId": node.cluster, "CacheNodeId": node.number, "LogLevel": LEVELS[found["level"]],
            "Role": found["role"], "Time": found["time"], "Message": found["message"],
        }  # fmt: skip
        lines.append(json.dumps(told) + "\n" if form == "json" else ",".join(told.values()) + "\n")
    return lines
