"""The signature of messages, and the certificate it is checked by.

Version 1 is RSA with SHA-1, version 2 with SHA-256, over the fields that have a fixed order.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from forecourt.planes.tls import keys
from forecourt.planes.tls.building import build, common_name, host_names, pem
from forecourt.planes.tls.profiles import SERVER_DV
from forecourt.platform.certificates import authorities

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

SETTING = "sns signing"
PURPOSE = "sns signing key"
ALGORITHM = "RSA_2048"
HOST = "sns.amazonaws.com"
LASTS, RENEWED = timedelta(days=198), timedelta(days=30)
MOST_KEPT = 8  # certificates that messages still name
PATH = "/SimpleNotificationService-{id}.pem"
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
HASHES: Mapping[str, Any] = {"1": hashes.SHA1, "2": hashes.SHA256}


def ensure(tx: Tx) -> None:
    """A key to sign with, whose certificate has time to go; once there is an authority to issue it."""
    if authorities.find(tx, authorities.RSA) is None:
        return
    known = stored(tx)
    if known and datetime.now(UTC) < datetime.fromisoformat(known[0]["Until"]) - RENEWED:
        return
    key = keys.MAKE[ALGORITHM]()
    issuer = authorities.issuer(tx, authorities.RSA)
    validity = authorities.span(datetime.now(UTC), LASTS)
    made = build(
        SERVER_DV,
        common_name([HOST]),
        key.public_key(),
        issuer,
        validity=validity,
        names=host_names([HOST]),
    )
    authorities.record(tx, authorities.RSA, made)
    fresh = {
        "Id": made.fingerprint(hashes.SHA256()).hex()[:32],
        "Until": made.not_valid_after_utc.isoformat(),
        "Key": b64encode(tx.seal.close(keys.dump(key), PURPOSE)).decode(),
        "Certificate": pem(made, issuer.certificate),
    }
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=SETTING,
        value=json.dumps([fresh, *known][:MOST_KEPT]),
    )


def stored(tx: Tx) -> list[dict[str, str]]:
    found = tx.value("SELECT value FROM setting WHERE name = :name", name=SETTING)
    return json.loads(found) if found else []


def certificate(tx: Tx, id: str) -> str | None:
    """The certificate (PEM) that a SigningCertURL names."""
    return next((each["Certificate"] for each in stored(tx) if each["Id"] == id), None)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key of now."""

    id: str
    secret: bytes
    base: str  # where certificates are served: the start of their URL

    def sign(self, document: Mapping[str, str], version: str) -> dict[str, str]:
        """A message with its signature; a millisecond or two."""
        fields = NOTIFICATION if document["Type"] == "Notification" else CONFIRMATION
        text = "".join(f"{name}\n{document[name]}\n" for name in fields if name in document)
        signature = loaded(self.secret).sign(text.encode(), padding.PKCS1v15(), HASHES[version]())
        return {
            **document,
            "SignatureVersion": version,
            "Signature": b64encode(signature).decode(),
            "SigningCertURL": self.base + PATH.format(id=self.id),
        }


def signer(tx: Tx, base: str) -> Signer:
    current = stored(tx)[0]
    return Signer(current["Id"], tx.seal.open(b64decode(current["Key"]), PURPOSE), base)


@lru_cache(maxsize=4)
def loaded(secret: bytes) -> Any:
    return keys.load(secret)
