"""forecourt doctor: what this machine lacks, and how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from pathlib import Path

import click
from rich.markup import escape

from .common import console, data_option, json_option, print_json

TOOLS = {
    "dig": ("asks name servers; the tour shows its answers", "apt install bind9-dnsutils"),
    "aws": ("the AWS CLI", "pip install awscli"),
    "memcached": ("ElastiCache's engine memcached", "apt install memcached"),
    "redis-server": (
        "ElastiCache's engine redis; valkey is here anyway",
        "apt install redis-server",
    ),
}


@click.command("doctor")
@data_option
@json_option
def command(data: Path, as_json: bool) -> None:
    """Look at this machine: what works here, what is missing, and how to get it."""
    findings = [
        python(),
        ports(),
        loopback(),
        directory(data),
        *(tool(name, *about) for name, about in TOOLS.items()),
    ]
    if as_json:
        print_json([{"name": n, "ok": ok, "text": text} for n, ok, text in findings])
    else:
        for name, ok, text in findings:
            mark = "[green]ok[/]" if ok else "[yellow]--[/]"
            console().print(f" {mark}  [bold]{name}[/]: {escape(text)}")
    if not all(ok for name, ok, _ in findings if name in ("python", "data")):
        raise SystemExit(1)


def python() -> tuple[str, bool, str]:
    ok = sys.version_info >= (3, 11)
    return "python", ok, f"{platform.python_version()}{'' if ok else '; at least 3.11 is needed'}"


def ports() -> tuple[str, bool, str]:
    """Whether port 53 may be bound; an MX or a glue record carries no port."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.53.255.254", 53))
    except PermissionError:
        return (
            "ports",
            False,
            (
                "ports below 1024 may not be bound: name servers listen on 8053, which resolvers that"
                " follow NS records do not find; run as root, or `sysctl"
                " net.ipv4.ip_unprivileged_port_start=53`"
            ),
        )
    except OSError as error:
        return "ports", False, f"port 53 cannot be bound: {error.strerror}"
    return "ports", True, "port 53 can be bound"


def loopback() -> tuple[str, bool, str]:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.53.1.1", 0))
    except OSError:
        return (
            "loopback",
            False,
            "only 127.0.0.1 exists: add addresses to the loopback interface for --network",
        )
    return "loopback", True, "all of 127.0.0.0/8 is this machine"


def directory(data: Path) -> tuple[str, bool, str]:
    place = data if data.exists() else next(p for p in data.absolute().parents if p.exists())
    if not os.access(place, os.W_OK):
        return "data", False, f"{place} cannot be written"
    free = shutil.disk_usage(place).free // 1024**2
    return "data", free > 100, f"{data}, {free} MB free"


def tool(name: str, what: str, how: str) -> tuple[str, bool, str]:
    if path := shutil.which(name):
        return name, True, path
    return name, False, f"not here ({what}); {how}"
