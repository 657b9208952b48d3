"""Templates: what a certificate is that a private authority issues, as data.

A template's own extensions come first, then the caller's (where its name says API), then the request's
(where it says CSR); what comes later never replaces what came before.
https://docs.aws.amazon.com/privateca/latest/userguide/template-definitions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PREFIX, SUFFIX = "arn:aws:acm-pca:::template/", "/V1"
DEFAULT = f"{PREFIX}EndEntityCertificate{SUFFIX}"
SIGN, ENCIPHER = "digital_signature", "key_encipherment"
AUTHORITY = (SIGN, "key_cert_sign", "crl_sign")
SERVER, CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
CODE_SIGNING, OCSP_SIGNING = "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.9"


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    usage: tuple[str, ...] = ()  # empty: whatever is passed through
    purposes: tuple[str, ...] = ()  # OIDs; empty: whatever is passed through
    purposes_critical: bool = False
    is_ca: bool = False
    is_root: bool = False
    path_length: int | None = None
    critical: bool = False  # of the basic constraints
    api: bool = False
    csr: bool = False

    @property
    def arn(self) -> str:
        return f"{PREFIX}{self.name}{SUFFIX}"


ENDS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool], ...] = (
    ("EndEntityCertificate", (SIGN, ENCIPHER), (SERVER, CLIENT), False),
    ("EndEntityClientAuthCertificate", (SIGN, ENCIPHER), (CLIENT,), False),
    ("EndEntityServerAuthCertificate", (SIGN, ENCIPHER), (SERVER,), False),
    ("CodeSigningCertificate", (SIGN,), (CODE_SIGNING,), True),
    ("OCSPSigningCertificate", (SIGN,), (OCSP_SIGNING,), True),
)
PASSED = (("_APIPassthrough", True, False), ("_CSRPassthrough", False, True), ("_APICSRPassthrough", True, True))  # fmt: skip
WHOLE = (("", False, False), *PASSED)
LENGTHS = range(4)


def all_templates() -> Iterator[Template]:
    for name, usage, purposes, strict in ENDS:
        for variant, api, csr in WHOLE:
            yield Template(f"{name}{variant}", usage, purposes, strict, api=api, csr=csr)
    for variant, api, csr in PASSED:
        blank = "BlankEndEntityCertificate"
        yield Template(f"{blank}{variant}", api=api, csr=csr)
        yield Template(
            f"{blank}_CriticalBasicConstraints{variant}", critical=True, api=api, csr=csr
        )
    for length in LENGTHS:
        name = f"SubordinateCACertificate_PathLen{length}"
        for variant, api, csr in WHOLE:
            yield Template(
                f"{name}{variant}", AUTHORITY, is_ca=True, path_length=length, critical=True,
                api=api, csr=csr,
            )  # fmt: skip
        for variant, api, csr in PASSED:
            yield Template(
                f"Blank{name}{variant}", is_ca=True, path_length=length, critical=True,
                api=api, csr=csr,
            )  # fmt: skip
    for variant, api in (("", False), ("_APIPassthrough", True)):
        yield Template(
            f"RootCACertificate{variant}", AUTHORITY, is_ca=True, is_root=True, critical=True,
            api=api,
        )  # fmt: skip
    for suffix, path_length in (("", None), *((f"_PathLen{n}", n) for n in LENGTHS)):
        yield Template(
            f"BlankRootCACertificate{suffix}_APIPassthrough", is_ca=True, is_root=True,
            path_length=path_length, critical=True, api=True,
        )  # fmt: skip


TEMPLATES = {each.arn: each for each in all_templates()}
