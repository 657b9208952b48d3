"""Keys for callers to encrypt with themselves: given in the clear and encrypted, kept by nobody here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Later, Operations
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.specs import ENCRYPT, SPECS, SYMMETRIC
from forecourt.platform.keys.stored import Key, errors

from .identifiers import ValidationException, get_key
from .uses import meant_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")
SIZES = {"AES_128": 16, "AES_256": 32}


@ops.read
def generate_random(tx: Tx, req: t.GenerateRandomRequest) -> t.GenerateRandomResponse:
    if "CustomKeyStoreId" in req:
        raise errors.UnsupportedOperationException("Custom key stores are not supported.")
    if "NumberOfBytes" not in req:
        raise ValidationException("NumberOfBytes is required.")
    return {"Plaintext": os.urandom(req["NumberOfBytes"])}


@ops.read
def generate_data_key(tx: Tx, req: t.GenerateDataKeyRequest) -> t.GenerateDataKeyResponse:
    return data_key(tx, req)


@ops.read
def generate_data_key_without_plaintext(
    tx: Tx, req: t.GenerateDataKeyWithoutPlaintextRequest
) -> t.GenerateDataKeyWithoutPlaintextResponse:
    made = data_key(tx, req)
    del made["Plaintext"]
    return made


@ops.read
def generate_data_key_pair(
    tx: Tx, req: t.GenerateDataKeyPairRequest
) -> t.GenerateDataKeyPairResponse:
    return data_key_pair(tx, req, plaintext=True)


@ops.read
def generate_data_key_pair_without_plaintext(
    tx: Tx, req: t.GenerateDataKeyPairWithoutPlaintextRequest
) -> t.GenerateDataKeyPairWithoutPlaintextResponse:
    return data_key_pair(tx, req, plaintext=False)


def data_key(tx: Tx, req: Mapping[str, Any]) -> Any:
    key = get_key(tx, req["KeyId"], by_alias=True)
    if ("KeySpec" in req) == ("NumberOfBytes" in req):
        raise ValidationException("Please specify either number of bytes or key spec.")
    wrapping(tx, key)
    secret = os.urandom(req.get("NumberOfBytes") or SIZES[req["KeySpec"]])
    return {
        "CiphertextBlob": stored.encrypt(tx, key, secret, req.get("EncryptionContext", {})),
        "Plaintext": secret,
        "KeyId": key.arn,
        "KeyMaterialId": key.current,
    }


def data_key_pair(tx: Tx, req: Mapping[str, Any], *, plaintext: bool) -> Any:
    """A pair is made after the transaction: one of RSA takes long."""
    key = wrapping(tx, get_key(tx, req["KeyId"], by_alias=True))
    spec = SPECS.get(req["KeyPairSpec"])
    if spec is None:
        raise errors.UnsupportedOperationException(
            f"KeyPairSpec {req['KeyPairSpec']} is not supported."
        )
    close = stored.sealing(tx, key, req.get("EncryptionContext", {}))

    def rest() -> Any:
        made = material.generate(spec)
        return {
            "PrivateKeyCiphertextBlob": close(made.secret),
            **({"PrivateKeyPlaintext": made.secret} if plaintext else {}),
            "PublicKey": made.public,
            "KeyId": key.arn,
            "KeyPairSpec": spec.name,
            "KeyMaterialId": key.current,
        }

    return Later(rest) if spec.slow else rest()


def wrapping(tx: Tx, key: Key) -> Key:
    """The key that a data key is to be encrypted under: a symmetric one."""
    meant_for(tx, key, ENCRYPT)
    stored.usable(key)
    if key.spec.name != SYMMETRIC:
        raise errors.InvalidKeyUsageException(
            "You cannot generate a data key with an asymmetric CMK"
        )
    return key
