"""Keys for callers to encrypt with themselves."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .calls import answer, arn, create, decrypt, fault, signer

PAIRS = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "RSA_2048"]


@pytest.mark.parametrize(
    ("asked", "size"),
    [({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 1024}, 1024)],
)
def test_data_keys(kms: Any, key: str, asked: dict[str, Any], size: int) -> None:
    made = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **asked)
    assert len(made["Plaintext"]) == size
    material = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert answer(made) == {
        "CiphertextBlob": made["CiphertextBlob"],
        "Plaintext": made["Plaintext"],
        "KeyId": arn(key),
        "KeyMaterialId": material,
    }
    assert decrypt(kms, made["CiphertextBlob"], a="b") == made["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, **asked)
    assert hidden.keys() - {"ResponseMetadata"} == {"CiphertextBlob", "KeyId", "KeyMaterialId"}
    assert len(decrypt(kms, hidden["CiphertextBlob"])) == size


@pytest.mark.parametrize("asked", [{}, {"KeySpec": "AES_128", "NumberOfBytes": 16}])
def test_of_what_size(kms: Any, key: str, asked: dict[str, Any]) -> None:
    said = "Please specify either number of bytes or key spec."
    assert fault(kms.generate_data_key, KeyId=key, **asked) == ("ValidationException", said)


@pytest.mark.parametrize("spec", PAIRS)
def test_pairs(kms: Any, key: str, spec: str) -> None:
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext={"a": "b"})
    private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], None)
    assert isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    assert made["PublicKey"] == private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    blob = made["PrivateKeyCiphertextBlob"]
    assert decrypt(kms, blob, a="b") == made["PrivateKeyPlaintext"]
    assert (made["KeyId"], made["KeyPairSpec"]) == (arn(key), spec)
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden
    secret = decrypt(kms, hidden["PrivateKeyCiphertextBlob"])
    assert serialization.load_der_private_key(secret, None)


def test_pairs_that_cannot_be(kms: Any, key: str) -> None:
    call = kms.generate_data_key_pair
    got = fault(call, KeyId=key, KeyPairSpec="SM2")
    assert got == ("UnsupportedOperationException", "KeyPairSpec SM2 is not supported.")


def test_under_symmetric_keys_only(kms: Any) -> None:
    asymmetric = create(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    signing = signer(kms)
    for call, asked in (
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
    ):
        assert fault(call, KeyId=asymmetric, **asked) == (
            "InvalidKeyUsageException",
            "You cannot generate a data key with an asymmetric CMK",
        )
        assert fault(call, KeyId=signing, **asked)[0] == "InvalidKeyUsageException"


@pytest.mark.parametrize("size", [1, 44, 1024])
def test_random(kms: Any, size: int) -> None:
    first, second = (kms.generate_random(NumberOfBytes=size)["Plaintext"] for _ in range(2))
    assert len(first) == len(second) == size
    assert size == 1 or first != second


def test_random_of_no_size(kms: Any) -> None:
    assert fault(kms.generate_random) == ("ValidationException", "NumberOfBytes is required.")
    code, _ = fault(kms.generate_random, NumberOfBytes=1, CustomKeyStoreId="cks-1")
    assert code == "UnsupportedOperationException"
