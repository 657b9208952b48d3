"""What keys do, on bytes: no store, no caller, and no cryptography of our own.

The secret of a pair is its private key (PKCS #8, DER), of any other key its bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from .specs import Spec, hash_of

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Public = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
DER = serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class Material:
    """A new key."""

    secret: bytes
    public: bytes = b""  # SubjectPublicKeyInfo, DER


class Undecipherable(Exception):
    """What was to be decrypted was not encrypted by this key, or is damaged."""


class NotAKey(Exception):
    """A public key that cannot be used here; the text says why."""


def generate(spec: Spec) -> Material:
    """A new key; an RSA pair takes up to a second."""
    if not spec.paired:
        return Material(os.urandom(spec.size))
    key: Private
    if spec.curve is not None:
        key = ec.generate_private_key(spec.curve)
    else:
        key = rsa.generate_private_key(65537, spec.bits)
    return Material(
        key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def private_key(secret: bytes) -> Private:
    """A private key we made; whether its primes are primes was seen to then."""
    key = serialization.load_der_private_key(secret, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, Private)
    return key


def public_key(public: bytes) -> Public:
    key = serialization.load_der_public_key(public)
    assert isinstance(key, Public)
    return key


def sign(secret: bytes, algorithm: str, message: bytes, *, digest: bool = False) -> bytes:
    """A signature (of ECDSA in DER, RFC 3279 §2.2.3) of a message, or of its digest."""
    hashing = Prehashed(hash_of(algorithm)) if digest else hash_of(algorithm)
    match private_key(secret):
        case ec.EllipticCurvePrivateKey() as key:
            return key.sign(message, ec.ECDSA(hashing))
        case rsa_key:
            return rsa_key.sign(message, signature_padding(algorithm), hashing)


def verify(
    public: bytes, algorithm: str, message: bytes, signature: bytes, *, digest: bool = False
) -> bool:
    hashing = Prehashed(hash_of(algorithm)) if digest else hash_of(algorithm)
    try:
        match public_key(public):
            case ec.EllipticCurvePublicKey() as key:
                key.verify(signature, message, ec.ECDSA(hashing))
            case rsa_key:
                rsa_key.verify(signature, message, signature_padding(algorithm), hashing)
    except InvalidSignature:
        return False
    return True


def signature_padding(algorithm: str) -> padding.AsymmetricPadding:
    """RFC 8017 §8; the salt of PSS is as long as the digest."""
    if not algorithm.startswith("RSASSA_PSS"):
        return padding.PKCS1v15()
    hashing = hash_of(algorithm)
    return padding.PSS(padding.MGF1(hashing), hashing.digest_size)


def oaep(algorithm: str) -> padding.OAEP:
    hashing = hash_of(algorithm)
    return padding.OAEP(padding.MGF1(hashing), hashing, None)


def longest_plaintext(spec: Spec, algorithm: str) -> int:
    """RFC 8017 §7.1.1"""
    return spec.bits // 8 - 2 * hash_of(algorithm).digest_size - 2


def encrypt_to(public: bytes, algorithm: str, plaintext: bytes) -> bytes:
    key = public_key(public)
    assert isinstance(key, rsa.RSAPublicKey)
    return key.encrypt(plaintext, oaep(algorithm))


def decrypt_with(secret: bytes, algorithm: str, ciphertext: bytes) -> bytes:
    """Undecipherable."""
    key = private_key(secret)
    assert isinstance(key, rsa.RSAPrivateKey)
    try:
        return key.decrypt(ciphertext, oaep(algorithm))
    except ValueError:
        raise Undecipherable from None


def mac(secret: bytes, algorithm: str, message: bytes) -> bytes:
    """RFC 2104"""
    code = hmac.HMAC(secret, hash_of(algorithm))
    code.update(message)
    return code.finalize()


def agree(secret: bytes, peer: bytes) -> bytes:
    """The secret that a pair shares with the holder of another (ECDH).  NotAKey."""
    own = private_key(secret)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    try:
        theirs = serialization.load_der_public_key(peer)
    except Exception as wrong:  # whatever is wrong with bytes from outside
        raise NotAKey("The public key is not a valid DER-encoded X.509 public key.") from wrong
    if not isinstance(theirs, ec.EllipticCurvePublicKey) or theirs.curve.name != own.curve.name:
        raise NotAKey("The public key is not on the curve of the KMS key.")
    return own.exchange(ec.ECDH(), theirs)
