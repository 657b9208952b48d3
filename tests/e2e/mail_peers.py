"""A real Postfix and a real Dovecot on an address of their own, out of private folders.

    with postfix(folder, "127.72.0.99", resolver="127.72.0.2"), dovecot(folder, "127.72.0.99"):
        ...                                    # bob@gmail.test, whose password is PASSWORD, has mail

Postfix delivers into Maildirs that Dovecot serves.  Nothing outside the folder is touched: names are
asked of a resolver that only Postfix's own mount namespace knows.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

DOMAIN, USER, PASSWORD = "gmail.test", "bob", "pw-bob"
READY_WITHIN = 20.0  # seconds
STOPS = 6
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{domain}
mydomain = {domain}
myorigin = {domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = {address}
mynetworks = {address}/32 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks reject_unauth_destination
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {user}@{domain}={user}/ }}
virtual_minimum_uid = 100
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
message_size_limit = 41943040
smtp_dns_support_level = enabled
smtp_host_lookup = dns
maillog_file = /dev/stdout
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtp_tls_security_level = may
"""
MASTER = """\
{address}:25 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """\
protocols = imap pop3
listen = {address}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 100
default_internal_user = {user}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 143
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = 110
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
mail_max_userip_connections = 2000
"""


def missing() -> str:
    """What keeps the peers from running; empty: nothing."""
    if os.geteuid():
        return "Postfix and Dovecot are started as root alone"
    absent = [name for name in ("postfix", "dovecot") if shutil.which(name, path=path()) is None]
    return f"{' and '.join(absent)} of Debian are not installed" if absent else ""


def path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def owner() -> tuple[int, int]:
    """Whose the Maildirs are."""
    found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


@contextmanager
def postfix(folder: Path, address: str, resolver: str = "") -> Iterator[Path]:
    """Postfix's log, from when it listens."""
    assert not listens(address, 25), f"somebody else listens on {address}:25"
    for name in ("queue", "data", "mail", "config"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    uid, gid = owner()
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", uid, gid)
    open_to_all(folder)
    values = {"folder": folder, "address": address, "domain": DOMAIN, "user": USER}
    (folder / "config" / "main.cf").write_text(MAIN.format(**values, uid=uid, gid=gid))
    (folder / "config" / "master.cf").write_text(MASTER.format(**values))
    (folder / "resolv.conf").write_text(f"nameserver {resolver or '127.0.0.1'}\n")
    run = ["postfix", "-c", str(folder / "config")]
    start = f"mount --bind {folder}/resolv.conf /etc/resolv.conf && exec {' '.join(run)} start-fg"
    environment = os.environ | {"PATH": path()}
    log = folder / "mail.log"
    with open(log, "ab") as output:
        process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", start],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
        )  # fmt: skip
    try:
        wait_for(address, 25)
        yield log
    finally:
        stop = [*run, "stop"]
        subprocess.run(stop, capture_output=True, timeout=60, env=environment, check=False)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:  # it has much left to deliver
            os.kill(int((folder / "queue" / "pid" / "master.pid").read_text()), signal.SIGKILL)
            process.kill()
            process.wait()


def end(process: subprocess.Popen[bytes], stop: list[str], environment: dict[str, str]) -> None:
    """Stop Postfix, also one that is only about to start: to that, one stop says nothing."""
    for _ in range(STOPS):
        subprocess.run(stop, capture_output=True, timeout=60, env=environment, check=False)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return
    process.wait(5)


@contextmanager
def dovecot(folder: Path, address: str) -> Iterator[Path]:
    """Dovecot's log, from when it listens."""
    assert not listens(address, 143), f"somebody else listens on {address}:143"
    (folder / "mail").mkdir(parents=True, exist_ok=True)
    uid, gid = owner()
    os.chown(folder / "mail", uid, gid)
    open_to_all(folder)
    values = {"folder": folder, "address": address, "password": PASSWORD, "uid": uid, "gid": gid}
    config = folder / "dovecot.conf"
    config.write_text(DOVECOT.format(**values, user="dovecot", login="dovenull"))
    command = ["dovecot", "-F", "-c", str(config)]
    with open(folder / "dovecot.out", "ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=os.environ | {"PATH": path()}
        )
    try:
        wait_for(address, 143)
        yield folder / "dovecot.log"
    finally:
        process.terminate()
        process.wait(20)


def open_to_all(folder: Path) -> None:
    """Let the servers' own users go through to a folder."""
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.geteuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o011)


def listens(address: str, port: int) -> bool:
    with closing(socket.socket()) as sock:
        return sock.connect_ex((address, port)) == 0


def wait_for(address: str, port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not listens(address, port):
        assert time.monotonic() < deadline, f"nobody listens on {address}:{port}"
        time.sleep(0.05)
