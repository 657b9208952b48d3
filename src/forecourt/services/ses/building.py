"""Messages as they leave: built of their parts, or taken as they are and put right.

Header fields never have an end of line in their values, whatever was given.
"""

from __future__ import annotations

import quopri
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.encoders import encode_base64
from email.header import Header
from email.headerregistry import HeaderRegistry
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, getaddresses
from functools import lru_cache
from typing import Any

from forecourt.planes.mail import mime
from forecourt.planes.mail.addresses import BadAddress, domain_of, split

from .stored import BAD, Complaint

LARGEST, LARGEST_V1 = (
    40 * 1024 * 1024,
    10 * 1024 * 1024,
)  # bytes: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
CONTROLS = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
)  # and half characters
FIELD_NAME = re.compile(r"[!-9;-~]{1,126}\Z")
TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,254}\Z")  # RFC 6838 §4.2
CRLF, WIDTH, LONGEST_LINE, LONGEST_ADDRESS = "\r\n", 76, 998, 320
WIRE = compat32.clone(linesep=CRLF, max_line_length=0, mangle_from_=False)
# Fields that we set, and those that are for us alone.
OURS = ("date", "message-id", "return-path", "bcc")
FOR_US = (
    "x-ses-configuration-set", "x-ses-message-tags", "x-ses-source-arn", "x-ses-from-arn",
    "x-ses-return-path-arn", "x-ses-list-management-options",
)  # fmt: skip
# Of which a message has one at most (RFC 5322 §3.6, RFC 2045).
SINGLE = (
    "From", "Sender", "Reply-To", "To", "Cc", "Subject", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
)  # fmt: skip
RESERVED = frozenset((
    *OURS, *FOR_US, "from", "sender", "to", "cc", "subject", "reply-to", "mime-version", "received",
    "received-spf", "dkim-signature", "authentication-results", "content-type",
    "content-transfer-encoding", "content-disposition", "content-id",
))  # fmt: skip
RESERVED_PREFIXES = ("resent-", "arc-", "x-ses-")
CLAIMS = ("sender", "resent-from", "resent-sender")
LARGEST_HEADER, SMALL = 128 * 1024, 1024 * 1024  # bytes
MOST_PARTS = 1000
PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+\Z")
FIELDS = HeaderRegistry()


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
    """The address of one mailbox.  Complaint."""
    return parsed(text)[1]


def parsed(text: str) -> tuple[str, str]:
    """Name and address of exactly one mailbox, and of nothing besides (RFC 5322 §3.4).  Complaint."""
    if len(text) > LONGEST_ADDRESS:
        raise Complaint(
            BAD,
            f"Address length is more than {LONGEST_ADDRESS} characters long: '{text[:LONGEST_ADDRESS]}'.",
        )
    if CONTROLS.search(text):
        raise Complaint(BAD, "Local address contains control or whitespace")
    if PLAIN.match(text):
        return "", normal(text)
    if "@" not in text:
        raise Complaint(BAD, "Missing final '@domain'")
    try:
        header: Any = FIELDS("From", text)
        groups, defects = header.groups, header.defects
    except (ValueError, IndexError, AttributeError, RecursionError):
        raise Complaint(BAD, f"Invalid email address {text}.") from None
    if len(groups) != 1 or groups[0].display_name is not None or defects:
        raise Complaint(BAD, f"Invalid email address {text}.")
    (address,) = groups[0].addresses
    return clean(address.display_name, "name"), normal(address.addr_spec)


def normal(address: str) -> str:
    """An address as it is compared: its domain in lower case and A-labels.  Complaint."""
    local, at, domain = address.rpartition("@")
    if not at:
        raise Complaint(BAD, "Missing final '@domain'")
    if not domain:
        raise Complaint(BAD, "Missing domain")
    if not local:
        raise Complaint(BAD, "Missing local name")
    if not local.isascii():
        raise Complaint(BAD, "Local address contains control or whitespace")
    try:
        local, domain = split(address)
    except BadAddress:
        try:
            domain_of(domain)
        except BadAddress:
            raise Complaint(BAD, "Domain contains control or whitespace") from None
        raise Complaint(BAD, "Local address contains illegal character") from None
    return f"{local}@{domain}"


def mailbox(text: str) -> str:
    """A mailbox as a field has it."""
    name, address = parsed(text)
    if not name:
        return address
    if name.isascii():
        return formataddr((name, address))
    return f"{encoded(name)} <{address}>"


def encoded(text: str, start: int = 10) -> str:
    """Words as they are in a field (RFC 2047), the first of which begins at a column."""
    return Header(text, "utf-8", WIDTH, "x" * start).encode(linesep="\r\n")


def field_of(name: str, value: str) -> str:
    """A field, folded where it is long."""
    if value.isascii() and len(name) + len(value) < WIDTH:
        return f"{name}: {value}\r\n"
    charset = "us-ascii" if value.isascii() else "utf-8"
    return f"{name}: {Header(value, charset, WIDTH, name).encode(linesep=CRLF)}\r\n"


def clean(text: str, what: str) -> str:
    if CONTROLS.search(text):
        raise Complaint(BAD, f"Control characters are not allowed in the {what}.")
    return text


def build(parts: Parts, id: str, host: str, now: datetime) -> Built:
    """Complaint."""
    fields = [f"From: {mailbox(parts.sender)}\r\n"]
    for name, given in (("To", parts.to), ("Cc", parts.cc), ("Reply-To", parts.reply_to)):
        if given:
            listed_ = ",\r\n ".join(map(mailbox, given))
            fields.append(f"{name}: {listed_}\r\n")
    fields.append(field_of("Subject", clean(parts.subject, "subject")))
    fields.append(f"Date: {format_datetime(now)}\r\nMessage-ID: <{id}@{host}>\r\n")
    for name, value in parts.headers:
        plain = name.lower()
        if (
            FIELD_NAME.match(name) is None
            or plain in RESERVED
            or plain.startswith(RESERVED_PREFIXES)
        ):
            raise Complaint(BAD, f"The header {name[:100]} may not be given.")
        fields.append(field_of(name, clean(value, "header")))
    content = "".join(fields).encode() + body_of(parts).as_bytes(policy=WIRE)
    check_size(len(content), LARGEST)
    return told(content)


def body_of(parts: Parts) -> Message:
    """Text, HTML, both, and what is attached."""
    if parts.text and parts.html:
        body: Message = MIMEMultipart(
            "alternative", None, (text_part(parts.text, "plain"), text_part(parts.html, "html"))
        )
    elif parts.html:
        body = text_part(parts.html, "html")
    else:
        body = text_part(parts.text, "plain")
    if not parts.attachments:
        body["MIME-Version"] = body["MIME-Version"] or "1.0"
        return body
    return MIMEMultipart("mixed", None, (body, *map(attachment, parts.attachments)))


def text_part(text: str, kind: str) -> Message:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise Complaint(BAD, "The body has characters that are none.") from None
    part = MIMENonMultipart("text", kind, charset="utf-8")
    plain = (
        data.isascii() and b"\0" not in data and max(map(len, data.split(b"\n"))) <= LONGEST_LINE
    )
    part["Content-Transfer-Encoding"] = "7bit" if plain else "quoted-printable"
    part.set_payload(text if plain else quopri.encodestring(data).decode())
    return part


def attachment(given: Mapping[str, Any]) -> Message:
    kind = given.get("ContentType") or "application/octet-stream"
    main, slash, sub = kind.partition(";")[0].strip().partition("/")
    name, id = given["FileName"], given.get("ContentId", "")
    if not slash or TOKEN.match(main + sub) is None or CONTROLS.search(name + id):
        raise Complaint(BAD, "An attachment has no valid type or name.")
    if main.lower() in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    part = MIMEBase(main, sub)
    part.set_payload(given["RawContent"])
    encode_base64(part)
    filename: Any = name if name.isascii() else ("utf-8", "", name)
    disposition = str(given.get("ContentDisposition", "ATTACHMENT")).lower()
    part.add_header("Content-Disposition", disposition, filename=filename)
    if id:
        part["Content-ID"] = f"<{id}>"
    return part


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it came, split into its fields and its body."""

    fields: list[tuple[str, bytes]]  # names in lower case; whole fields
    content: bytes  # of which the body begins at `body`
    body: int
    settings: dict[str, str]  # the fields for us
    sender: str
    claims: tuple[str, ...]  # whom it says to be from, besides: Sender and Resent-*
    recipients: list[str]
    source: str  # From, as it is written


def check_size(size: int, most: int) -> None:
    if size > most:
        raise Complaint(BAD, f"Message length is more than {most} bytes long: '{size}'.")


def read(content: bytes) -> Raw:
    """A raw message.  Complaint."""
    return read_once(content) if len(content) <= SMALL else scanned(content)


@lru_cache(maxsize=16)
def read_once(content: bytes) -> Raw:
    """One request is asked for its message more than once."""
    return scanned(content)


def scanned(content: bytes) -> Raw:
    check_size(len(content), LARGEST)
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    end = mime.header_end(content)
    if end > LARGEST_HEADER:
        raise Complaint(BAD, f"The header is larger than {LARGEST_HEADER} bytes.")
    fields: list[tuple[str, bytes]] = []
    settings: dict[str, str] = {}
    for found in mime.FIELD.finditer(content[:end]):
        name, _, value = found[0].partition(b":")
        name = name.strip()
        plain = name.decode("latin-1").lower()
        if plain in FOR_US:
            settings[plain] = mime.text(value).strip()
        fields.append((plain, name + b":" + value))
    values = {name: unfolded(mime.text(raw.partition(b":")[2])) for name, raw in fields}
    if "from" not in values:
        raise Complaint(BAD, "Missing required header 'From'.")
    counted = Counter(name for name, _ in fields)
    for name_ in SINGLE:
        if counted[name_.lower()] > 1:
            raise Complaint(BAD, f"Duplicate header '{name_}'.")
    sender = address_of(values["from"])
    claims = tuple(address_of(values[name]) for name in CLAIMS if name in values)
    try:
        listed_ = getaddresses([values[n] for n in ("to", "cc", "bcc") if n in values])
    except RecursionError:
        raise Complaint(BAD, "The recipients cannot be read.") from None
    recipients = [address_of(address) for _, address in listed_ if address]
    start = end + 2 if content.startswith(b"\r\n", end) else end
    return Raw(fields, content, start, settings, sender, claims, recipients, values["from"])


def unfolded(text: str) -> str:
    return re.sub(r"\r?\n[ \t]", " ", text).strip()


def put_right(raw: Raw, id: str, host: str, now: datetime) -> Built:
    """A raw message as it leaves: our date and id, who sends as it was read, and nothing that was for us."""
    kept = [
        f"From: {mailbox(raw.source)}\r\n".encode() if name == "from" else field_
        for name, field_ in raw.fields
        if name not in (*OURS, *FOR_US)
    ]
    ours = f"Date: {format_datetime(now)}\r\nMessage-ID: <{id}@{host}>\r\n".encode()
    return told(b"".join(kept) + ours + b"\r\n" + raw.content[raw.body :])


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
    try:
        message = message_from_bytes(content, policy=WIRE)
    except RecursionError:
        raise Complaint(BAD, "The message has parts in too many parts.") from None
    for part in own_parts(message):
        change = {"text/html": html, "text/plain": text}.get(part.get_content_type())
        if change is None or part.get_content_disposition() == "attachment":
            continue
        charset = part.get_content_charset("utf-8")
        payload = part.get_payload(decode=True)
        try:
            before = bytes(payload).decode(charset)
        except (LookupError, ValueError):
            continue
        if (after := change(before)) != before and is_utf8(after):
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


def own_parts(message: Message) -> Iterator[Message]:
    """The parts that are the sender's own text: not what is signed, nor other messages within."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(), seen + 1
        if part.get_content_type() in ("multipart/signed", "multipart/encrypted", "message/rfc822"):
            continue
        inside = part.get_payload()
        if part.is_multipart() and isinstance(inside, list):
            waiting += [each for each in inside if isinstance(each, Message)]
        else:
            yield part


def is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def identity_of(raw: Raw) -> str:
    """The ARN of the identity that a raw message says it is sent from; empty: none."""
    return raw.settings.get("x-ses-from-arn", "") or raw.settings.get("x-ses-source-arn", "")


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
