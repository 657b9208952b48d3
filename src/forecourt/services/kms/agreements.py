"""DeriveSharedSecret: what a key pair and somebody else's public key have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.material import NotAKey
from forecourt.platform.keys.specs import AGREE

from .identifiers import ValidationException
from .uses import in_time, working_key

if TYPE_CHECKING:
    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")


@ops.read
def derive_shared_secret(tx: Tx, req: t.DeriveSharedSecretRequest) -> t.DeriveSharedSecretResponse:
    """The raw secret, from which callers derive keys."""
    algorithm = req["KeyAgreementAlgorithm"]
    key = working_key(tx, req["KeyId"], AGREE, algorithm)
    secret = stored.secret(tx, key)

    def rest() -> Any:
        try:
            shared = material.agree(secret, req["PublicKey"])
        except NotAKey as wrong:
            raise ValidationException(str(wrong)) from None
        return {
            "KeyId": key.arn,
            "SharedSecret": shared,
            "KeyAgreementAlgorithm": algorithm,
            "KeyOrigin": "AWS_KMS",
        }

    return in_time(key, rest)
