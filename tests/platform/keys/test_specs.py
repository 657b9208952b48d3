"""The kinds of keys."""

from __future__ import annotations

from forecourt.aws.models import service_model
from forecourt.platform.keys.specs import SPECS, hash_of

SHAPES = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithmSpec",
    "SIGN_VERIFY": "SigningAlgorithmSpec",
    "GENERATE_VERIFY_MAC": "MacAlgorithmSpec",
    "KEY_AGREEMENT": "KeyAgreementAlgorithmSpec",
}


def test_names_are_the_models() -> None:
    model = service_model("kms")
    assert set(SPECS) <= set(model.shape_for("KeySpec").enum)
    assert {usage for spec in SPECS.values() for usage in spec.algorithms} == set(SHAPES)
    for spec in SPECS.values():
        for usage, algorithms in spec.algorithms.items():
            assert set(algorithms) <= set(model.shape_for(SHAPES[usage]).enum)


def test_sizes() -> None:
    assert {name: spec.size for name, spec in SPECS.items() if not spec.paired} == {
        "SYMMETRIC_DEFAULT": 32,
        "HMAC_224": 28,
        "HMAC_256": 32,
        "HMAC_384": 48,
        "HMAC_512": 64,
    }


def test_hashes() -> None:
    named = ("RSASSA_PKCS1_V1_5_SHA_384", "ECDSA_SHA_512", "RSAES_OAEP_SHA_1", "HMAC_SHA_224")
    assert [hash_of(name).name for name in named] == ["sha384", "sha512", "sha1", "sha224"]
