"""Thunderbird without a screen, told what to do through Marionette.

with thunderbird(folder, account) as window:
    window.run("return MailServices.accounts.accounts.length;")
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PORT = 2828
READY_WITHIN = 60.0  # seconds
IMPORTS = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const done = arguments[arguments.length - 1];
const account = MailServices.accounts.getAccount("account1");
const server = account.incomingServer;
const until = async look => { for (let n = 0; n < 300; n++) {
  const found = await look(); if (found) return found;
  await new Promise(next => setTimeout(next, 100)); } throw new Error("it never came"); };
"""


@dataclass
class Account:
    host: str
    imap: int  # port, TLS
    smtp: int  # port, TLS
    user: str
    password: str
    root: Path  # the certificate of the authority


class Window:
    """A connection to Marionette, in the program's own context."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._buffer, self._count = sock, b"", 0
        self._message()

    def start(self) -> None:
        self.command(
            "WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}}
        )
        self.command("Marionette:SetContext", {"value": "chrome"})
        self.command("WebDriver:SetTimeouts", {"script": 45_000})

    def run(self, script: str) -> Any:
        """What an asynchronous script comes to; it has MailServices, server and until."""
        body = f"{IMPORTS} (async () => {{ {script} }})().then(done, e => done('error: ' + e + e.stack));"
        found = self.command("WebDriver:ExecuteAsyncScript", {"script": body, "args": []})["value"]
        assert not str(found).startswith("error:"), found
        return found

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        self._count += 1
        said = json.dumps([0, self._count, name, parameters]).encode()
        self._sock.sendall(b"%d:%b" % (len(said), said))
        _, _, error, result = self._message()
        assert error is None, error
        return result

    def _message(self) -> Any:
        while b":" not in self._buffer:
            self._more()
        length, _, rest = self._buffer.partition(b":")
        self._buffer = rest
        while len(self._buffer) < int(length):
            self._more()
        found, self._buffer = self._buffer[: int(length)], self._buffer[int(length) :]
        return json.loads(found)

    def _more(self) -> None:
        data = self._sock.recv(65536)
        assert data, "Thunderbird went away"
        self._buffer += data


def believe(root: Path) -> str:
    """What makes it trust an authority."""
    encoded = "".join(line for line in root.read_text().splitlines() if "-----" not in line)
    database = 'Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)'
    return f"{database}.addCertFromBase64({encoded!r}, 'C,,');"


def missing() -> str:
    return "" if shutil.which("thunderbird") else "thunderbird is not installed"


def preferences(account: Account) -> str:
    values: dict[str, Any] = {
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        "mail.identity.id1.fullName": "Alice",
        "mail.identity.id1.useremail": account.user,
        "mail.identity.id1.smtpServer": "smtp1",
        "mail.identity.id1.valid": True,
        "mail.server.server1.type": "imap",
        "mail.server.server1.hostname": account.host,
        "mail.server.server1.port": account.imap,
        "mail.server.server1.userName": account.user,
        "mail.server.server1.name": account.user,
        "mail.server.server1.socketType": 3,
        "mail.server.server1.authMethod": 3,
        "mail.server.server1.login_at_startup": False,
        "mail.smtpservers": "smtp1",
        "mail.smtpserver.smtp1.hostname": account.host,
        "mail.smtpserver.smtp1.port": account.smtp,
        "mail.smtpserver.smtp1.username": account.user,
        "mail.smtpserver.smtp1.try_ssl": 3,
        "mail.smtpserver.smtp1.authMethod": 3,
        "marionette.port": PORT,
        "app.donation.eoy.version.viewed": 999,
        "mail.rights.version": 1,
        "mailnews.start_page.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.enabled": False,
        "app.update.enabled": False,
        "network.connectivity-service.enabled": False,
        "mail.provider.suppress_dialog_on_startup": True,
        "security.enterprise_roots.enabled": False,
    }
    return "".join(f'user_pref("{name}", {json.dumps(value)});\n' for name, value in values.items())


@contextlib.contextmanager
def thunderbird(folder: Path, account: Account) -> Iterator[Window]:
    profile, home = folder / "profile", folder / "home"
    for each in (profile, home):
        each.mkdir(parents=True)
    (profile / "user.js").write_text(preferences(account))
    command = [
        "thunderbird",
        "--headless",
        "--no-remote",
        "--marionette",
        "--profile",
        str(profile),
    ]
    environment = {
        **os.environ,
        "HOME": str(home),
        "MOZ_HEADLESS": "1",
        "MOZ_REMOTE_ALLOW_SYSTEM_ACCESS": "1",
    }
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        with connected(process) as sock:
            window = Window(sock)
            window.start()
            window.run(believe(account.root))
            yield window
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def connected(process: subprocess.Popen[bytes]) -> Iterator[socket.socket]:
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            sock = socket.create_connection(("127.0.0.1", PORT), 60)
            break
        except OSError:
            assert process.poll() is None, "Thunderbird ended"
            assert time.monotonic() < deadline, "Thunderbird is not ready"
            time.sleep(0.1)
    with sock:
        yield sock
