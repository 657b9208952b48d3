"""GenerateMac and VerifyMac, with the key that both sides know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.constant_time import bytes_eq

from forecourt.aws.operations import Operations
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.specs import MAC
from forecourt.platform.keys.stored import errors

from .uses import working_key

if TYPE_CHECKING:
    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")


@ops.read
def generate_mac(tx: Tx, req: t.GenerateMacRequest) -> t.GenerateMacResponse:
    algorithm = req["MacAlgorithm"]
    key = working_key(tx, req["KeyId"], MAC, algorithm)
    made = material.mac(stored.secret(tx, key), algorithm, req["Message"])
    return {"Mac": made, "MacAlgorithm": algorithm, "KeyId": key.arn}


@ops.read
def verify_mac(tx: Tx, req: t.VerifyMacRequest) -> t.VerifyMacResponse:
    algorithm = req["MacAlgorithm"]
    key = working_key(tx, req["KeyId"], MAC, algorithm)
    made = material.mac(stored.secret(tx, key), algorithm, req["Message"])
    if not bytes_eq(made, req["Mac"]):
        raise errors.KMSInvalidMacException("")
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}
