"""Addresses of mail as SMTP writes them (RFC 5321 §4.1.2, RFC 6531)."""

from __future__ import annotations

import re
from ipaddress import ip_address

import idna

LOCAL, DOMAIN, PATH = 64, 255, 254  # bytes: RFC 5321 §4.5.3.1, RFC 3696 erratum 1690
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\x80-\U0010ffff]+"
DOT_STRING = re.compile(rf"{ATOM}(?:\.{ATOM})*\Z")
QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\x20-\x7e])*"\Z')
LABEL = r"[A-Za-z0-9\x80-\U0010ffff](?:[A-Za-z0-9\-\x80-\U0010ffff]*[A-Za-z0-9\x80-\U0010ffff])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*\Z")


class BadAddress(ValueError):
    """Text that is no address."""


def split(address: str) -> tuple[str, str]:
    """Local part, as written, and domain, in lower case and A-labels.  BadAddress."""
    local, at, domain = address.rpartition("@")
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
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise BadAddress(domain) from None


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
    return f"{local.partition('+')[0]}@{domain}" if not local.startswith("+") else address


def path(text: str) -> tuple[str, str]:
    """The address of `<...>` at the start of text, and what follows; "" is the null sender.  BadAddress."""
    if not text.startswith("<"):
        raise BadAddress(text)
    quoted = False
    for at, character in enumerate(text):
        if character == '"' and text[at - 1] != "\\":
            quoted = not quoted
        if character == ">" and not quoted:
            break
    else:
        raise BadAddress(text)
    inner, rest = text[1:at], text[at + 1 :]
    if rest and not rest.startswith(" "):
        raise BadAddress(text)
    if inner.startswith("@"):  # a source route, to be ignored: RFC 5321 Appendix C
        inner = inner.partition(":")[2]
    return inner, rest.strip()
