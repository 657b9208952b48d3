"""Mail under misfortune: processes that are killed, and a disk that fills."""

from __future__ import annotations

import imaplib
import os
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.starting import FORECOURT, listeners, running

pytestmark = pytest.mark.e2e

NUMBER = 73
BOB = "bob@example.org"
WITHIN = 30.0  # seconds


def test_what_was_acknowledged_survives_kill_9() -> None:
    words = [sys.executable, "-m", "bench.mail_crash", "--rounds", "6"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 48 MiB."""
    if os.geteuid():
        pytest.skip("only root can make a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, timeout=20, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, timeout=20, check=False)


def send(instance: dict[str, Any], number: int, size: int) -> int:
    """A message from elsewhere; the code of its answer."""
    text = f"Subject: m{number}\r\n\r\n" + "x" * 70 + "\r\n"
    text += ("y" * 70 + "\r\n") * (size // 72)
    with smtplib.SMTP(*listeners(instance)["smtp"], local_hostname="far.test") as client:
        try:
            client.sendmail("a@far.test", [BOB], text)
        except smtplib.SMTPResponseException as refused:
            return int(refused.smtp_code)
        except smtplib.SMTPRecipientsRefused as refused:
            return int(refused.recipients[BOB][0])
    return 250


def kept(instance: dict[str, Any]) -> set[str]:
    """The subjects of what is in the mailbox, each message read whole."""
    root = Path(instance["data"]) / "tls" / "root.pem"
    context = ssl.create_default_context(cafile=str(root))
    context.check_hostname = False
    with imaplib.IMAP4_SSL(*listeners(instance)["imaps"], ssl_context=context) as client:
        client.login(BOB, "pw")
        client.select(readonly=True)
        _, data = client.fetch("1:*", "(BODY.PEEK[])")
        contents = [part[1] for part in data if isinstance(part, tuple)]
    assert all(content.endswith(b"\r\n") for content in contents)
    return {content.partition(b"Subject: ")[2].split(b"\r\n")[0].decode() for content in contents}


@pytest.mark.parametrize("size", [2_000, 200_000])
def test_a_disk_that_fills_is_452_and_then_is_well(small: Path, size: int) -> None:
    with running(small / "data", NUMBER, "--testing") as instance:
        words = ["mailbox", "add", BOB, "--password", "pw", "--no-dns", "--data", instance["data"]]
        subprocess.run([*FORECOURT, *words], check=True, capture_output=True, timeout=60)
        assert send(instance, 0, size) == 250
        taken = {"m0"}
        free = os.statvfs(small).f_bavail * os.statvfs(small).f_frsize
        ballast = small / "ballast"
        ballast.write_bytes(bytes(max(free - 3 * size - 600_000, 0)))
        code = 250
        for number in range(1, 400):
            code = send(instance, number, size)
            if code != 250:
                break
            taken.add(f"m{number}")
        assert code == 452
        ballast.unlink()
        deadline = time.monotonic() + WITHIN
        while send(instance, 1000, size) != 250:
            assert time.monotonic() < deadline
        assert kept(instance) == taken | {"m1000"}
