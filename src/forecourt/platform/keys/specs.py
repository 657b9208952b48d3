"""The kinds of keys: what each may be for, and by which algorithms.

https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ENCRYPT, SIGN, MAC, AGREE = (
    "ENCRYPT_DECRYPT",
    "SIGN_VERIFY",
    "GENERATE_VERIFY_MAC",
    "KEY_AGREEMENT",
)
SYMMETRIC = "SYMMETRIC_DEFAULT"

HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "SHA_1": hashes.SHA1(),
    "SHA_224": hashes.SHA224(),
    "SHA_256": hashes.SHA256(),
    "SHA_384": hashes.SHA384(),
    "SHA_512": hashes.SHA512(),
}
OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
RSA_SIGNATURES = tuple(
    f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
)


@dataclass(frozen=True, slots=True)
class Spec:
    """One kind of key; `slow` is what takes above half a millisecond to work with."""

    name: str
    algorithms: Mapping[str, tuple[str, ...]]  # by usage
    size: int = 0  # of the secret in bytes, where it is no key pair
    bits: int = 0  # of an RSA modulus
    curve: ec.EllipticCurve | None = None
    slow: bool = False

    @property
    def paired(self) -> bool:
        """Whether it has a public key."""
        return not self.size


def rsa(bits: int) -> Spec:
    return Spec(f"RSA_{bits}", {ENCRYPT: OAEP, SIGN: RSA_SIGNATURES}, bits=bits, slow=True)


def ecc(name: str, curve: ec.EllipticCurve, bits: int, *, slow: bool = True) -> Spec:
    algorithms = {SIGN: (f"ECDSA_SHA_{bits}",), AGREE: ("ECDH",)}
    return Spec(f"ECC_{name}", algorithms, curve=curve, slow=slow)


def hmac(bits: int) -> Spec:
    return Spec(f"HMAC_{bits}", {MAC: (f"HMAC_SHA_{bits}",)}, size=bits // 8)


SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(SYMMETRIC, {ENCRYPT: (SYMMETRIC,)}, size=32),
        *(rsa(bits) for bits in (2048, 3072, 4096)),
        ecc("NIST_P256", ec.SECP256R1(), 256, slow=False),
        ecc("NIST_P384", ec.SECP384R1(), 384),
        ecc("NIST_P521", ec.SECP521R1(), 512),
        Spec(
            "ECC_SECG_P256K1", {SIGN: ("ECDSA_SHA_256",)}, curve=ec.SECP256K1(), slow=True
        ),  # agrees on nothing
        *(hmac(bits) for bits in (224, 256, 384, 512)),
    )
}


def hash_of(algorithm: str) -> hashes.HashAlgorithm:
    """The hash at the end of an algorithm's name."""
    return HASHES["_".join(algorithm.split("_")[-2:])]
