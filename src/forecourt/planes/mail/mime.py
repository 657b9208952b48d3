"""Where the parts of a message lie in its bytes, and what its header says (RFC 5322, RFC 2045, RFC 2046).

Nothing is decoded or rewritten: IMAP hands out parts byte for byte.  Parameters and addresses are read by
the standard library; what it does not have is where a part begins and ends.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from inspect import signature

DEEPEST = 30  # levels
MOST_PARTS = 2000  # of a message; what lies beyond is part of the last
MOST_FIELDS = 2000
# Newer patch releases of Python read addresses strictly unless told otherwise.
LENIENT: dict[str, bool] = (
    {"strict": False} if "strict" in signature(getaddresses).parameters else {}
)
PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
GROUP = re.compile(r"\s*([^:;<>@,\"()]+):([^;]*);\s*\Z")  # RFC 5322 §3.4
NO_DOMAIN = "MISSING_DOMAIN"
LONGEST_PARAMETERS = 4096  # characters that are read of a field's parameters
LONGEST_WORDS = 20_000  # and of encoded words
LONGEST_LIST = 100_000  # bytes of a header field whose addresses are read
FIELD = re.compile(rb"(?:\A|(?<=\r\n))([!-9;-~]+)[ \t]*:(.*(?:\r\n[ \t].*)*)(?:\r\n|\Z)")
END = re.compile(rb"\r\n\r\n|\A\r\n")

Fields = Sequence[tuple[str, bytes]]  # names in lower case, values with their folding


@dataclass(slots=True)
class Part:
    """One entity: its header is content[start:body], its body content[body:end]."""

    start: int
    body: int
    end: int
    fields: Fields
    type: str = "text"
    subtype: str = "plain"
    parameters: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)  # of a multipart
    message: Part | None = None  # of a message/rfc822

    def value(self, name: str) -> str:
        return text(first(self.fields, name))


def scan(content: bytes) -> Part:
    """The parts of a message."""
    return _entity(content, 0, len(content), 0, [MOST_PARTS], "text/plain")


def _entity(
    content: bytes, start: int, end: int, depth: int, left: list[int], default: str
) -> Part:
    body = header_end(content, start, end)
    part = Part(start, body, end, fields(content[start:body]))
    left[0] -= 1
    part.type, part.subtype, part.parameters = content_type(part.value("content-type"), default)
    deep = depth >= DEEPEST or left[0] <= 0
    if part.type == "multipart":
        boundary = next((v for k, v in part.parameters if k == "boundary"), "")
        spans = [] if deep or not boundary else list(_spans(content, body, end, boundary, left[0]))
        if not spans:  # RFC 2046 §5.1.1: at least one part
            part.type, part.subtype, part.parameters = "text", "plain", []
            return part
        inner = "message/rfc822" if part.subtype == "digest" else "text/plain"  # §5.1.5
        part.parts = [_entity(content, *span, depth + 1, left, inner) for span in spans]
    elif part.type == "message" and part.subtype == "rfc822":
        if deep:
            part.type, part.subtype = "application", "octet-stream"
        else:
            part.message = _entity(content, body, end, depth + 1, left, "text/plain")
    return part


def _spans(
    content: bytes, start: int, end: int, boundary: str, most: int
) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart are (RFC 2046 §5.1.1)."""
    name = re.escape(boundary.encode("utf-8", "surrogateescape"))
    line = re.compile(rb"(?:\A|\r\n)--" + name + rb"(--)?[ \t]*(?=\r\n|\Z)")
    # The line end before the first may be that of the header.
    begin, count = None, 0
    at = max(start - 2, 0)
    while (found := line.search(content, at, end)) is not None and count < most:
        if begin is not None:
            yield begin, max(found.start(), begin)
            count += 1
        if found[1]:
            return
        begin = min(found.end() + 2, end)
        at = found.end()
    if begin is not None:  # the closing line is missing
        yield begin, end


def header_end(content: bytes, start: int = 0, end: int | None = None) -> int:
    """Where the body starts: after the empty line."""
    end = len(content) if end is None else end
    if content.startswith(b"\r\n", start, end):
        return start + 2
    found = content.find(b"\r\n\r\n", start, end)
    return end if found < 0 else found + 4


def fields(header: bytes) -> Fields:
    found = []
    for matched in FIELD.finditer(header):
        found.append((matched[1].decode("ascii").lower(), matched[2]))
        if len(found) >= MOST_FIELDS:
            break
    return found


def first(known: Fields, name: str) -> bytes:
    return next((value for each, value in known if each == name), b"")


def present(known: Fields, name: str) -> bytes | None:
    """The same; None where the field is not there at all."""
    return next((value for each, value in known if each == name), None)


def text(value: bytes) -> str:
    """A header field's value without its folding."""
    return value.replace(b"\r\n", b"").decode("utf-8", "surrogateescape").strip()


def content_type(value: str, default: str) -> tuple[str, str, list[tuple[str, str]]]:
    """RFC 2045 §5.1, §5.2"""
    kind, parameters = with_parameters(value)
    main, slash, sub = (kind or default).lower().partition("/")
    if not slash or not main or not sub:
        return "text", "plain", []
    if main == "text" and not value:
        parameters = [("charset", "us-ascii")]
    return main.strip(), sub.strip(), parameters


def with_parameters(value: str) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the parameters, and these as they stand: RFC 2231's are the client's to read."""
    value = value[:LONGEST_PARAMETERS]
    kind, _, rest = value.partition(";")
    found = [
        (matched[1].lower(), unquoted(matched[2].strip()))
        for matched in PARAMETER.finditer(";" + rest)
    ]
    return kind.strip(), found


def unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def decoded(value: str) -> str:
    """A value with its encoded words read (RFC 2047)."""
    value = value[:LONGEST_WORDS]
    if "=?" not in value:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    except (HeaderParseError, ValueError):
        return value
    out = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            out.append(piece)
            continue
        try:
            out.append(piece.decode(charset or "ascii", "replace"))
        except (LookupError, ValueError):  # no text encoding of Python's, or one that is strict
            out.append(piece.decode("utf-8", "replace"))
    return "".join(out)


def address_list(value: bytes) -> list[tuple[str, str, str]]:
    """Names, local parts and domains of a field's addresses."""
    said = text(value[:LONGEST_LIST])
    try:
        pairs = getaddresses([said], **LENIENT)
    except RecursionError:  # the library's, by comments in comments
        return []
    found = []
    for name, address in pairs:
        if address:
            local, _, domain = address.rpartition("@")
            found.append((name, unquoted(local) or domain, domain if local else ""))
    return found


def date(value: bytes) -> datetime | None:
    """A Date field (RFC 5322 §3.3)."""
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        found = parsedate_to_datetime(text(value))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


# ----- as IMAP writes it


def string(value: str | bytes | None) -> bytes:
    """An nstring: quoted where it can be, else a literal (RFC 3501 §4.3)."""
    if value is None:
        return b"NIL"
    raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if len(raw) < 1000 and raw.isascii() and not UNQUOTABLE.search(raw):
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    raw = raw.replace(b"\0", b"")
    return b"{%d}\r\n%b" % (len(raw), raw)


UNQUOTABLE = re.compile(rb"[\x00\r\n\x80-\xff]")


def envelope(known: Fields) -> bytes:
    """ENVELOPE (RFC 3501 §7.4.2)."""
    origin = first(known, "from")
    people = [
        origin,
        first(known, "sender") or origin,
        first(known, "reply-to") or origin,
        *(first(known, name) for name in ("to", "cc", "bcc")),
    ]
    plain = ("date", "subject"), ("in-reply-to", "message-id")
    before, after = (
        [string(None if (value := present(known, name)) is None else text(value)) for name in names]
        for names in plain
    )
    return b"(" + b" ".join((*before, *map(_people, people), *after)) + b")"


def _people(value: bytes) -> bytes:
    if not value:
        return b"NIL"
    group = GROUP.match(text(value[:LONGEST_LIST]))
    found = address_list(group[2].encode("utf-8", "surrogateescape") if group else value)
    if not found and not group:
        return b"NIL"
    # A host that is NIL would say that a group begins.
    written = [
        b"(%b NIL %b %b)" % (string(name or None), string(local), string(domain or NO_DOMAIN))
        for name, local, domain in found
    ]
    if group:
        start = b"(NIL NIL %b NIL)" % string(group[1].strip())
        written = [start, *written, b"(NIL NIL NIL NIL)"]
    return b"(" + b"".join(written) + b")"


def structure(content: bytes, part: Part, *, extended: bool = True) -> bytes:
    """BODYSTRUCTURE, or BODY (RFC 3501 §7.4.2)."""
    if part.parts:
        inner = b"".join(structure(content, each, extended=extended) for each in part.parts)
        several = inner + b" " + string(part.subtype)
        if extended:
            several += b" " + b" ".join((_pairs(part.parameters), *_extension(part)))
        return b"(" + several + b")"
    size = part.end - part.body
    said = [
        string(part.type),
        string(part.subtype),
        _pairs(part.parameters),
        string(part.value("content-id") or None),
        string(part.value("content-description") or None),
        string(part.value("content-transfer-encoding") or "7bit"),
        b"%d" % size,
    ]
    if part.message is not None:
        inside = part.message
        said += [envelope(inside.fields), structure(content, inside, extended=extended)]
    if part.message is not None or part.type == "text":
        said.append(b"%d" % lines(content, part))
    if extended:
        said += [string(part.value("content-md5") or None), *_extension(part)]
    return b"(" + b" ".join(said) + b")"


def lines(content: bytes, part: Part) -> int:
    count = content.count(b"\n", part.body, part.end)
    unended = part.end > part.body and not content.endswith(b"\n", part.body, part.end)
    return count + unended


def _pairs(parameters: Sequence[tuple[str, str]]) -> bytes:
    if not parameters:
        return b"NIL"
    return b"(" + b" ".join(string(each) for pair in parameters for each in pair) + b")"


def _extension(part: Part) -> tuple[bytes, bytes, bytes]:
    """Disposition, language, location."""
    kind, parameters = with_parameters(part.value("content-disposition"))
    disposition = b"(%b %b)" % (string(kind), _pairs(parameters)) if kind else b"NIL"
    languages = [each.strip() for each in part.value("content-language").split(",") if each.strip()]
    language = b"(" + b" ".join(map(string, languages)) + b")" if languages else b"NIL"
    return disposition, language, string(part.value("content-location") or None)


# ----- one section of a message


def numbered(part: Part, number: int) -> Part | None:
    """The part of a number inside another (RFC 3501 §6.4.5)."""
    inside = part.message if part.message is not None else part
    if inside.parts:
        return inside.parts[number - 1] if 0 < number <= len(inside.parts) else None
    return part.message if number == 1 else None


def topmost(message: Part, number: int) -> Part | None:
    """The same of a whole message: one that is no multipart is its own part 1."""
    if message.parts:
        return numbered(message, number)
    return message if number == 1 else None


def section(
    content: bytes,
    numbers: Sequence[int],
    what: str,
    names: Sequence[str],
    tree: Part | None = None,
) -> bytes | None:
    """BODY[...]'s bytes; None where there is no such part.  `tree` is the message's, where it is known."""
    if not numbers and what == "":
        return content
    part: Part | None = Part(0, header_end(content), len(content), ())
    if numbers:
        part = tree if tree is not None else scan(content)
        part = topmost(part, numbers[0])
        for number in numbers[1:]:
            part = numbered(part, number) if part is not None else None
        if part is None:
            return None
        if what in ("HEADER", "TEXT", "HEADER.FIELDS", "HEADER.FIELDS.NOT"):
            if part.message is None:  # only messages have a header of their own: RFC 3501 §6.4.5
                return None
            part = part.message
    assert part is not None
    header = content[part.start : part.body]
    match what:
        case "":
            return content[part.body : part.end]
        case "MIME" | "HEADER":
            return header
        case "TEXT":
            return content[part.body : part.end]
        case _:
            return selected(header, names, inverted=what.endswith("NOT"))


def selected(header: bytes, names: Sequence[str], *, inverted: bool) -> bytes:
    """Some of a header's fields, as they stand, and the empty line."""
    wanted = {name.lower().encode() for name in names}
    kept = [
        matched[0] if matched[0].endswith(b"\r\n") else matched[0] + b"\r\n"
        for matched in FIELD.finditer(header)
        if (matched[1].lower() in wanted) != inverted
    ]
    return b"".join(kept) + b"\r\n"
