"""Mail that rules take, by SMTP: who may, what is added, and what is answered."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest

from forecourt.services.ses import received
from forecourt.store.tx import Tx
from tests.harness import World
from tests.roles.mail.conftest import ADDRESS, Running
from tests.services.ses.calls import verify
from tests.services.ses.managing import PASSWORD as IN
from tests.services.ses.managing import ingress_point, policy, rule_set
from tests.services.ses.receipts import rule

TEXT = "From: Bob <bob@far.test>\r\nTo: info@app.test\r\nSubject: Hello\r\n\r\nhi\r\n"


@pytest.fixture
def rules(world: World) -> Any:
    """An active rule set of a proven domain; its API."""
    ses = world.client("ses")
    ses.verify_domain_identity(Domain="app.test")
    verify(world, "app.test")
    ses.create_receipt_rule_set(RuleSetName="set")
    ses.set_active_receipt_rule_set(RuleSetName="set")
    return ses


def send(mail: Running, *to: str, text: str = TEXT) -> tuple[list[int], bytes]:
    """The answers to the recipients, and to the message."""
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"], timeout=20) as client:
        client.ehlo("far.test")
        client.mail("bob@far.test")
        codes = [client.rcpt(each)[0] for each in to]
        return codes, client.data(text)[1] if 250 in codes else b""


def kept(mail: Running) -> list[received.Received]:
    def read(tx: Tx) -> list[received.Received]:
        ids = [id for (id,) in tx.all("SELECT id FROM ses_received ORDER BY at")]
        return [found for id in ids if (found := received.find(tx, id)) is not None]

    return mail.store.read_now(read)


def content(mail: Running, of: received.Received) -> str:
    def read(tx: Tx) -> bytes:
        return bytes(tx.value("SELECT data FROM mail_content WHERE id = :id", id=of.content))

    return mail.store.read_now(read).decode()


def test_what_is_taken_is_kept_with_its_plan(mail: Running, rules: Any) -> None:
    rule(rules, "r", {"StopAction": {"Scope": "RuleSet"}}, Recipients=["info@app.test"])
    codes, said = send(mail, "info+x@app.test", "other@app.test")
    assert codes == [250, 550]
    (found,) = kept(mail)
    assert said.decode().endswith(found.id)
    assert found.recipients == ["info+x@app.test"]
    assert found.verdicts["spam"] == found.verdicts["virus"] == "GRAY"
    assert found.plan[0]["Action"] == {"StopAction": {"Scope": "RuleSet"}}
    text = content(mail, found)
    assert text.startswith("Return-Path: <bob@far.test>\r\nReceived: from far.test")
    assert "X-SES-Virus-Verdict: GRAY\r\nX-SES-RECEIPT: " in text
    assert text.endswith(TEXT)


def test_results_that_claim_to_be_ours_are_taken_out(mail: Running, rules: Any) -> None:
    rule(rules, "r")
    forged = f"Authentication-Results: {mail.config.mail_host}; spf=pass forged\r\n" + TEXT
    send(mail, "info@app.test", text=forged)
    (found,) = kept(mail)
    assert "forged" not in content(mail, found)


def test_filters_and_tls(mail: Running, rules: Any) -> None:
    rule(rules, "r", TlsPolicy="Require")
    assert send(mail, "info@app.test")[0] == [530]
    rules.update_receipt_rule(RuleSetName="set", Rule={"Name": "r", "Enabled": True})
    rules.create_receipt_filter(
        Filter={"Name": "f", "IpFilter": {"Policy": "Block", "Cidr": "127.0.0.0/8"}}
    )
    assert send(mail, "info@app.test")[0] == [550]
    rules.delete_receipt_filter(FilterName="f")
    assert send(mail, "info@app.test")[0] == [250]
    assert len(kept(mail)) == 1


def test_rules_and_mailboxes_at_once(mail: Running, rules: Any) -> None:
    """Each recipient's mail goes where it is taken."""
    rule(rules, "r")
    mail.person("bob@example.org")
    codes, _ = send(mail, "info@app.test", "bob@example.org")
    assert codes == [250, 250]
    assert [each.recipients for each in kept(mail)] == [["info@app.test"]]

    def stored(tx: Tx) -> int:
        return int(tx.value("SELECT count(*) FROM mail_message"))

    assert mail.store.read_now(stored) == 1


def test_what_mailboxes_refuse_no_rule_takes(mail: Running, rules: Any) -> None:
    """The answer is about all recipients: nothing is done of what was refused."""
    rule(rules, "r")
    mail.person("bob@example.org")
    mail.names.add("_dmarc.far.test", "TXT", '"v=DMARC1; p=reject"')
    codes, said = send(mail, "info@app.test", "bob@example.org")
    assert codes == [250, 250]
    assert b"DMARC" in said.upper()
    assert kept(mail) == []


def test_scanners_that_do_not_answer(mail: Running, rules: Any) -> None:
    rule(rules, "r", ScanEnabled=True)
    send(mail, "info@app.test")
    assert kept(mail)[0].verdicts["spam"] == "GRAY"  # nobody was asked


# ----- Mail Manager


def sign_in(mail: Running, id: str, password: str) -> smtplib.SMTP:
    client = smtplib.SMTP(ADDRESS, mail.ports["submission"], timeout=20)
    client.ehlo("far.test")
    try:
        client.login(id, password)
    except smtplib.SMTPAuthenticationError:
        client.close()
        raise
    return client


def about(recipient: str, kind: str = "RECIPIENT") -> dict[str, Any]:
    evaluated = {"Attribute": kind}
    return {
        "StringExpression": {"Evaluate": evaluated, "Operator": "ENDS_WITH", "Values": [recipient]}
    }


def test_an_ingress_points_policy_and_rules(world: World, mail: Running) -> None:
    manager = world.client("mailmanager")
    allowed = policy(manager, {"Action": "DENY", "Conditions": [about("@denied.test")]})
    dropped = {"Conditions": [about("drop@app.test")], "Actions": [{"Drop": {}}]}
    header = {"AddHeader": {"HeaderName": "X-A", "HeaderValue": "b"}}
    about_bob = {"Conditions": [about("bob@far.test", "FROM")], "Actions": [header]}
    rules = rule_set(manager, dropped, about_bob)
    id = ingress_point(manager, allowed, rules)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        sign_in(mail, id, f"{IN}x")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        sign_in(mail, "inp-nobody", IN)
    with sign_in(mail, id, IN) as client:
        client.mail("bob@far.test")
        whom = ("x@denied.test", "drop@app.test", "a@app.test", "b@app.test")
        assert [client.rcpt(each)[0] for each in whom] == [550, 250, 250, 250]
        said = client.data(TEXT)[1].decode()
    (found,) = kept(mail)
    assert said.endswith(found.id)
    assert found.recipients == ["a@app.test", "b@app.test"]
    assert [list(each["Action"]) for each in found.plan] == [["AddHeaderAction"]]
    assert found.plan[0]["Recipients"] == ["a@app.test", "b@app.test"]
    text = content(mail, found)
    assert text.startswith("Return-Path: <bob@far.test>\r\nReceived: from far.test")
    assert text.endswith(TEXT)
    manager.update_traffic_policy(TrafficPolicyId=allowed, MaxMessageSizeBytes=10)
    with sign_in(mail, id, IN) as client:
        client.mail("bob@far.test")
        client.rcpt("a@app.test")
        assert client.data(TEXT)[0] == 552
    manager.update_ingress_point(IngressPointId=id, TlsPolicy="REQUIRED")
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        sign_in(mail, id, IN)
    assert refused.value.smtp_code == 530
