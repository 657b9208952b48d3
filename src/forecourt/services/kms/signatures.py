"""Sign and Verify with key pairs, and their public keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.specs import SIGN, hash_of
from forecourt.platform.keys.stored import Key, errors

from .identifiers import ValidationException, get_key
from .keys import ALGORITHMS
from .uses import in_time, working_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")


@ops.read
def sign(tx: Tx, req: t.SignRequest) -> t.SignResponse:
    key, algorithm, digest = signing_key(tx, req)
    secret = stored.secret(tx, key)

    def rest() -> Any:
        return {
            "KeyId": key.arn,
            "Signature": material.sign(secret, algorithm, req["Message"], digest=digest),
            "SigningAlgorithm": algorithm,
        }

    return in_time(key, rest)


@ops.read
def verify(tx: Tx, req: t.VerifyRequest) -> t.VerifyResponse:
    """A signature that is not right is an error, KMSInvalidSignatureException."""
    key, algorithm, digest = signing_key(tx, req)

    def rest() -> Any:
        message, signature = req["Message"], req["Signature"]
        if not material.verify(key.public, algorithm, message, signature, digest=digest):
            raise errors.KMSInvalidSignatureException("")
        return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}

    return in_time(key, rest)


@ops.read
def get_public_key(tx: Tx, req: t.GetPublicKeyRequest) -> t.GetPublicKeyResponse:
    """Also that of a disabled key: whoever has a signature of it can still verify it."""
    key = stored.staying(get_key(tx, req["KeyId"], by_alias=True))
    if not key.spec.paired:
        raise errors.UnsupportedOperationException(
            f"{key.arn} key spec is {key.spec.name} which is not valid for this operation."
        )
    shown: dict[str, Any] = {
        "KeyId": key.arn,
        "PublicKey": key.public,
        "CustomerMasterKeySpec": key.spec.name,
        "KeySpec": key.spec.name,
        "KeyUsage": key.usage,
        ALGORITHMS[key.usage]: list(key.algorithms),
    }
    return shown  # type: ignore[return-value]


def signing_key(tx: Tx, req: Mapping[str, Any]) -> tuple[Key, str, bool]:
    """The key, the algorithm, and whether the message is a digest already."""
    algorithm, type_ = req["SigningAlgorithm"], req.get("MessageType", "RAW")
    key = working_key(tx, req["KeyId"], SIGN, algorithm)
    if type_ == "EXTERNAL_MU":
        raise ValidationException(f"MessageType EXTERNAL_MU is not valid for {algorithm}.")
    if type_ == "DIGEST" and len(req["Message"]) != hash_of(algorithm).digest_size:
        raise ValidationException(f"Digest is invalid length for algorithm {algorithm}.")
    return key, algorithm, type_ == "DIGEST"
