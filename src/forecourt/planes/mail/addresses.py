"""Addresses of mail as SMTP writes them (RFC 5321 §4.1.2, RFC 6531)."""

from __future__ import annotations

import re
from ipaddress import ip_address

import idna

LOCAL, DOMAIN, PATH = 64, 255, 254  # bytes: RFC 5321 §4.5.3.1, RFC 3696 erratum 1690
LONGEST_LABEL = 63  # RFC 1035 §2.3.4
# Beyond ASCII: no control characters (C1), and none that end a line or a paragraph.
BEYOND = r"\xa0-\u2027\u202a-\U0010ffff"
ATOM = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~\-{BEYOND}]+"
DOT_STRING = re.compile(rf"{ATOM}(?:\.{ATOM})*\Z")
QUOTED = re.compile(rf'"(?:[\x20\x21\x23-\x5b\x5d-\x7e{BEYOND}]|\\[\x20-\x7e])*"\Z')
LABEL = rf"[A-Za-z0-9{BEYOND}](?:[A-Za-z0-9\-{BEYOND}]*[A-Za-z0-9{BEYOND}])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*\Z")


class BadAddress(ValueError):
    """Text that is no address."""


def split(address: str) -> tuple[str, str]:
    """Local part, as written, and domain, in lower case and A-labels.  BadAddress."""
    local, at, domain = address.rpartition("@")
    if any("\ud800" <= character <= "\udfff" for character in address):  # bytes that are no UTF-8
        raise BadAddress(address)
    if not at or len(local.encode()) > LOCAL or len(address.encode()) > PATH:
        raise BadAddress(address)
    if not DOT_STRING.match(local) and not QUOTED.match(local):
        raise BadAddress(address)
    return local, domain_of(domain)


def domain_of(domain: str) -> str:
    """A domain as it is looked up, or an address literal.  BadAddress."""
    if domain.startswith("[") and domain.endswith("]"):
        text = domain[1:-1]
        try:
            ip_address(text[5:] if text.lower().startswith("ipv6:") else text)
        except ValueError:
            raise BadAddress(domain) from None
        return domain.lower()
    if len(domain) > DOMAIN or not HOST.match(domain):
        raise BadAddress(domain)
    try:
        found = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise BadAddress(domain) from None
    if any(len(label) > LONGEST_LABEL for label in found.split(".")):
        raise BadAddress(domain)
    return found


def key(address: str) -> str:
    """What an address is looked up by: local parts are one whatever their case, as everywhere."""
    local, domain = split(address)
    if QUOTED.match(local):
        plain = re.sub(r"\\(.)", r"\1", local[1:-1])
        local = plain if DOT_STRING.match(plain) else local
    return f"{local.lower()}@{domain}"


def detail_off(address: str) -> str:
    """An address without its label: user+label@domain is user@domain (RFC 5233 §1)."""
    local, _, domain = address.rpartition("@")
    if local.startswith(("+", '"')):
        return address
    return f"{local.partition('+')[0]}@{domain}"


def path(text: str) -> tuple[str, str]:
    """The address of `<...>` at the start of text, and what follows; "" is the null sender.  BadAddress."""
    if not text.startswith("<"):
        raise BadAddress(text)
    at = closing(text)
    inner, rest = text[1:at], text[at + 1 :]
    if rest and not rest.startswith(" "):
        raise BadAddress(text)
    if inner.startswith("@"):  # a source route, to be ignored: RFC 5321 Appendix C
        inner = inner.partition(":")[2]
    return inner, rest.strip()


def closing(text: str) -> int:
    """Where a path's ">" is, which may also stand in quotes."""
    quoted = escaped = False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\" and quoted:
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == ">" and not quoted:
            return at
    raise BadAddress(text)
