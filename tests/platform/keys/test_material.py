"""What keys do, on bytes."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from forecourt.platform.keys import material
from forecourt.platform.keys.specs import SPECS, Spec

CURVE = SPECS["ECC_NIST_P256"]


@pytest.fixture(scope="module")
def pair() -> material.Material:
    return material.generate(SPECS["RSA_2048"])


@pytest.mark.parametrize("spec", [spec for spec in SPECS.values() if not spec.bits])
def test_new_keys(spec: Spec) -> None:
    first, second = material.generate(spec), material.generate(spec)
    assert first.secret != second.secret
    assert len(first.secret) == spec.size or spec.paired
    assert bool(first.public) == spec.paired


def test_a_pair_is_one(pair: material.Material) -> None:
    private = serialization.load_der_private_key(pair.secret, None)  # with all its checks
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public == pair.public


@pytest.mark.parametrize("spec", [spec for spec in SPECS.values() if spec.curve])
def test_signatures_of_curves(spec: Spec) -> None:
    made = material.generate(spec)
    (algorithm,) = spec.algorithms["SIGN_VERIFY"]
    signature = material.sign(made.secret, algorithm, b"m")
    assert material.verify(made.public, algorithm, b"m", signature)
    assert not material.verify(made.public, algorithm, b"n", signature)
    digest = hashlib.new(f"sha{algorithm[-3:]}", b"m").digest()
    assert material.verify(made.public, algorithm, digest, signature, digest=True)


@pytest.mark.parametrize("algorithm", SPECS["RSA_2048"].algorithms["SIGN_VERIFY"])
def test_signatures_of_rsa(pair: material.Material, algorithm: str) -> None:
    digest = hashlib.new(f"sha{algorithm[-3:]}", b"m").digest()
    signature = material.sign(pair.secret, algorithm, digest, digest=True)
    assert material.verify(pair.public, algorithm, b"m", signature)
    assert not material.verify(pair.public, algorithm, b"m", signature[:-1])
    others = set(SPECS["RSA_2048"].algorithms["SIGN_VERIFY"]) - {algorithm}
    assert not any(material.verify(pair.public, other, b"m", signature) for other in others)


@pytest.mark.parametrize("algorithm", SPECS["RSA_2048"].algorithms["ENCRYPT_DECRYPT"])
def test_encryption(pair: material.Material, algorithm: str) -> None:
    longest = bytes(material.longest_plaintext(SPECS["RSA_2048"], algorithm))
    blob = material.encrypt_to(pair.public, algorithm, longest)
    assert material.decrypt_with(pair.secret, algorithm, blob) == longest
    with pytest.raises(ValueError, match="(?i)length|encryption failed"):
        material.encrypt_to(pair.public, algorithm, longest + b"x")
    for wrong in (bytes(256), b"", blob[:-1]):
        with pytest.raises(material.Undecipherable):
            material.decrypt_with(pair.secret, algorithm, wrong)


def test_codes() -> None:
    expected = hmac.new(b"k" * 32, b"m", "sha384").digest()
    assert material.mac(b"k" * 32, "HMAC_SHA_384", b"m") == expected


def test_agreement() -> None:
    ours, theirs = material.generate(CURVE), material.generate(CURVE)
    assert material.agree(ours.secret, theirs.public) == material.agree(theirs.secret, ours.public)
    with pytest.raises(material.NotAKey, match="curve"):
        material.agree(ours.secret, material.generate(SPECS["ECC_NIST_P384"]).public)
    with pytest.raises(material.NotAKey, match="DER"):
        material.agree(ours.secret, b"none")
    assert isinstance(material.private_key(ours.secret), ec.EllipticCurvePrivateKey)
