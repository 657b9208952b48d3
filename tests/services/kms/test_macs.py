"""GenerateMac and VerifyMac."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import answer, arn, create, fault


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_codes(kms: Any, bits: int) -> None:
    key = create(kms, f"HMAC_{bits}", "GENERATE_VERIFY_MAC")
    named = {"KeyId": key, "MacAlgorithm": f"HMAC_SHA_{bits}"}
    made = kms.generate_mac(Message=b"m", **named)
    mac = made["Mac"]
    assert len(mac) == bits // 8
    told = {"KeyId": arn(key), "MacAlgorithm": f"HMAC_SHA_{bits}"}
    assert answer(made) == {"Mac": mac, **told}
    assert kms.generate_mac(Message=b"m", **named)["Mac"] == mac
    assert answer(kms.verify_mac(Message=b"m", Mac=mac, **named)) == {"MacValid": True, **told}
    invalid = ("KMSInvalidMacException", "")
    for message, code in ((b"n", mac), (b"m", mac[:-1]), (b"m", bytes(len(mac)))):
        assert fault(kms.verify_mac, Message=message, Mac=code, **named) == invalid


def test_keys_and_algorithms(kms: Any, key: str) -> None:
    mac_key = create(kms, "HMAC_224", "GENERATE_VERIFY_MAC")
    other = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    assert fault(kms.generate_mac, KeyId=mac_key, **other) == (
        "InvalidKeyUsageException",
        "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.",
    )
    assert fault(kms.verify_mac, KeyId=key, Mac=b"m", **other) == (
        "InvalidKeyUsageException",
        f"{arn(key)} key usage is ENCRYPT_DECRYPT which is not valid for VerifyMac.",
    )
    kms.disable_key(KeyId=mac_key)
    given = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_224"}
    assert fault(kms.generate_mac, KeyId=mac_key, **given)[0] == "DisabledException"
