"""A mail from Alice to Bob: submitted, sent to the server that DNS names, and read by POP3 and IMAP."""

from __future__ import annotations

import email
import imaplib
import poplib
import smtplib
import ssl
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecourt.tour.certificates import zone_of
from forecourt.tour.internet import CONTACT, status
from forecourt.tour.names import clean_up, in_sync
from forecourt.tour.routing import wait_for

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Mail: from Alice to Bob"
PASSWORD = "Tour-password-1"
STRING = 255  # bytes of a string of a TXT record


def chapter(guide: Guide) -> None:
    domains, route53, workmail = (
        guide.client(each) for each in ("route53domains", "route53", "workmail")
    )
    label = guide.unique()
    name, zone, organization = f"{label}.co.kr", "", ""
    alice, bob = (f"{who}@{name}" for who in ("alice", "bob"))
    try:
        with guide.step(f"Register {name} and let its DNS say where its mail goes") as step:
            operation = domains.register_domain(
                DomainName=name, DurationInYears=1, AdminContact=CONTACT,
                RegistrantContact=CONTACT, TechContact=CONTACT,
            )["OperationId"]  # fmt: skip
            wait_for(lambda: status(domains, operation) == "SUCCESSFUL")
            zone = zone_of(route53, name)
            organization = workmail.create_organization(
                Alias=label, Domains=[{"DomainName": name}]
            )["OrganizationId"]
            shown = workmail.get_mail_domain(OrganizationId=organization, DomainName=name)
            in_sync(route53, zone, [created(record) for record in shown["Records"]])
            shown = wait_for(lambda: proven(workmail, organization, name))
            kinds = ", ".join(f"{each['Type']} {each['Hostname']}" for each in shown["Records"])
            step.evidence = f"{kinds}\nownership {shown['OwnershipVerificationStatus']}, DKIM {shown['DkimVerificationStatus']}"
        with guide.step("Give Alice and Bob mailboxes") as step:
            for address in (alice, bob):
                person(workmail, organization, address)
            step.evidence = f"{alice} and {bob} can sign in with any mail program"
        with guide.step("Alice submits to her server, which finds Bob's by its MX") as step:
            step.evidence = submit(guide, alice, bob)
        with guide.step(
            "Bob reads it in place, by IMAP: who sent it was proven on the way"
        ) as step:
            message = wait_for(lambda: by_imap(guide, bob, "Lunch?"))
            step.evidence = " ".join(message["Authentication-Results"].split()).replace("; ", "\n")
        with guide.step("Bob downloads it, by POP3") as step:
            step.evidence = by_pop3(guide, bob)
        with guide.step("Alice writes to nobody: she is told at once") as step:
            step.evidence = submit(guide, alice, f"nobody@{name}", refused=True)
    finally:
        if organization:
            workmail.delete_organization(
                OrganizationId=organization, DeleteDirectory=True, ForceDelete=True
            )
        if zone:
            domains.delete_domain(DomainName=name)
            clean_up(route53, zone)


def proven(workmail: Any, organization: str, name: str) -> Any:
    """What is shown of a domain, once its DNS was found to say what it is to say."""
    shown = workmail.get_mail_domain(OrganizationId=organization, DomainName=name)
    statuses = {shown[f"{what}VerificationStatus"] for what in ("Ownership", "Dkim")}
    return shown if statuses == {"VERIFIED"} else None


def created(record: dict[str, str]) -> dict[str, Any]:
    """A record of GetMailDomain as Route 53 takes it."""
    value = record["Value"]
    if record["Type"] == "TXT":
        parts = (value[at : at + STRING] for at in range(0, len(value), STRING))
        value = " ".join(f'"{part}"' for part in parts)
    rrset = {
        "Name": record["Hostname"],
        "Type": record["Type"],
        "TTL": 60,
        "ResourceRecords": [{"Value": value}],
    }
    return {"Action": "UPSERT", "ResourceRecordSet": rrset}


def person(workmail: Any, organization: str, address: str) -> None:
    name = address.partition("@")[0]
    made = workmail.create_user(
        OrganizationId=organization, Name=name, DisplayName=name.title(), Password=PASSWORD
    )["UserId"]
    workmail.register_to_work_mail(OrganizationId=organization, EntityId=made, Email=address)


def trusting(guide: Guide) -> ssl.SSLContext:
    """A context that believes our authority; it is asked for by address, so not for a name."""
    root = Path(guide.instance["data"]) / "tls" / "root.pem"
    context = ssl.create_default_context(cafile=str(root))
    context.check_hostname = False
    return context


def submit(guide: Guide, sender: str, to: str, *, refused: bool = False) -> str:
    """Send a message as a mail program does; what the server said last."""
    text = f"From: {sender}\r\nTo: {to}\r\nSubject: Lunch?\r\n\r\nAt noon.\r\n"
    with smtplib.SMTP(*guide.listener("submission")) as client:
        client.starttls(context=trusting(guide))
        client.login(sender, PASSWORD)
        client.mail(sender)
        code, said = client.rcpt(to)
        if refused:
            if code != 550:
                raise AssertionError(f"{to} was answered {code} {said!r}")
            return f"{code} {said.decode()}"
        code, said = client.data(text)
        return f"over {client.sock.version()}: {code} {said.decode()}"  # type: ignore[union-attr]


def by_imap(guide: Guide, user: str, subject: str) -> Message | None:
    with imaplib.IMAP4_SSL(*guide.listener("imaps"), ssl_context=trusting(guide)) as client:
        client.login(user, PASSWORD)
        client.select()
        _, (found,) = client.search(None, "SUBJECT", f'"{subject}"')
        if not found:
            return None
        _, data = client.fetch(found.split()[0].decode(), "(BODY[])")
        return email.message_from_bytes(data[0][1]) if isinstance(data[0], tuple) else None


def by_pop3(guide: Guide, user: str) -> str:
    client = poplib.POP3_SSL(*guide.listener("pop3s"), context=trusting(guide))
    try:
        client.user(user)
        client.pass_(PASSWORD)
        count, size = client.stat()
        last = b"\n".join(client.retr(count)[1]).decode().partition("\n\n")[2]
        client.dele(count)
    finally:
        client.quit()
    return f"{count} message, {size} bytes: {last.strip()!r}, and deleted"
