"""Encrypt, Decrypt and ReEncrypt.

What was encrypted under a symmetric key says itself by which; of an asymmetric key the caller must know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.ciphertexts import Ciphertext
from forecourt.platform.keys.material import Undecipherable
from forecourt.platform.keys.specs import ENCRYPT, SYMMETRIC
from forecourt.platform.keys.stored import Key, errors

from .identifiers import AccessDeniedException, ValidationException, get_key
from .uses import in_time, working, working_key

if TYPE_CHECKING:
    from forecourt.aws.types import kms as t
    from forecourt.platform.keys.ciphertexts import Context
    from forecourt.store.tx import Tx

ops = Operations("kms")
NOBODYS = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this"
    " region, or you are not allowed to access."
)
OTHERS = "The key ID in the request does not identify a CMK that can perform this operation."


@ops.read
def encrypt(tx: Tx, req: t.EncryptRequest) -> t.EncryptResponse:
    algorithm = req.get("EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
    key = working_key(tx, req["KeyId"], ENCRYPT, algorithm)
    close = closing(tx, key, algorithm, req.get("EncryptionContext", {}))
    return {
        "CiphertextBlob": close(req["Plaintext"]),
        "KeyId": key.arn,
        "EncryptionAlgorithm": algorithm,
    }


@ops.read
def decrypt(tx: Tx, req: t.DecryptRequest) -> t.DecryptResponse:
    source = Source(tx, req)
    open_ = source.opening(tx)

    def rest() -> Any:
        return {
            "KeyId": source.key.arn,
            "Plaintext": open_(),
            "EncryptionAlgorithm": source.algorithm,
            **source.material("KeyMaterialId"),
        }

    return in_time(source.key, rest)


@ops.read
def re_encrypt(tx: Tx, req: t.ReEncryptRequest) -> t.ReEncryptResponse:
    """What one key encrypted, encrypted by another, without its plaintext ever being shown."""
    source = Source(tx, req, "Source")
    algorithm = req.get("DestinationEncryptionAlgorithm", SYMMETRIC)
    key = working_key(tx, req["DestinationKeyId"], ENCRYPT, algorithm)
    open_ = source.opening(tx)
    close = closing(tx, key, algorithm, req.get("DestinationEncryptionContext", {}))
    fresh = {"DestinationKeyMaterialId": key.current} if algorithm == SYMMETRIC else {}

    def rest() -> Any:
        return {
            "CiphertextBlob": close(open_()),
            "SourceKeyId": source.key.arn,
            "KeyId": key.arn,
            "SourceEncryptionAlgorithm": source.algorithm,
            "DestinationEncryptionAlgorithm": algorithm,
            **source.material("SourceKeyMaterialId"),
            **fresh,
        }

    return in_time(source.key, rest)


def closing(tx: Tx, key: Key, algorithm: str, context: Context) -> Callable[[bytes], bytes]:
    """What encrypts under a key."""
    if algorithm == SYMMETRIC:
        return stored.sealing(tx, key, context)
    without_context(context)
    public, longest = key.public, material.longest_plaintext(key.spec, algorithm)

    def close(plaintext: bytes) -> bytes:
        if len(plaintext) > longest:
            raise ValidationException(
                f"Algorithm {algorithm} and key spec {key.spec.name} cannot encrypt data larger than"
                f" {longest} bytes."
            )
        return material.encrypt_to(public, algorithm, plaintext)

    return close


class Source:
    """A ciphertext in a request, and the key it is of.

    `prefix` is that of the request's members, where it names two keys.
    """

    def __init__(self, tx: Tx, req: Mapping[str, Any], prefix: str = "") -> None:
        self.algorithm: str = req.get(f"{prefix}EncryptionAlgorithm", SYMMETRIC)
        self.context: Context = req.get(f"{prefix}EncryptionContext", {})
        given: str | None = req.get(f"{prefix}KeyId")
        if (blob := req.get("CiphertextBlob")) is None:
            raise ValidationException(
                "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy"
                " constraint: Member must not be null"
            )
        self.blob: bytes = blob
        self.parsed: Ciphertext | None = None
        if self.algorithm == SYMMETRIC:
            self.parsed = parsed(tx, blob, given)
            found = stored.find(tx, self.parsed.arn)
            if found is None or found.region != tx.call.region:
                raise AccessDeniedException(NOBODYS)
        else:
            if given is None:
                raise errors.InvalidCiphertextException("")
            found = get_key(tx, given, by_alias=True)
        self.key = found

    def opening(self, tx: Tx) -> Callable[[], bytes]:
        """What decrypts it.  InvalidCiphertextException."""
        key, algorithm, blob = (
            working(tx, self.key, ENCRYPT, self.algorithm),
            self.algorithm,
            self.blob,
        )
        if self.parsed is not None:
            try:
                plaintext = stored.decrypt(tx, key, self.parsed, self.context)
            except Undecipherable:
                raise errors.InvalidCiphertextException("") from None
            return lambda: plaintext
        without_context(self.context)
        secret = stored.secret(tx, key)

        def open_() -> bytes:
            try:
                return material.decrypt_with(secret, algorithm, blob)
            except Undecipherable:
                raise errors.InvalidCiphertextException("") from None

        return open_

    def material(self, member: str) -> dict[str, str]:
        """Which material of its key it is under, as a member of an answer."""
        return {member: self.parsed.material} if self.parsed is not None else {}


def parsed(tx: Tx, blob: bytes, given: str | None) -> Ciphertext:
    """A ciphertext under a symmetric key: that of the request, where it names one."""
    key = get_key(tx, given, by_alias=True) if given is not None else None
    try:
        found = Ciphertext.parse(tx.seal, blob)
    except Undecipherable:
        if key is not None:
            working(tx, key, ENCRYPT, SYMMETRIC)
        raise errors.InvalidCiphertextException("") from None
    if key is not None and key.arn != found.arn:
        raise errors.IncorrectKeyException(OTHERS)
    return found


def without_context(context: Context) -> None:
    if context:
        raise ValidationException("EncryptionContext is not supported with an asymmetric KMS key.")
