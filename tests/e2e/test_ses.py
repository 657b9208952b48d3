"""SES with other people's clients, from a domain's CNAMEs to the mailbox, and back by a webhook."""

from __future__ import annotations

import email
import imaplib
import json
import re
import shutil
import smtplib
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from forecourt.services.ses.smtp import password_of
from tests.e2e.starting import FORECOURT, client_of, environment_of, listeners, running

pytestmark = pytest.mark.e2e

NUMBER = 82
HOST = f"127.{NUMBER}.0.1"
BOB, PASSWORD = "bob@people.test", "a-long-password"
BIN = Path(__file__).parents[2] / ".venv-e2e/bin"
SCRIPT = Path(__file__).with_name("ses_clients.py")
WITHIN = 30.0


@dataclass
class Shop:
    """An application's account: its domain is proven, and somebody has a mailbox."""

    instance: dict[str, Any]
    environment: dict[str, str]
    posts: list[dict[str, Any]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return client_of(self.environment, service)

    def port(self, name: str) -> int:
        return listeners(self.instance)[name][1]

    @property
    def tls(self) -> ssl.SSLContext:
        root = Path(self.instance["data"]) / "tls" / "root.pem"
        found = ssl.create_default_context(cafile=str(root))
        found.check_hostname = False
        return found

    def inbox(self) -> list[EmailMessage]:
        where = listeners(self.instance)["imaps"]
        with imaplib.IMAP4_SSL(*where, ssl_context=self.tls) as client:
            client.login(BOB, PASSWORD)
            client.select("INBOX", readonly=True)
            _, (numbers,) = client.search(None, "ALL")
            found = []
            for number in numbers.split():
                _, data = client.fetch(number.decode(), "(BODY.PEEK[])")
                assert isinstance(data[0], tuple)
                found.append(email.message_from_bytes(data[0][1], policy=policy.default))
            return found

    def arrives(self, subject: str) -> EmailMessage:
        def look() -> EmailMessage | None:
            return next((each for each in self.inbox() if each["Subject"] == subject), None)

        found: EmailMessage = eventually(look)
        return found

    def events(self, kind: str, id: str) -> list[dict[str, Any]]:
        """What the webhook was told of a message."""
        told = [json.loads(json.loads(each["body"])["Message"]) for each in self.posts
                if each["headers"]["x-amz-sns-message-type"] == "Notification"]  # fmt: skip
        return [e for e in told if e.get("eventType") == kind and e["mail"]["messageId"] == id]

    def comes(self, kind: str, id: str) -> dict[str, Any]:
        """An event that must come, and once."""
        (found,) = eventually(lambda: self.events(kind, id))
        return dict(found)


def eventually(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + WITHIN
    while not (found := look()):
        assert time.monotonic() < end, "that did not come about"
        time.sleep(0.05)
    return found


def forecourt(*words: str) -> None:
    subprocess.run([*FORECOURT, *words], capture_output=True, timeout=60, check=True)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    data = tmp_path_factory.mktemp("ses") / "data"
    data.mkdir(mode=0o700)
    (data / "forecourt.toml").write_text("[gateway]\naws_names = true\n")
    posts: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            posts.append({"headers": headers, "body": body})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    webhook = ThreadingHTTPServer((f"127.{NUMBER}.9.9", 0), Handler)
    thread = threading.Thread(target=webhook.serve_forever, args=(0.05,))
    thread.start()
    with running(data, NUMBER, "--testing") as instance:
        found = Shop(instance, environment_of(instance), posts)
        forecourt("mailbox", "add", BOB, "--password", PASSWORD, "--data", str(data))
        prove(found, data)
        tell(found, f"http://127.{NUMBER}.9.9:{webhook.server_port}/")
        yield found
    webhook.shutdown()
    webhook.server_close()
    thread.join()


def prove(shop: Shop, data: Path) -> None:
    """A domain, by its CNAMEs in Route 53; and the way out of the sandbox."""
    with shop.client("route53") as route53, shop.client("sesv2") as sesv2:
        zone = route53.create_hosted_zone(Name="app.test", CallerReference="a")["HostedZone"]["Id"]
        forecourt("zone", "delegate", "app.test", "--data", str(data))
        made = sesv2.create_email_identity(EmailIdentity="app.test")
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": f"{token}._domainkey.app.test", "Type": "CNAME", "TTL": 60,
                    "ResourceRecords": [{"Value": f"{token}.dkim.amazonses.com"}],
                },
            }
            for token in made["DkimAttributes"]["Tokens"]
        ]  # fmt: skip
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
        eventually(
            lambda: sesv2.get_email_identity(EmailIdentity="app.test")["VerifiedForSendingStatus"]
        )
        sesv2.put_account_details(
            MailType="TRANSACTIONAL", WebsiteURL="https://app.test", ProductionAccessEnabled=True
        )


def tell(shop: Shop, url: str) -> None:
    """A configuration set whose events go to a topic, and from there to a webhook."""
    with shop.client("sns") as sns, shop.client("sesv2") as sesv2:
        topic = sns.create_topic(Name="mail")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        asked = eventually(lambda: shop.posts and json.loads(shop.posts[0]["body"]))
        sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
        sesv2.create_configuration_set(ConfigurationSetName="shop")
        sesv2.create_configuration_set_event_destination(
            ConfigurationSetName="shop", EventDestinationName="webhook",
            EventDestination={
                "Enabled": True, "SnsDestination": {"TopicArn": topic},
                "MatchingEventTypes": [
                    "SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "OPEN", "CLICK", "RENDERING_FAILURE",
                    "REJECT", "DELIVERY_DELAY", "SUBSCRIPTION",
                ],
            },
        )  # fmt: skip
        sesv2.create_email_template(
            TemplateName="greeting",
            TemplateContent={"Subject": "Hello {{name}}", "Text": "Dear {{name}}"},
        )


def send(shop: Shop, to: str, subject: str, **options: Any) -> str:
    with shop.client("sesv2") as sesv2:
        content = options.pop(
            "Content",
            {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "text"}}}},
        )
        answer = sesv2.send_email(
            FromEmailAddress="Shop <shop@app.test>", Destination={"ToAddresses": [to]},
            Content=content, ConfigurationSetName="shop", **options,
        )  # fmt: skip
        return str(answer["MessageId"])


def story(shop: Shop, name: str, **arguments: Any) -> Any:
    done = subprocess.run(
        [str(BIN / "python"), str(SCRIPT), name, json.dumps(arguments)],
        env={**shop.environment, "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_message_arrives_signed_twice(shop: Shop) -> None:
    id = send(shop, BOB, "signed")
    message = shop.arrives("signed")
    results = " ".join(message.get_all("Authentication-Results", []))
    assert len(re.findall(r"dkim=pass header\.d=(app\.test|amazonses\.com)", results)) == 2
    assert "spf=pass" in results
    delivery = shop.comes("Delivery", id)["delivery"]
    assert delivery["recipients"] == [BOB]
    assert delivery["smtpResponse"].startswith("250 ")


def test_the_loop(shop: Shop) -> None:
    """Bounce, complaint, open, click and rendering failure each come once, and anymail knows them."""
    bounced = send(shop, "nobody@people.test", "bounced")
    bounce = shop.comes("Bounce", bounced)["bounce"]
    assert (bounce["bounceType"], bounce["bouncedRecipients"][0]["status"]) == (
        "Permanent",
        "5.1.1",
    )
    html = '<p><a href="https://app.test/offer?x=1">An offer</a></p>'
    content = {
        "Simple": {"Subject": {"Data": "tracked"}, "Body": {"Html": {"Data": html}}},
    }
    tracked = send(shop, BOB, "", Content=content)
    body = shop.arrives("tracked").get_body(("html",))
    assert body is not None
    text = body.get_content()
    link, picture = re.findall(r'href="([^"]+)"', text)[0], re.findall(r'src="([^"]+)"', text)[0]
    assert opened(shop, picture)[0] == 200
    status, headers = opened(shop, link)
    assert (status, headers["location"]) == (302, "https://app.test/offer?x=1")
    assert shop.comes("Click", tracked)["click"]["link"] == "https://app.test/offer?x=1"
    assert shop.comes("Open", tracked)["open"]["ipAddress"]
    complained = send(shop, BOB, "disliked")
    shop.arrives("disliked")
    complain(shop, complained)
    complaint = shop.comes("Complaint", complained)["complaint"]
    assert complaint["complainedRecipients"] == [{"emailAddress": BOB}]
    with shop.client("sesv2") as sesv2:
        sesv2.delete_suppressed_destination(EmailAddress=BOB)
    failing = {"Template": {"TemplateName": "greeting", "TemplateData": "{}"}}
    failed = send(shop, BOB, "", Content=failing)
    failure = shop.comes("Rendering Failure", failed)["failure"]
    assert failure["errorMessage"] == "Attribute 'name' is not present in the rendering data."
    said = story(shop, "webhook", posts=[e for e in shop.posts if "eventType" in e["body"]])
    kinds = {(each["type"], each["id"]) for each in said}
    assert {("bounced", bounced), ("opened", tracked), ("clicked", tracked),
            ("complained", complained), ("failed", failed), ("delivered", tracked)} <= kinds  # fmt: skip


def opened(shop: Shop, url: str) -> tuple[int, dict[str, str]]:
    """A link as a browser opens it, whose host only our DNS knows; redirects are not followed."""
    import http.client

    path = url.partition("//")[2].partition("/")[2]
    connection = http.client.HTTPConnection(HOST, shop.port("public"), timeout=10)
    connection.request("GET", f"/{path.replace('&amp;', '&')}", headers={"User-Agent": "Browser"})
    with connection.getresponse() as answer:
        found = answer.status, {k.lower(): v for k, v in answer.headers.items()}
    connection.close()
    return found


def complain(shop: Shop, id: str) -> None:
    """As a mailbox provider reports it: RFC 5965."""
    report = (
        "From: fbl@people.test\r\nTo: complaints@amazonses.com\r\nSubject: a complaint\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSpam.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        f"User-Agent: Loop/1\r\nVersion: 1\r\nOriginal-Rcpt-To: {BOB}\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{id}@email.amazonses.com>\r\n\r\n"
        "--b--\r\n"
    )
    with smtplib.SMTP(HOST, shop.port("smtp"), timeout=20) as client:
        client.sendmail("fbl@people.test", ["complaints@amazonses.com"], report)


def test_a_bounce_by_mail(shop: Shop) -> None:
    """A server that took it tells later that it was not delivered: to the return path."""
    id = send(shop, BOB, "late")
    path = shop.arrives("late")["Return-Path"].strip("<>")
    assert path == f"{id}@amazonses.com"
    report = (
        f"From: MAILER-DAEMON@people.test\r\nTo: {path}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nfull\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.people.test\r\n\r\n"
        f"Final-Recipient: rfc822; {BOB}\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        "Diagnostic-Code: smtp; 552 5.2.2 full\r\n\r\n--b--\r\n"
    )
    with smtplib.SMTP(HOST, shop.port("smtp"), timeout=20) as client:
        client.sendmail("", [path], report)
    bounce = shop.comes("Bounce", id)["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "MailboxFull")


def test_one_click(shop: Shop) -> None:
    with shop.client("sesv2") as sesv2:
        sesv2.create_contact_list(ContactListName="readers")
        id = send(shop, BOB, "news", ListManagementOptions={"ContactListName": "readers"})
        link = shop.arrives("news")["List-Unsubscribe"].strip("<>")
        path = link.partition("//")[2].partition("/")[2]
        url = f"http://{HOST}:{shop.port('public')}/{path}"
        with urllib.request.urlopen(url, b"List-Unsubscribe=One-Click", timeout=10) as answer:
            assert answer.status == 200
        found = sesv2.get_contact(ContactListName="readers", EmailAddress=BOB)
        assert found["UnsubscribeAll"]
    event = shop.comes("Subscription", id)["subscription"]
    assert event["newTopicPreferences"]["unsubscribeAll"]
    again = send(shop, BOB, "more news", ListManagementOptions={"ContactListName": "readers"})
    shop.comes("Bounce", again)


def test_django(shop: Shop) -> None:
    assert story(shop, "django_ses", to=BOB)
    message = shop.arrives("by django-ses")
    assert [each.get_filename() for each in message.iter_attachments()] == ["a.txt"]
    plain, template = story(shop, "anymail", to=BOB, configuration_set="shop")
    shop.arrives("by anymail")
    shop.arrives("Hello Bob")
    for id in (plain, template):
        shop.comes("Delivery", id)


def test_the_cli(shop: Shop) -> None:
    for words in (
        ["ses", "send-email", "--from", "shop@app.test", "--to", BOB, "--subject", "by aws ses",
         "--text", "hi"],
        ["sesv2", "send-email", "--from-email-address", "shop@app.test", "--destination",
         f"ToAddresses={BOB}", "--content",
         "Simple={Subject={Data=by aws sesv2},Body={Text={Data=hi}}}"],
    ):  # fmt: skip
        done = subprocess.run(
            [str(BIN / "aws"), *words], env=shop.environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    shop.arrives("by aws ses")
    shop.arrives("by aws sesv2")


@pytest.fixture(scope="module")
def credentials(shop: Shop) -> tuple[str, str]:
    """Of a user who may send, as the console derives them."""
    with shop.client("iam") as iam:
        iam.create_user(UserName="mailer")
        statement = {"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(
            UserName="mailer", PolicyName="send", PolicyDocument=json.dumps(document)
        )
        key = iam.create_access_key(UserName="mailer")["AccessKey"]
    return key["AccessKeyId"], password_of(key["SecretAccessKey"], "us-east-1")


def test_smtplib(shop: Shop, credentials: tuple[str, str]) -> None:
    user, password = credentials
    with smtplib.SMTP(HOST, shop.port("submission"), timeout=20) as client:
        client.starttls(context=shop.tls)
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(user, password[:-4] + "AAA=")
        assert refused.value.smtp_code == 535
        assert client.login(user, password)[0] == 235
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "shop@app.test", BOB, "by smtplib"
        message["X-SES-CONFIGURATION-SET"] = "shop"
        message.set_content("hi")
        client.send_message(message)
        code, said = data(client, message, "x@elsewhere.test")
        assert code == 554
        assert said.decode().startswith("Message rejected: Email address is not verified.")
    arrived = shop.arrives("by smtplib")
    assert "X-SES-CONFIGURATION-SET" not in arrived
    shop.comes("Delivery", arrived["Message-ID"].strip("<>").partition("@")[0])


def data(client: smtplib.SMTP, message: EmailMessage, sender: str) -> tuple[int, bytes]:
    del message["From"]
    message["From"] = sender
    client.mail(sender)
    client.rcpt(BOB)
    return client.data(message.as_bytes(policy=policy.SMTP))


@pytest.mark.skipif(not shutil.which("swaks"), reason="swaks is not installed")
def test_swaks(shop: Shop, credentials: tuple[str, str]) -> None:
    user, password = credentials
    done = subprocess.run(
        ["swaks", "--server", HOST, "--port", str(shop.port("submission-2587")), "--tls",
         "--auth", "LOGIN", "--auth-user", user, "--auth-password", password,
         "--from", "shop@app.test", "--to", BOB, "--header", "Subject: by swaks", "--body", "hi"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert re.search(r"250 Ok 0100[0-9a-f]+-", done.stdout)
    shop.arrives("by swaks")


@pytest.mark.skipif(not shutil.which("msmtp"), reason="msmtp is not installed")
def test_msmtp(shop: Shop, credentials: tuple[str, str], tmp_path: Path) -> None:
    user, password = credentials
    root = Path(shop.instance["data"]) / "tls" / "root.pem"
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost {HOST}\nport {shop.port('submissions')}\nauth on\nuser {user}\n"
        f"password {password}\nfrom shop@app.test\ntls on\ntls_starttls off\n"
        f"tls_trust_file {root}\ntls_certcheck on\ntls_host_override mail.forecourt.cloud\n"
    )
    config.chmod(0o600)
    text = f"From: shop@app.test\nTo: {BOB}\nSubject: by msmtp\n\nhi\n"
    done = subprocess.run(
        ["msmtp", "-C", str(config), BOB], input=text, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shop.arrives("by msmtp")
