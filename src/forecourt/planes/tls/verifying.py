"""Whether a certificate is to be trusted, and if not, why: every reason, not the first alone.

The verdict is the library's path validation (RFC 5280 §6), which knows no revocation; that is asked for
beside it (revoking.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import verification
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import NameOID

from forecourt.planes.tls.building import Urls
from forecourt.planes.tls.profiles import KINDS

LONGEST = 8  # certificates of a chain


@dataclass(frozen=True, slots=True)
class Verdict:
    chain: tuple[x509.Certificate, ...]  # from the leaf up, as far as issuers are known
    faults: tuple[str, ...]  # in words; empty: trusted

    @property
    def trusted(self) -> bool:
        return not self.faults


def verify(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    host: str,
    now: datetime,
) -> Verdict:
    """A server's certificate, with what it sent along, for a host name or an address."""
    chain = chain_of(leaf, [*others, *roots])
    faults = []
    for each in chain:
        name = named(each)
        if now > each.not_valid_after_utc:
            faults.append(f"{name} expired on {each.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
        if now < each.not_valid_before_utc:
            faults.append(f"{name} is valid from {each.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on")
    if not is_for(leaf, host):
        names = ", ".join(hosts_of(leaf)) or "no name"
        faults.append(f"it is for {names}, not for {host}")
    if chain[-1] not in roots:
        if is_self_signed(chain[-1]):
            faults.append(f"{named(chain[-1])} is no root that is trusted here")
        else:
            faults.append(f"its issuer {chain[-1].issuer.rfc4514_string()} is not known")
    if not faults:
        faults += objections(leaf, others, roots, host, now)
    return Verdict(tuple(chain), tuple(faults))


def objections(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    host: str,
    now: datetime,
) -> list[str]:
    """What the library says against a certificate."""
    subject: x509.IPAddress | x509.DNSName
    try:
        subject = x509.IPAddress(ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    store = verification.Store(list(roots))
    verifier = verification.PolicyBuilder().store(store).time(now).build_server_verifier(subject)
    try:
        verifier.verify(leaf, list(others))
    except verification.VerificationError as failed:
        return [f"its chain does not hold: {failed}"]
    return []


def chain_of(leaf: x509.Certificate, known: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """A certificate and its issuers, each having signed the one before."""
    chain = [leaf]
    while len(chain) < LONGEST and not is_self_signed(chain[-1]):
        above = next((each for each in known if issued(chain[-1], each)), None)
        if above is None:
            break
        chain.append(above)
    return chain


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject and issued(certificate, certificate)


def hosts_of(certificate: x509.Certificate) -> list[str]:
    """The names and addresses that a certificate is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    names = found.get_values_for_type(x509.DNSName)
    return [*names, *map(str, found.get_values_for_type(x509.IPAddress))]


def is_for(certificate: x509.Certificate, host: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for one whole label, the leftmost."""
    wanted = host.lower().rstrip(".")
    _, _, above = wanted.partition(".")
    return any(each.lower() in (wanted, f"*.{above}") for each in hosts_of(certificate))


def kind_of(certificate: x509.Certificate) -> str:
    """DV, OV or EV by its policies (Baseline Requirements §7.1.6.1); empty where it says none."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return ""
    kinds = (KINDS.get(each.policy_identifier) for each in found)
    return next((kind for kind in kinds if kind), "")


def organization_of(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""


def urls_of(certificate: x509.Certificate) -> Urls:
    """Where its issuer says whether it holds."""
    crl = issuer = ocsp = ""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            names = [name for each in extension.value for name in each.full_name or ()]
            crl = next((name.value for name in names if is_url(name)), "")
        elif isinstance(extension.value, x509.AuthorityInformationAccess):
            for each in extension.value:
                if not is_url(each.access_location):
                    continue
                if each.access_method == Access.OCSP:
                    ocsp = each.access_location.value
                elif each.access_method == Access.CA_ISSUERS:
                    issuer = each.access_location.value
    return Urls(issuer, ocsp, crl)


def is_url(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith("http")


def named(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string() or "it"
