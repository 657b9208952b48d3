"""Encrypt, Decrypt and ReEncrypt."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .calls import answer, arn, create, decrypt, encrypt, fault, signer

INVALID = ("InvalidCiphertextException", "")
OTHERS = "The key ID in the request does not identify a CMK that can perform this operation."
OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")


def test_whole_answers(kms: Any, key: str) -> None:
    made = kms.encrypt(KeyId=key, Plaintext=b"secret")
    blob = made["CiphertextBlob"]
    assert answer(made) == {
        "CiphertextBlob": blob,
        "KeyId": arn(key),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }
    material = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert answer(kms.decrypt(CiphertextBlob=blob)) == {
        "KeyId": arn(key),
        "Plaintext": b"secret",
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": material,
    }


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    plaintext=st.binary(min_size=1, max_size=4096),
    context=st.dictionaries(TEXT, TEXT, max_size=5),
    data=st.data(),
)
def test_round_trips(
    kms: Any, key: str, plaintext: bytes, context: dict[str, str], data: st.DataObject
) -> None:
    made = kms.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext=context)
    blob: bytes = made["CiphertextBlob"]
    assert len(blob) <= 6144
    turned = dict(data.draw(st.permutations(list(context.items()))))
    found = kms.decrypt(CiphertextBlob=blob, EncryptionContext=turned)
    assert found["Plaintext"] == plaintext
    for wrong in ({**context, "more": "m"}, {k: f"{v}." for k, v in context.items()}):
        if wrong != context:
            got = fault(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong)
            assert got == INVALID
    at = data.draw(st.integers(0, len(blob) - 1))
    changed = blob[:at] + bytes((blob[at] ^ data.draw(st.integers(1, 255)),)) + blob[at + 1 :]
    assert fault(kms.decrypt, CiphertextBlob=changed, EncryptionContext=context) == INVALID
    cut = blob[: data.draw(st.integers(1, len(blob) - 1))]
    assert fault(kms.decrypt, CiphertextBlob=cut, EncryptionContext=context) == INVALID


def test_contexts_do_not_run_together(kms: Any, key: str) -> None:
    blob = encrypt(kms, key, a="bc")
    assert fault(decrypt, kms, blob, ab="c") == INVALID
    assert fault(decrypt, kms, blob) == INVALID
    assert decrypt(kms, blob, a="bc") == b"secret"


def test_equal_plaintexts_do_not_show(kms: Any, key: str) -> None:
    assert encrypt(kms, key) != encrypt(kms, key)


def test_the_key_may_be_named(kms: Any, key: str) -> None:
    blob, other, signing = encrypt(kms, key), create(kms), signer(kms)
    assert kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"secret"
    for wrong in (other, signing):
        got = fault(kms.decrypt, CiphertextBlob=blob, KeyId=wrong)
        assert got == ("IncorrectKeyException", OTHERS)


def test_too_much(kms: Any, key: str) -> None:
    code, said = fault(kms.encrypt, KeyId=key, Plaintext=bytes(4097))
    assert code == "ValidationException"
    assert "Member must have length less than or equal to 4096" in said
    assert decrypt(kms, encrypt(kms, key, bytes(4096))) == bytes(4096)


def test_ciphertexts_of_others(kms: Any, stranger: Any, elsewhere: Any, key: str) -> None:
    blob = encrypt(kms, key)
    for other in (stranger, elsewhere):
        assert fault(decrypt, other, blob)[0] == "AccessDeniedException"
    assert fault(decrypt, kms, b"no ciphertext") == INVALID


def test_by_other_keys(kms: Any) -> None:
    signing, mac = signer(kms), create(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    for key, usage in ((signing, "SIGN_VERIFY"), (mac, "GENERATE_VERIFY_MAC")):
        assert fault(encrypt, kms, key) == (
            "InvalidKeyUsageException",
            f"{arn(key)} key usage is {usage} which is not valid for Encrypt.",
        )


@pytest.fixture(scope="module")
def sizes() -> dict[str, int]:
    """The longest plaintext for a modulus of 2048 bits."""
    return {"RSAES_OAEP_SHA_1": 214, "RSAES_OAEP_SHA_256": 190}


def test_rsa(kms: Any, sizes: dict[str, int]) -> None:
    key = create(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    for algorithm in OAEP:
        named = {"KeyId": key, "EncryptionAlgorithm": algorithm}
        plaintext = bytes(sizes[algorithm])
        made = kms.encrypt(Plaintext=plaintext, **named)
        assert (made["KeyId"], made["EncryptionAlgorithm"]) == (arn(key), algorithm)
        blob = made["CiphertextBlob"]
        assert len(blob) == 256
        assert answer(kms.decrypt(CiphertextBlob=blob, **named)) == {
            "KeyId": arn(key),
            "Plaintext": plaintext,
            "EncryptionAlgorithm": algorithm,
        }
        assert fault(kms.encrypt, Plaintext=plaintext + b"x", **named) == (
            "ValidationException",
            (
                f"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than"
                f" {sizes[algorithm]} bytes."
            ),
        )
        assert fault(kms.decrypt, CiphertextBlob=bytes(256), **named) == INVALID
        assert fault(kms.decrypt, CiphertextBlob=b"short", **named) == INVALID
        context = {"EncryptionContext": {"a": "b"}}
        assert fault(kms.encrypt, Plaintext=b"x", **named, **context)[0] == "ValidationException"
    unnamed = {"CiphertextBlob": blob, "EncryptionAlgorithm": OAEP[1]}
    assert fault(kms.decrypt, **unnamed) == INVALID
    incompatible = (
        "InvalidKeyUsageException",
        "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
    )
    assert fault(encrypt, kms, key) == incompatible
    assert fault(kms.decrypt, CiphertextBlob=blob, KeyId=key) == incompatible


def test_encrypted_outside(kms: Any) -> None:
    key = create(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    found = kms.decrypt(
        KeyId=key, CiphertextBlob=public.encrypt(b"hello", oaep), EncryptionAlgorithm=OAEP[1]
    )
    assert found["Plaintext"] == b"hello"


def test_re_encrypt(kms: Any, key: str) -> None:
    other = create(kms)
    materials = [
        kms.describe_key(KeyId=each)["KeyMetadata"]["CurrentKeyMaterialId"] for each in (key, other)
    ]
    moved = kms.re_encrypt(
        CiphertextBlob=encrypt(kms, key, a="1"),
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=other,
        DestinationEncryptionContext={"b": "2"},
    )
    blob = moved["CiphertextBlob"]
    assert answer(moved) == {
        "CiphertextBlob": blob,
        "SourceKeyId": arn(key),
        "KeyId": arn(other),
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": materials[0],
        "DestinationKeyMaterialId": materials[1],
    }
    assert decrypt(kms, blob, b="2") == b"secret"
    given = {"CiphertextBlob": blob, "DestinationKeyId": key}
    assert fault(kms.re_encrypt, **given) == INVALID
    context = {"SourceEncryptionContext": {"b": "2"}}
    assert fault(kms.re_encrypt, SourceKeyId=key, **context, **given)[0] == "IncorrectKeyException"
    kms.disable_key(KeyId=other)
    assert fault(kms.re_encrypt, **context, **given)[0] == "DisabledException"


def test_re_encrypt_between_kinds(kms: Any, key: str) -> None:
    rsa_key = create(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    out = kms.re_encrypt(
        CiphertextBlob=encrypt(kms, key),
        DestinationKeyId=rsa_key,
        DestinationEncryptionAlgorithm=OAEP[1],
    )
    assert "DestinationKeyMaterialId" not in out
    back = kms.re_encrypt(
        CiphertextBlob=out["CiphertextBlob"],
        SourceKeyId=rsa_key,
        SourceEncryptionAlgorithm=OAEP[1],
        DestinationKeyId=key,
    )
    assert decrypt(kms, back["CiphertextBlob"]) == b"secret"
    too_long = {
        "CiphertextBlob": encrypt(kms, key, bytes(191)),
        "DestinationKeyId": rsa_key,
        "DestinationEncryptionAlgorithm": OAEP[1],
    }
    assert fault(kms.re_encrypt, **too_long)[0] == "ValidationException"


def test_without_a_ciphertext(kms: Any, key: str) -> None:
    assert fault(kms.decrypt, KeyId=key)[0] == "ValidationException"
