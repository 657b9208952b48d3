"""Messages as they leave: built of their parts, or taken as they are and put right.

Header fields never have an end of line in their values, whatever was given.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Any

from forecourt.planes.mail import mime
from forecourt.planes.mail.addresses import BadAddress
from forecourt.planes.mail.addresses import key as checked_address

from .stored import BAD, Complaint

LARGEST = 40 * 1024 * 1024  # bytes: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
CONTROLS = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
)  # and half characters
FIELD_NAME = re.compile(r"[!-9;-~]{1,126}\Z")
POLICY = SMTP.clone(max_line_length=76)
# Fields that we set, and those that are for us alone.
OURS = ("date", "message-id", "return-path", "bcc")
FOR_US = (
    "x-ses-configuration-set", "x-ses-message-tags", "x-ses-source-arn", "x-ses-from-arn",
    "x-ses-return-path-arn", "x-ses-list-management-options",
)  # fmt: skip
RESERVED = frozenset((*OURS, "from", "to", "cc", "subject", "reply-to", "mime-version"))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a simple message is made of."""

    sender: str  # as the From field has it
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: Sequence[tuple[str, str]] = ()
    attachments: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A message without its signatures, and what its events say of it."""

    content: bytes  # with CRLF
    headers: list[dict[str, str]] = field(default_factory=list)
    common: dict[str, Any] = field(default_factory=dict)


LISTS = ("ToAddresses", "CcAddresses", "BccAddresses")


def lists_of(destination: Mapping[str, Any] | None) -> tuple[list[str], list[str], list[str]]:
    """To, Cc and Bcc of a Destination."""
    to, cc, bcc = ((destination or {}).get(name, []) for name in LISTS)
    return to, cc, bcc


def new_id(now: datetime) -> str:
    return f"0100{int(now.timestamp() * 1000):012x}-{uuid.uuid4()}-000000"


def address_of(text: str) -> str:
    """The address in a mailbox.  Complaint."""
    if CONTROLS.search(text):
        raise Complaint(BAD, "Control or non-ASCII characters are not allowed in an address.")
    _, address = parseaddr(text)
    try:
        if not address:
            raise BadAddress(text)
        checked_address(address)
    except BadAddress:
        if "@" not in text:
            raise Complaint(BAD, "Missing final '@domain'") from None
        raise Complaint(BAD, f"Illegal address: {text[:100]}") from None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def mailbox(text: str) -> Address:
    """A mailbox as a header has it."""
    name, _ = parseaddr(text)
    address = address_of(text)
    return Address(display_name=clean(name, "name"), addr_spec=address)


def clean(text: str, what: str) -> str:
    if CONTROLS.search(text):
        raise Complaint(BAD, f"Control characters are not allowed in the {what}.")
    return text


def build(parts: Parts, id: str, host: str, now: datetime) -> Built:
    """Complaint."""
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox(parts.sender)
    for name, given in (("To", parts.to), ("Cc", parts.cc), ("Reply-To", parts.reply_to)):
        if given:
            message[name] = [mailbox(each) for each in given]
    message["Subject"] = clean(parts.subject, "subject")
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{id}@{host}>"
    for name, value in parts.headers:
        if FIELD_NAME.match(name) is None or name.lower() in RESERVED:
            raise Complaint(BAD, f"The header {name[:100]} may not be given.")
        message[name] = clean(value, "header")
    if parts.text or not parts.html:
        message.set_content(parts.text, cte="quoted-printable" if parts.text else None)
        if parts.html:
            message.add_alternative(parts.html, subtype="html", cte="quoted-printable")
    else:
        message.set_content(parts.html, subtype="html", cte="quoted-printable")
    for each in parts.attachments:
        attach(message, each)
    content = message.as_bytes()
    if len(content) > LARGEST:
        raise Complaint(BAD, f"Message length is more than {LARGEST} bytes long: '{len(content)}'.")
    return told(content)


def attach(message: EmailMessage, given: Mapping[str, Any]) -> None:
    kind = given.get("ContentType") or "application/octet-stream"
    main, slash, sub = kind.partition("/")
    if not slash or CONTROLS.search(kind) or CONTROLS.search(given["FileName"]):
        raise Complaint(BAD, "An attachment has no valid type or name.")
    message.add_attachment(
        given["RawContent"],
        maintype=main,
        subtype=sub.partition(";")[0].strip(),
        filename=given["FileName"],
        disposition=str(given.get("ContentDisposition", "ATTACHMENT")).lower(),
        cid=f"<{given['ContentId']}>" if given.get("ContentId") else None,
    )


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it came, split into its fields and its body."""

    fields: list[tuple[str, bytes]]  # names in lower case; whole fields
    body: bytes
    settings: dict[str, str]  # the fields for us
    sender: str
    recipients: list[str]


def read(content: bytes) -> Raw:
    """A raw message.  Complaint."""
    if len(content) > LARGEST:
        raise Complaint(BAD, f"Message length is more than {LARGEST} bytes long: '{len(content)}'.")
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    end = mime.header_end(content)
    fields: list[tuple[str, bytes]] = []
    settings: dict[str, str] = {}
    for found in mime.FIELD.finditer(content[:end]):
        raw = found[0]
        name = raw.partition(b":")[0].strip().decode("latin-1").lower()
        value = mime.text(raw.partition(b":")[2]).strip()
        if name in FOR_US:
            settings[name] = value
        fields.append((name, raw))
    values = {name: mime.text(raw.partition(b":")[2]) for name, raw in fields}
    if "from" not in values:
        raise Complaint(BAD, "Missing required header 'From'.")
    if sum(name == "from" for name, _ in fields) > 1:
        raise Complaint(BAD, "Duplicate header 'From'.")
    sender = address_of(unfolded(values["from"]))
    listed = getaddresses([unfolded(values[n]) for n in ("to", "cc", "bcc") if n in values])
    recipients = [address_of(address) for _, address in listed if address]
    return Raw(fields, content[end:].removeprefix(b"\r\n"), settings, sender, recipients)


def unfolded(text: str) -> str:
    return re.sub(r"\r?\n[ \t]", " ", text).strip()


def put_right(raw: Raw, id: str, host: str, now: datetime) -> Built:
    """A raw message as it leaves: our date and id, and nothing that was for us."""
    kept = [field_ for name, field_ in raw.fields if name not in (*OURS, *FOR_US)]
    ours = f"Date: {format_datetime(now)}\r\nMessage-ID: <{id}@{host}>\r\n".encode()
    return told(b"".join(kept) + ours + b"\r\n" + raw.body)


def told(content: bytes) -> Built:
    """A message, and what its events say of its header."""
    headers: list[dict[str, str]] = []
    common: dict[str, Any] = {}
    for found in mime.FIELD.finditer(content[: mime.header_end(content)]):
        name = found[0].partition(b":")[0].strip().decode("latin-1")
        value = mime.decoded(unfolded(mime.text(found[0].partition(b":")[2])))
        headers.append({"name": name, "value": value})
        match name.lower():
            case "from" | "to" | "cc" | "reply-to":
                key = "replyTo" if name.lower() == "reply-to" else name.lower()
                common[key] = [each.strip() for each in value.split(",")]
            case "subject" | "date" | "message-id":
                common[{"message-id": "messageId"}.get(name.lower(), name.lower())] = value
    return Built(content, headers, common)


def changed(
    content: bytes,
    html: Callable[[str], str],
    text: Callable[[str], str],
    fields: Sequence[tuple[str, str]],
) -> bytes:
    """A message with other texts, and with some fields in place of its own of that name."""
    message = message_from_bytes(content, policy=compat32.clone(linesep="\r\n", max_line_length=0))
    for part in message.walk():
        change = {"text/html": html, "text/plain": text}.get(part.get_content_type())
        if change is None or part.get_content_disposition() == "attachment":
            continue
        charset = part.get_content_charset("utf-8")
        payload = part.get_payload(decode=True)
        try:
            before = bytes(payload).decode(charset)
        except (LookupError, ValueError):
            continue
        if (after := change(before)) != before:
            del part["Content-Transfer-Encoding"]
            part.set_payload(after, "utf-8")
    for name, value in fields:
        del message[name]
        message[name] = value
    return message.as_bytes()


def list_of(text: str) -> tuple[str, str]:
    """X-SES-LIST-MANAGEMENT-OPTIONS: a list, and a topic where one is given."""
    name, _, rest = text.partition(";")
    _, _, topic = rest.partition("=")
    return name.strip().strip("{}"), topic.strip().strip("{}")


def tags_of(text: str) -> dict[str, str]:
    """X-SES-MESSAGE-TAGS: a=b, c=d."""
    found = {}
    for each in text.split(","):
        name, equals, value = each.strip().partition("=")
        if name and equals:
            found[name.strip()] = value.strip()
    return found


def listed(addresses: Iterable[str]) -> list[str]:
    """Addresses, each once.  Complaint."""
    return list(dict.fromkeys(address_of(each) for each in addresses))
