"""Subjects and alternative names as requests spell them, and as certificates have them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.oid import ObjectIdentifier as Oid

from forecourt.platform.certificates.private import errors

# In the order in which they are encoded.
ATTRIBUTES = {
    "Country": NameOID.COUNTRY_NAME,
    "State": NameOID.STATE_OR_PROVINCE_NAME,
    "Locality": NameOID.LOCALITY_NAME,
    "Organization": NameOID.ORGANIZATION_NAME,
    "OrganizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "DistinguishedNameQualifier": NameOID.DN_QUALIFIER,
    "CommonName": NameOID.COMMON_NAME,
    "SerialNumber": NameOID.SERIAL_NUMBER,
    "Title": NameOID.TITLE,
    "Surname": NameOID.SURNAME,
    "GivenName": NameOID.GIVEN_NAME,
    "Initials": NameOID.INITIALS,
    "Pseudonym": NameOID.PSEUDONYM,
    "GenerationQualifier": NameOID.GENERATION_QUALIFIER,
}


def subject_of(given: Mapping[str, Any]) -> x509.Name:
    """ASN1Subject as a name.  InvalidArgsException."""
    custom = given.get("CustomAttributes", [])
    standard = [name for name in ATTRIBUTES if given.get(name)]
    if custom and standard:
        raise errors.InvalidArgsException(
            "Custom attributes cannot be used in combination with standard attributes."
        )
    try:
        if custom:
            return x509.Name(
                [x509.NameAttribute(Oid(e["ObjectIdentifier"]), e["Value"]) for e in custom]
            )
        return x509.Name([x509.NameAttribute(ATTRIBUTES[name], given[name]) for name in standard])
    except ValueError as wrong:
        raise errors.InvalidArgsException(f"The subject is not valid: {wrong}.") from None


def general_name(given: Mapping[str, Any]) -> x509.GeneralName:
    """InvalidArgsException"""
    if len(given) != 1:
        raise errors.InvalidArgsException("A general name has exactly one member.")
    ((kind, value),) = given.items()
    try:
        match kind:
            case "DnsName":
                return x509.DNSName(value)
            case "IpAddress":
                return x509.IPAddress(ip_address(value))
            case "Rfc822Name":
                return x509.RFC822Name(value)
            case "UniformResourceIdentifier":
                return x509.UniformResourceIdentifier(value)
            case "RegisteredId":
                return x509.RegisteredID(Oid(value))
            case "DirectoryName":
                return x509.DirectoryName(subject_of(value))
            case "OtherName":
                return x509.OtherName(Oid(value["TypeId"]), utf8(value["Value"]))
            case _:
                raise errors.InvalidArgsException(f"{kind} is not supported as a general name.")
    except ValueError as wrong:
        raise errors.InvalidArgsException(f"{kind} is not valid: {wrong}.") from None


def utf8(text: str) -> bytes:
    """A UTF8String (DER) of fewer than 65,536 bytes (X.690 §8.1.3)."""
    data = text.encode()
    length = bytes((len(data),)) if len(data) < 128 else b"\x82" + len(data).to_bytes(2, "big")
    return b"\x0c" + length + data


def custom_extension(given: Mapping[str, Any]) -> tuple[x509.ExtensionType, bool]:
    """InvalidArgsException"""
    try:
        oid, value = Oid(given["ObjectIdentifier"]), b64decode(given["Value"], validate=True)
    except ValueError as wrong:
        raise errors.InvalidArgsException(f"A custom extension is not valid: {wrong}.") from None
    return x509.UnrecognizedExtension(oid, value), bool(given.get("Critical"))
