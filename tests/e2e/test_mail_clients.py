"""Other people's mail programs: each sends or reads through one instance, unmodified, over TLS."""

from __future__ import annotations

import hashlib
import imaplib
import mailbox
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import thunderbird
from tests.e2e.starting import FORECOURT, listeners, running

pytestmark = pytest.mark.e2e

NUMBER = 71
HOST = f"127.{NUMBER}.0.1"
ALICE, BOB, PASSWORD = "alice@jpub.co.kr", "bob@example.org", "pw"
WITHIN = 30.0  # seconds
ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-e2e" / "bin" / "python"


@dataclass
class Post:
    """The instance, and a folder for each client's own files."""

    instance: dict[str, Any]
    folder: Path

    @property
    def root(self) -> Path:
        return Path(self.instance["data"]) / "tls" / "root.pem"

    def port(self, name: str) -> int:
        return listeners(self.instance)[name][1]

    def imap(self, user: str = ALICE) -> imaplib.IMAP4:
        context = ssl.create_default_context(cafile=str(self.root))
        context.check_hostname = False
        client = imaplib.IMAP4_SSL(HOST, self.port("imaps"), ssl_context=context)
        client.login(user, PASSWORD)
        return client

    def put(self, subject: str, user: str = ALICE, box: str = "INBOX") -> None:
        """Let a message lie in a mailbox."""
        text = f"From: {BOB}\r\nTo: {user}\r\nSubject: {subject}\r\nMessage-ID: <{time.time_ns()}@t>\r\n\r\n{subject}.\r\n"
        with self.imap(user) as client:
            client.append(box, "", "", text.encode())

    def subjects(self, user: str = ALICE, box: str = "INBOX", flag: str = "ALL") -> list[str]:
        with self.imap(user) as client:
            client.select(box, readonly=True)
            _, (numbers,) = client.search(None, flag)
            found = []
            for number in numbers.split():
                _, data = client.fetch(number.decode(), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
                assert isinstance(data[0], tuple)
                found.append(data[0][1].decode().strip().removeprefix("Subject: "))
            return found

    def arrives(self, subject: str, user: str = BOB) -> None:
        eventually(lambda: subject in self.subjects(user))


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WITHIN
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("clients")
    with running(folder / "data", NUMBER, "--testing") as instance:
        for address in (ALICE, BOB):
            words = ["mailbox", "add", address, "--password", PASSWORD, "--data", instance["data"]]
            subprocess.run([*FORECOURT, *words], check=True, capture_output=True, timeout=60)
        yield Post(instance, folder)


def run(
    post: Post, command: list[str], text: str = "", ok: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """A client, with a home of its own."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    home = post.folder / "home"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "SSL_CERT_FILE": str(post.root), "TERM": "dumb"}
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert done.returncode in ok, (
        command,
        done.returncode,
        done.stdout[-2000:],
        done.stderr[-2000:],
    )
    return done


def letter(subject: str) -> str:
    return f"From: {ALICE}\nTo: {BOB}\nSubject: {subject}\n\nHello from {subject}.\n"


def file(post: Post, name: str, text: str) -> str:
    """A private configuration file."""
    path = post.folder / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


# ----- that send


def test_swaks(post: Post) -> None:
    for port, how in (("submission", ["--tls"]), ("submissions", ["--tls-on-connect"])):
        run(
            post,
            ["swaks", "--server", HOST, "--port", str(post.port(port)), *how, "--auth", "PLAIN",
             "--auth-user", ALICE, "--auth-password", PASSWORD, "--from", ALICE, "--to", BOB,
             "--header", f"Subject: swaks {port}", "--body", "hi"],
        )  # fmt: skip
        post.arrives(f"swaks {port}")


def test_msmtp(post: Post) -> None:
    config = file(
        post,
        "msmtprc",
        f"account default\nhost mail.jpub.co.kr\nport {post.port('submission')}\ntls on\nauth on\n"
        f"user {ALICE}\npassword {PASSWORD}\nfrom {ALICE}\ntls_trust_file {post.root}\n"
        f"tls_host_override mail.jpub.co.kr\n".replace("host mail.jpub.co.kr", f"host {HOST}"),
    )
    run(post, ["msmtp", "-C", config, BOB], letter("msmtp"))
    post.arrives("msmtp")


def test_curl(post: Post) -> None:
    secure = ["--cacert", str(post.root), "--user", f"{ALICE}:{PASSWORD}", "-sS"]

    def at(name: str) -> list[str]:
        return [
            *secure,
            "--connect-to",
            f"mail.jpub.co.kr:{post.port(name)}:{HOST}:{post.port(name)}",
        ]

    path = file(post, "curl.txt", letter("curl").replace("\n", "\r\n"))
    url = f"smtps://mail.jpub.co.kr:{post.port('submissions')}"
    run(
        post,
        ["curl", *at("submissions"), url, "--mail-from", ALICE, "--mail-rcpt", BOB, "-T", path],
    )
    url = f"smtp://mail.jpub.co.kr:{post.port('submission')}"
    run(
        post,
        [
            "curl",
            *at("submission"),
            "--ssl-reqd",
            url,
            "--mail-from",
            ALICE,
            "--mail-rcpt",
            BOB,
            "-T",
            path,
        ],
    )
    post.arrives("curl")
    post.put("for curl")
    url = f"imaps://mail.jpub.co.kr:{post.port('imaps')}/INBOX?SUBJECT%20%22for%20curl%22"
    assert "* SEARCH " in run(post, ["curl", *at("imaps"), url]).stdout
    url = f"pop3s://mail.jpub.co.kr:{post.port('pop3s')}/1"
    assert "Subject: " in run(post, ["curl", *at("pop3s"), url]).stdout


# ----- that read, and keep a copy


def test_fetchmail(post: Post) -> None:
    post.put("for fetchmail")
    into = post.folder / "fetched"
    for protocol, port in (("imap", "imaps"), ("pop3", "pop3s")):
        config = file(
            post,
            "fetchmailrc",
            f'poll {HOST} service {post.port(port)} protocol {protocol} username "{ALICE}" password'
            f' "{PASSWORD}" keep fetchall ssl sslcertfile {post.root} sslcommonname mail.forecourt.cloud'
            f' mda "cat >> {into}"\n',
        )
        into.write_text("")
        run(post, ["fetchmail", "-f", config, "--nodetach", "--nosyslog"])
        assert "Subject: for fetchmail" in into.read_text()


def test_getmail(post: Post) -> None:
    post.put("for getmail")
    for kind, port in (("SimplePOP3SSLRetriever", "pop3s"), ("SimpleIMAPSSLRetriever", "imaps")):
        into, state = post.folder / f"getmail-{port}", post.folder / f"state-{port}"
        state.mkdir()
        file(
            post,
            f"state-{port}/rc",
            f"[retriever]\ntype = {kind}\nserver = {HOST}\nport = {post.port(port)}\n"
            f"username = {ALICE}\npassword = {PASSWORD}\nca_certs = {post.root}\n"
            f"[destination]\ntype = MDA_external\npath = /usr/bin/tee\narguments = ('-a', '{into}')\n"
            "allow_root_commands = true\nignore_stderr = true\n[options]\nread_all = true\ndelete = false\n",
        )
        run(post, ["getmail", "--getmaildir", str(state), "--rcfile", "rc"])
        assert "Subject: for getmail" in into.read_text()


def test_mbsync_keeps_two_sides_alike(post: Post) -> None:
    post.put("from the server")
    there = post.folder / "mbsync"
    there.mkdir()
    # It compares a certificate with the name it connects to alone; so openssl looks at it here.
    connect = f"openssl s_client -quiet -verify_return_error -CAfile {post.root} -connect {HOST}:{post.port('imaps')}"
    config = file(
        post,
        "mbsyncrc",
        f'IMAPAccount a\nTunnel "{connect}"\nUser {ALICE}\nPass {PASSWORD}\nSSLType None\nAuthMechs LOGIN\n\n'
        f"IMAPStore far\nAccount a\n\nMaildirStore near\nPath {there}/\nInbox {there}/INBOX\n"
        "SubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX Sent\nCreate Both\n"
        "Expunge Both\nSyncState *\n",
    )
    sync = ["mbsync", "-c", config, "c"]
    run(post, sync)
    near = mailbox.Maildir(there / "INBOX", create=False)
    known = {each["Subject"]: key for key, each in near.items()}
    assert "from the server" in known
    near.add(mailbox.MaildirMessage(letter("from the client").encode()))
    seen = near.get_message(known["from the server"])
    seen.set_subdir("cur")
    seen.add_flag("S")
    near[known["from the server"]] = seen
    run(post, sync)
    assert "from the client" in post.subjects()
    assert "from the server" in post.subjects(flag="SEEN")
    with post.imap() as client:
        client.select()
        _, (number,) = client.search(None, "SUBJECT", '"from the client"')
        client.store(number.decode(), "+FLAGS", "(\\Deleted)")
        client.expunge()
    run(post, sync)
    assert "from the client" not in [each["Subject"] for each in mailbox.Maildir(there / "INBOX")]


def fingerprint(post: Post) -> str:
    """Of the certificate that is shown where no name is asked for."""
    shown = ssl.get_server_certificate((HOST, post.port("imaps")), ca_certs=str(post.root))
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()


def test_offlineimap(post: Post) -> None:
    post.put("for offlineimap", box="Archive")
    there = post.folder / "offline"
    config = file(
        post,
        "offlineimaprc",
        f"[general]\naccounts = a\nmetadata = {post.folder}/offline-meta\n[Account a]\nlocalrepository = l\n"
        f"remoterepository = r\n[Repository l]\ntype = Maildir\nlocalfolders = {there}\n[Repository r]\n"
        f"type = IMAP\nremotehost = {HOST}\nremoteport = {post.port('imaps')}\nssl = yes\nstarttls = no\n"
        f"cert_fingerprint = {fingerprint(post)}\nremoteuser = {ALICE}\nremotepass = {PASSWORD}\n"
        "folderfilter = lambda name: name in ('INBOX', 'Archive')\n",
    )
    run(post, ["offlineimap", "-o", "-u", "basic", "-c", config], ok=(0, 1))
    assert "for offlineimap" in [each["Subject"] for each in mailbox.Maildir(there / "Archive")]
    mailbox.Maildir(there / "Archive").add(mailbox.MaildirMessage(letter("offline up").encode()))
    run(post, ["offlineimap", "-o", "-u", "basic", "-c", config], ok=(0, 1))
    assert "offline up" in post.subjects(box="Archive")


# ----- that people read with


@pytest.mark.parametrize("program", ["neomutt", "mutt"])
def test_mutt_reads_and_writes(post: Post, program: str) -> None:
    config = file(
        post,
        f"{program}rc",
        f"set ssl_force_tls=yes\nset certificate_file={post.root}\nset ssl_verify_host=no\n"
        f"set imap_user={ALICE}\nset imap_pass={PASSWORD}\nset folder=imaps://{HOST}:{post.port('imaps')}/\n"
        f"set spoolfile=+INBOX\nset record=+Sent\nset from={ALICE}\nset smtp_pass={PASSWORD}\n"
        f"set smtp_url=smtps://alice%40jpub.co.kr@{HOST}:{post.port('submissions')}/\nset quit=yes\n"
        "set wait_key=no\nset delete=yes\nset header_cache=\n",
    )
    subject = f"by {program}"
    run(post, [program, "-F", config, "-s", subject, BOB], f"Hello from {program}.\n")
    post.arrives(subject)
    if program == "mutt":  # neomutt keeps no copy over IMAP when nobody is at the screen
        eventually(lambda: subject in post.subjects(box="Sent"))
    post.put(f"for {program}")
    push = (
        f"push '<limit>~s \"for {program}\"<enter><first-entry><save-message>=Archive<enter><quit>'"
    )
    script = f"set confirmappend=no\nset confirmcreate=no\n{push}\n"
    reading = file(post, f"{program}read", Path(config).read_text() + script)
    run(post, ["script", "-qec", f"{program} -F {reading}", "/dev/null"], ok=(0, 1))
    assert f"for {program}" in post.subjects(box="Archive")


# ----- that programs read with


def python(post: Post, module: str, text: str) -> str:
    """What a library of PyPI's says."""
    if not PYTHON.exists():
        pytest.skip("the clients of `make e2e` are not installed")
    head = (
        f"import ssl\ncontext = ssl.create_default_context(cafile={str(post.root)!r})\n"
        f"context.check_hostname = False\nhost, port = {HOST!r}, {post.port('imaps')}\n"
        f"user, password = {ALICE!r}, {PASSWORD!r}\n"
    )
    return run(post, [str(PYTHON), "-c", head + text]).stdout


def test_imapclient(post: Post) -> None:
    post.put("for imapclient")
    said = python(
        post,
        "imapclient",
        """
from imapclient import IMAPClient
with IMAPClient(host, port, ssl_context=context) as client:
    client.login(user, password)
    client.select_folder("INBOX")
    (uid, *_) = client.search(["SUBJECT", "for imapclient"])
    found = client.fetch([uid], ["ENVELOPE", "BODYSTRUCTURE", "FLAGS", "BODY[]", "INTERNALDATE"])[uid]
    print(found[b"ENVELOPE"].subject.decode(), found[b"BODYSTRUCTURE"][0])
    client.add_flags([uid], ["\\\\Flagged", "$Label"])
    print(sorted(client.get_flags([uid])[uid]))
    client.idle()
    client.append("INBOX", b"Subject: x\\r\\n\\r\\n")
""".replace('    client.append("INBOX"', '    client.idle_done()\n    client.append("INBOX"')
        + """
    client.create_folder("한글/폴더")
    print([name for _, _, name in client.list_folders("한글", "*")], client.find_special_folder(b"\\\\Sent"))
    client.move([uid], "한글/폴더")
    print(client.folder_status("한글/폴더", ["MESSAGES"]), client.get_quota_root("INBOX")[0].quota_roots)
""",
    )
    assert "for imapclient b'text'" in said or "for imapclient text" in said
    assert '"한글/폴더"] Sent' in said.replace("'", '"') and "b'MESSAGES': 1" in said


def test_imap_tools(post: Post) -> None:
    post.put("for imap-tools")
    said = python(
        post,
        "imap_tools",
        """
from imap_tools import AND, MailBox, MailMessageFlags
with MailBox(host, port, ssl_context=context).login(user, password) as box:
    (found,) = box.fetch(AND(subject="for imap-tools"), mark_seen=False)
    print(found.subject, found.from_, found.text.strip(), found.flags)
    box.flag(found.uid, [MailMessageFlags.ANSWERED], True)
    box.copy(found.uid, "Archive")
    print([each.name for each in box.folder.list()], box.folder.status("Archive")["MESSAGES"] > 0)
    box.delete(found.uid)
    print(len(list(box.fetch(AND(subject="for imap-tools")))))
""",
    )
    assert f"for imap-tools {BOB} for imap-tools. (" in said
    assert "'Trash'" in said and said.endswith("] True\n0\n")


def test_aioimaplib(post: Post) -> None:
    post.put("for aioimaplib")
    said = python(
        post,
        "aioimaplib",
        """
import asyncio, smtplib
from aioimaplib import aioimaplib

async def main():
    client = aioimaplib.IMAP4_SSL(host, port, ssl_context=context)
    await client.wait_hello_from_server()
    await client.login(user, password)
    await client.select()
    waiting = await client.idle_start(timeout=20)
    other = aioimaplib.IMAP4_SSL(host, port, ssl_context=context)
    await other.wait_hello_from_server()
    await other.login(user, password)
    await other.append(b"Subject: pushed\\r\\n\\r\\nhi\\r\\n", "INBOX")
    while True:
        lines = await client.wait_server_push(20)
        if any(b"EXISTS" in line for line in lines):
            break
    client.idle_done()
    await asyncio.wait_for(waiting, 10)
    answer = await client.uid_search('SUBJECT "for aioimaplib"', charset=None)
    print(answer.result, answer.lines[0])
    await other.logout()
    await client.logout()

asyncio.run(main())
""",
    )
    assert said.startswith("OK b'")


def test_thunderbird(post: Post) -> None:
    if why := thunderbird.missing():
        pytest.skip(why)
    post.put("for thunderbird")
    account = thunderbird.Account(
        HOST, post.port("imaps"), post.port("submissions"), ALICE, PASSWORD, post.root
    )
    with thunderbird.thunderbird(post.folder / "thunderbird", account) as window:
        window.run(f"server.password = {PASSWORD!r}; server.performExpand(null);")
        window.run(OPEN_INBOX)
        assert "for thunderbird" in window.run(SUBJECTS)
        assert "for thunderbird." in window.run(READ)
        window.run(MARK_READ)
        eventually(lambda: "for thunderbird" in post.subjects(flag="SEEN"))
        post.put("while it looks")
        window.run(OPEN_INBOX)
        assert "while it looks" in window.run(SUBJECTS)
        window.run(send_script("by thunderbird"))
        post.arrives("by thunderbird")
        eventually(lambda: "by thunderbird" in post.subjects(box="Sent"))


FIND = """
const inbox = await until(() => server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox));
const find = subject => [...inbox.messages].find(m => m.mime2DecodedSubject == subject);
"""
OPEN_INBOX = (
    FIND
    + """
await new Promise((resolve, reject) => inbox.getNewMessages(null, {
  OnStartRunningUrl() {}, OnStopRunningUrl(url, status) { status ? reject(status) : resolve(); }}));
return inbox.getTotalMessages(false);
"""
)
SUBJECTS = FIND + "return [...inbox.messages].map(m => m.mime2DecodedSubject);"
READ = (
    FIND
    + """
const message = find("for thunderbird");
const uri = inbox.getUriForMsg(message);
return await new Promise((resolve, reject) => {
  let text = "";
  MailServices.messageServiceFromURI(uri).streamMessage(uri, {
    QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
    onStartRequest() {}, onStopRequest(request, status) { status ? reject(status) : resolve(text); },
    onDataAvailable(request, stream, offset, count) {
      const input = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
      input.init(stream); text += input.read(count); }}, null, null, false, "", false); });
"""
)
MARK_READ = FIND + 'inbox.markMessagesRead([find("for thunderbird")], true);'


def send_script(subject: str) -> str:
    return f"""
const identity = account.defaultIdentity;
MailServices.outgoingServer.getServerByKey("smtp1").password = {PASSWORD!r};
const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
fields.from = {ALICE!r}; fields.to = {BOB!r}; fields.subject = {subject!r};
fields.body = "Hello.\\r\\n";
const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
params.composeFields = fields; params.identity = identity;
params.type = Ci.nsIMsgCompType.New; params.format = Ci.nsIMsgCompFormat.PlainText;
const compose = Cc["@mozilla.org/messengercompose/compose;1"].createInstance(Ci.nsIMsgCompose);
compose.initialize(params);
await compose.sendMsg(Ci.nsIMsgSend.nsMsgDeliverNow, identity, "account1", null, null);
"""
