"""Sign, Verify and GetPublicKey, checked by others."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from .calls import answer, arn, create, fault, signer

HASHES: dict[str, Any] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES = [
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ("ECC_NIST_P521", "ECDSA_SHA_512"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
]
MESSAGE = b"a message"


def sign(kms: Any, key: str, algorithm: str, message: bytes = MESSAGE, **options: str) -> bytes:
    made = kms.sign(KeyId=key, Message=message, SigningAlgorithm=algorithm, **options)
    assert (made["KeyId"], made["SigningAlgorithm"]) == (arn(key), algorithm)
    return bytes(made["Signature"])


def public(kms: Any, key: str) -> Any:
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def round_trip(kms: Any, key: str, algorithm: str) -> None:
    """Sign a message and its digest; each signature is good for both, and for nothing else."""
    digest = hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()
    forms = (
        {"Message": MESSAGE, "MessageType": "RAW"},
        {"Message": digest, "MessageType": "DIGEST"},
    )
    named = {"KeyId": key, "SigningAlgorithm": algorithm}
    for made in forms:
        signature = kms.sign(**named, **made)["Signature"]
        for form in forms:
            found = answer(kms.verify(Signature=signature, **named, **form))
            assert found == {
                "KeyId": arn(key),
                "SignatureValid": True,
                "SigningAlgorithm": algorithm,
            }
        invalid = ("KMSInvalidSignatureException", "")
        assert fault(kms.verify, Signature=signature, Message=b"another", **named) == invalid
        broken = bytes((*signature[:-1], signature[-1] ^ 1))
        assert fault(kms.verify, Signature=broken, Message=MESSAGE, **named) == invalid
        assert fault(kms.verify, Signature=b"none", Message=MESSAGE, **named) == invalid
    for call, more in ((kms.sign, {}), (kms.verify, {"Signature": signature})):
        got = fault(call, Message=digest[1:], MessageType="DIGEST", **named, **more)
        assert got == (
            "ValidationException",
            f"Digest is invalid length for algorithm {algorithm}.",
        )


@pytest.mark.parametrize(("spec", "algorithm"), CURVES)
def test_elliptic_curves(kms: Any, spec: str, algorithm: str) -> None:
    key = signer(kms, spec)
    round_trip(kms, key, algorithm)
    hashing = HASHES[algorithm[-3:]]()
    public(kms, key).verify(sign(kms, key, algorithm), MESSAGE, ec.ECDSA(hashing))


def test_rsa(kms: Any) -> None:
    key = signer(kms, "RSA_2048")
    round_trip(kms, key, "RSASSA_PSS_SHA_384")
    round_trip(kms, key, "RSASSA_PKCS1_V1_5_SHA_256")
    verifier = public(kms, key)
    assert isinstance(verifier, rsa.RSAPublicKey)
    for bits, hashing in HASHES.items():
        schemes = {
            "PKCS1_V1_5": padding.PKCS1v15(),
            "PSS": padding.PSS(padding.MGF1(hashing()), hashing.digest_size),
        }
        for scheme, padded in schemes.items():
            signature = sign(kms, key, f"RSASSA_{scheme}_SHA_{bits}")
            verifier.verify(signature, MESSAGE, padded, hashing())


@pytest.mark.parametrize("spec", ["RSA_3072", "RSA_4096"])
def test_longer_moduli(kms: Any, spec: str) -> None:
    verifier = public(kms, signer(kms, spec))
    assert verifier.key_size == int(spec[-4:])


def test_the_public_key(kms: Any) -> None:
    key = signer(kms)
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.disable_key(KeyId=key)
    found = kms.get_public_key(KeyId="alias/a")
    assert answer(found) == {
        "KeyId": arn(key),
        "PublicKey": found["PublicKey"],
        "CustomerMasterKeySpec": "ECC_NIST_P256",
        "KeySpec": "ECC_NIST_P256",
        "KeyUsage": "SIGN_VERIFY",
        "SigningAlgorithms": ["ECDSA_SHA_256"],
    }
    kms.schedule_key_deletion(KeyId=key)
    assert fault(kms.get_public_key, KeyId=key)[0] == "KMSInvalidStateException"


def test_keys_without_a_public_key(kms: Any, key: str) -> None:
    mac = create(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    for each in (key, mac):
        assert fault(kms.get_public_key, KeyId=each)[0] == "UnsupportedOperationException"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(("spec", "algorithm"), [*CURVES, ("RSA_2048", "RSASSA_PSS_SHA_256")])
def test_openssl_agrees(kms: Any, tmp_path: Path, spec: str, algorithm: str) -> None:
    key = signer(kms, spec)
    (tmp_path / "key.der").write_bytes(kms.get_public_key(KeyId=key)["PublicKey"])
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "signature").write_bytes(sign(kms, key, algorithm))
    options = ["-sigopt", "rsa_padding_mode:pss"] if spec.startswith("RSA") else []

    def openssl() -> tuple[int, str]:
        done = subprocess.run(
            ["openssl", "dgst", f"-sha{algorithm[-3:]}", *options, "-keyform", "DER",
             "-verify", "key.der", "-signature", "signature", "message"],
            cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    assert openssl() == (0, "Verified OK\n")
    (tmp_path / "message").write_bytes(b"another")
    assert openssl()[0] == 1


def test_what_a_key_does_not_do(kms: Any, key: str) -> None:
    curve, mac = signer(kms), create(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    agreeing = create(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    for each, usage in (
        (key, "ENCRYPT_DECRYPT"),
        (mac, "GENERATE_VERIFY_MAC"),
        (agreeing, "KEY_AGREEMENT"),
    ):
        assert fault(sign, kms, each, "ECDSA_SHA_256") == (
            "InvalidKeyUsageException",
            f"{arn(each)} key usage is {usage} which is not valid for Sign.",
        )
    for algorithm in ("ECDSA_SHA_384", "RSASSA_PSS_SHA_256", "ED25519_SHA_512"):
        assert fault(sign, kms, curve, algorithm) == (
            "InvalidKeyUsageException",
            f"Algorithm {algorithm} is incompatible with key spec ECC_NIST_P256.",
        )
    got = fault(sign, kms, curve, "ECDSA_SHA_256", MessageType="EXTERNAL_MU")
    assert got[0] == "ValidationException"
    kms.disable_key(KeyId=curve)
    assert fault(sign, kms, curve, "ECDSA_SHA_256")[0] == "DisabledException"
