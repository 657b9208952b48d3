"""Record values: from the API's text to wire form, refused in AWS's words.

The codes and texts for A, AAAA, MX, TXT and names are AWS's; those of the other types follow their
pattern (`<TYPE>RRDATA<problem> (<text>)`).
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from struct import pack

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from forecourt.planes.dns import wire

from .domain_names import BadName, parse_target

OCTAL = re.compile(r"\\([0-3][0-7]{2})|\\(.)", re.DOTALL)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s+|\Z)', re.DOTALL)
COUNTS = {2: "2", 3: "3", 4: "4", 6: "6", 7: "7"}
WORDS = {2: "Two", 3: "Three", 4: "Four", 6: "Six", 7: "Seven"}
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
SYNTAX = frozenset(";()")  # what means something in a zone file, and nothing here
LONGEST_STRING = 255


class BadValue(Exception):
    """A value that is not one of its type, in AWS's words."""

    def __init__(self, code: str, text: str, value: str) -> None:
        super().__init__(f"FATAL problem: {code} ({text}) encountered with '{value}'")


def to_wire(type_: str, value: str) -> bytes:
    """The rdata of a value.  BadValue or BadName."""
    return READERS[type_](value)


def read_a(value: str) -> bytes:
    try:
        return socket.inet_pton(socket.AF_INET, value)
    except (OSError, ValueError):
        text = "Value is not a valid IPv4 address"
        raise BadValue("ARRDATAIllegalIPv4Address", text, value) from None


def read_aaaa(value: str) -> bytes:
    try:
        return socket.inet_pton(socket.AF_INET6, value)
    except (OSError, ValueError):
        text = "Value is not a valid IPv6 address"
        raise BadValue("AAAARRDATAIllegalIPv6Address", text, value) from None


def read_name(value: str) -> bytes:
    return parse_target(value)


def read_mx(value: str) -> bytes:
    preference, exchange = fields("MX", value, 2)
    return pack(">H", number("MX", "Priority", preference, 16, value)) + parse_target(exchange)


def read_srv(value: str) -> bytes:
    *numbers, target = fields("SRV", value, 4)
    names = ("Priority", "Weight", "Port")
    parts = [number("SRV", n, v, 16, value) for n, v in zip(names, numbers, strict=True)]
    return pack(">HHH", *parts) + parse_target(target)


def read_soa(value: str) -> bytes:
    primary, mailbox, *numbers = fields("SOA", value, 7)
    names = ("Serial", "Refresh", "Retry", "Expire", "Minimum")
    parts = [number("SOA", n, v, 32, value) for n, v in zip(names, numbers, strict=True)]
    return parse_target(primary) + parse_target(mailbox) + pack(">5I", *parts)


def read_txt(value: str) -> bytes:
    return b"".join(bytes((len(s),)) + s for s in strings(value, value))


def read_caa(value: str) -> bytes:
    flags, tag, text = fields("CAA", value, 3, last_is_rest=True)
    if not re.fullmatch(r"[A-Za-z0-9]{1,15}", tag):
        raise BadValue("CAARRDATAIllegalTag", "Tag is not valid", value)
    (content,) = one_string(text, value)
    return pack(">BB", number("CAA", "Flags", flags, 8, value), len(tag)) + tag.encode() + content


def read_naptr(value: str) -> bytes:
    order, preference, rest = fields("NAPTR", value, 3, last_is_rest=True, wanted=6)
    texts, at = [], 0
    for _ in range(3):
        if (match := STRING.match(rest, at)) is None:
            raise BadValue(
                "InvalidCharacterString", "Value should be enclosed in quotation marks", value
            )
        texts.append(unescaped(match.group(1), value))
        at = match.end()
    if not rest[at:] or re.search(r"\s", rest[at:]):
        raise not_fields("NAPTR", 6, value)
    numbers = pack(
        ">HH",
        number("NAPTR", "Order", order, 16, value),
        number("NAPTR", "Preference", preference, 16, value),
    )
    return numbers + b"".join(bytes((len(t),)) + t for t in texts) + parse_target(rest[at:])


def read_ds(value: str) -> bytes:
    tag, algorithm, digest_type, digest = fields("DS", value, 4, last_is_rest=True)
    return pack(
        ">HBB",
        number("DS", "KeyTag", tag, 16, value),
        number("DS", "Algorithm", algorithm, 8, value),
        number("DS", "DigestType", digest_type, 8, value),
    ) + hexadecimal("DS", digest, value)


def read_sshfp(value: str) -> bytes:
    algorithm, kind, print_ = fields("SSHFP", value, 3, last_is_rest=True)
    return pack(
        ">BB",
        number("SSHFP", "Algorithm", algorithm, 8, value),
        number("SSHFP", "Type", kind, 8, value),
    ) + hexadecimal("SSHFP", print_, value)


def read_tlsa(value: str) -> bytes:
    usage, selector, matching, data = fields("TLSA", value, 4, last_is_rest=True)
    return pack(
        ">BBB",
        number("TLSA", "Usage", usage, 8, value),
        number("TLSA", "Selector", selector, 8, value),
        number("TLSA", "MatchingType", matching, 8, value),
    ) + hexadecimal("TLSA", data, value)


def service_binding(type_: str) -> Callable[[str], bytes]:
    def read(value: str) -> bytes:
        priority, target, rest, *_ = (*value.split(None, 2), "", "", "")
        number(type_, "Priority", priority, 16, value)
        if not SYNTAX.isdisjoint(QUOTED.sub("", rest)):
            raise BadValue(f"{type_}RRDATAInvalid", f"{type_} record is not valid", value)
        name, _ = dns.name.from_wire(parse_target(target), 0)
        text = f"{priority} {name} {rest}"  # escapes are decimal there
        try:
            kind = dns.rdatatype.from_text(type_)
            return dns.rdata.from_text(dns.rdataclass.IN, kind, text).to_wire() or b""
        except (dns.exception.DNSException, ValueError):
            raise BadValue(f"{type_}RRDATAInvalid", f"{type_} record is not valid", value) from None

    return read


def fields(
    type_: str, value: str, count: int, *, last_is_rest: bool = False, wanted: int = 0
) -> list[str]:
    """A value's fields; the last may hold spaces."""
    found = value.split(None, count - 1) if last_is_rest else value.split()
    if len(found) != count:
        raise not_fields(type_, wanted or count, value)
    return found


def not_fields(type_: str, count: int, value: str) -> BadValue:
    text = f"{type_} record doesn't have {COUNTS[count]} fields"
    return BadValue(f"{type_}RRDATANot{WORDS[count]}Fields", text, value)


def number(type_: str, name: str, text: str, bits: int, value: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 1 << bits):
        problem = f"{name} is not an unsigned {bits}-bit integer"
        raise BadValue(f"{type_}RRDATA{name}Required", problem, value)
    return int(text)


def hexadecimal(type_: str, text: str, value: str) -> bytes:
    try:
        if not (found := bytes.fromhex(text)):
            raise ValueError
        return found
    except ValueError:
        problem = "Value is not a hexadecimal string"
        raise BadValue(f"{type_}RRDATAIllegalHex", problem, value) from None


def strings(text: str, value: str) -> list[bytes]:
    """Quoted character-strings with white space between them."""
    found, at, text = [], 0, text.strip()
    while at < len(text):
        if (match := STRING.match(text, at)) is None:
            break
        found.append(unescaped(match.group(1), value))
        at = match.end()
    if at < len(text) or not found:
        raise BadValue(
            "InvalidCharacterString", "Value should be enclosed in quotation marks", value
        )
    return found


def one_string(text: str, value: str) -> list[bytes]:
    """One quoted string, of any length."""
    match = STRING.fullmatch(text.strip())
    if match is None:
        raise BadValue(
            "InvalidCharacterString", "Value should be enclosed in quotation marks", value
        )
    return [undo(match.group(1), value)]


def unescaped(text: str, value: str) -> bytes:
    found = undo(text, value)
    if len(found) > LONGEST_STRING:
        raise BadValue("CharacterStringTooLong", "Value is too long", value)
    return found


def undo(text: str, value: str) -> bytes:
    """A string's bytes: `\\ooo` is a byte, any other escaped character stands for itself."""
    if not text.isascii() or any(c < " " or c == "\x7f" for c in text):
        bad = next(c for c in text if not " " <= c <= "~")
        raise BadValue("UnsupportedCharacter", "Value contains unsupported characters", bad)
    if "\\" not in text:
        return text.encode()
    plain = OCTAL.sub(lambda m: chr(int(m[1], 8)) if m[1] else m[2], text)
    return plain.encode("latin-1")


READERS: dict[str, Callable[[str], bytes]] = {
    "A": read_a,
    "AAAA": read_aaaa,
    "CAA": read_caa,
    "CNAME": read_name,
    "DS": read_ds,
    "HTTPS": service_binding("HTTPS"),
    "MX": read_mx,
    "NAPTR": read_naptr,
    "NS": read_name,
    "PTR": read_name,
    "SOA": read_soa,
    "SPF": read_txt,
    "SRV": read_srv,
    "SSHFP": read_sshfp,
    "SVCB": service_binding("SVCB"),
    "TLSA": read_tlsa,
    "TXT": read_txt,
}
assert READERS.keys() == wire.TYPES.keys()

__all__ = ["BadName", "BadValue", "to_wire"]
