"""DryRun and what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import NO_KEY, encrypt, fault, signer

WOULD = (
    "DryRunOperationException",
    "The request would have succeeded, but the DryRun option is set.",
)


def test_dry_runs(kms: Any, key: str) -> None:
    blob, signing = encrypt(kms, key), signer(kms, "RSA_2048")
    assert fault(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True) == WOULD
    assert fault(kms.decrypt, CiphertextBlob=blob, DryRun=True) == WOULD
    message = {"Message": b"m", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    assert fault(kms.sign, KeyId=signing, DryRun=True, **message) == WOULD
    assert fault(kms.encrypt, KeyId=NO_KEY, Plaintext=b"x", DryRun=True)[0] == "NotFoundException"
    assert kms.encrypt(KeyId=key, Plaintext=b"x", DryRun=False)["CiphertextBlob"]


def test_a_dry_run_leaves_nothing(kms: Any, key: str) -> None:
    given = {"GranteePrincipal": "arn:aws:iam::000000000000:root", "Operations": ["Decrypt"]}
    assert fault(kms.create_grant, KeyId=key, DryRun=True, **given) == WOULD
    assert kms.list_grants(KeyId=key)["Grants"] == []
    made = kms.create_grant(KeyId=key, **given)
    assert fault(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"], DryRun=True) == WOULD
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 1


@pytest.mark.parametrize("call", ["decrypt", "generate_random"])
def test_enclaves(kms: Any, key: str, call: str) -> None:
    given: dict[str, Any] = (
        {"CiphertextBlob": encrypt(kms, key)} if call == "decrypt" else {"NumberOfBytes": 1}
    )
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
    assert fault(getattr(kms, call), Recipient=recipient, **given)[0] == "NotImplemented"
