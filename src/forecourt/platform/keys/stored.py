"""Keys as they are stored: their documents, their states, their material sealed.

A key that rotates keeps all its materials: new data is encrypted under the newest, old data opens
with the one its ciphertext names.  A key whose time to be deleted has come is gone, whether or not
its row was taken away yet.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from forecourt.aws.arns import Arn
from forecourt.aws.errors import Errors
from forecourt.store import resources
from forecourt.store.resources import Kind, Resource

from . import ciphertexts, material
from .specs import SPECS, Spec

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

    from .ciphertexts import Ciphertext, Context
    from .material import Material

errors = Errors("kms")
KEYS = Kind("kms", "key", errors.NotFoundException)
ALIASES = Kind("kms", "alias", errors.NotFoundException)
WORK = "kms-key"  # the kind of work that keys call for: deletion and rotation when they are due

ENABLED, DISABLED, PENDING_DELETION = "Enabled", "Disabled", "PendingDeletion"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, as read."""

    resource: Resource

    @property
    def arn(self) -> str:
        return self.resource.arn

    @property
    def id(self) -> str:
        return self.resource.name

    @property
    def account(self) -> str:
        return Arn.parse(self.arn).account

    @property
    def region(self) -> str:
        return Arn.parse(self.arn).region

    @property
    def spec(self) -> Spec:
        return SPECS[self.resource.spec["KeySpec"]]

    @property
    def usage(self) -> str:
        return str(self.resource.spec["KeyUsage"])

    @property
    def algorithms(self) -> tuple[str, ...]:
        return self.spec.algorithms[self.usage]

    @property
    def policy(self) -> str:
        return str(self.resource.spec["Policy"])

    @property
    def state(self) -> str:
        return str(self.resource.status["KeyState"])

    @property
    def deletion(self) -> datetime | None:
        """When it goes."""
        return moment(self.resource.status.get("DeletionDate"))

    @property
    def public(self) -> bytes:
        return base64.b64decode(self.resource.status["PublicKey"])

    @property
    def materials(self) -> list[Mapping[str, Any]]:
        """Oldest first: {Id, Sealed, Since}, and Type of what a rotation brought."""
        return list(self.resource.status["Materials"])

    @property
    def current(self) -> str:
        """The id of the newest material."""
        return str(self.materials[-1]["Id"])

    @property
    def rotates(self) -> bool:
        """Whether it can: only symmetric encryption keys do."""
        return self.spec.name == "SYMMETRIC_DEFAULT"


def moment(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)


def create(
    tx: Tx,
    spec: Spec,
    usage: str,
    made: Material,
    policy: str,
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> Key:
    """A key of the caller's account and region."""
    name = str(uuid4())
    arn = str(Arn("kms", tx.call.region, tx.call.account, f"key/{name}"))
    status: dict[str, Any] = {
        "KeyState": ENABLED,
        "Materials": [sealed_material(tx, arn, made.secret)],
    }
    if made.public:
        status["PublicKey"] = base64.b64encode(made.public).decode()
    documents = {
        "KeySpec": spec.name,
        "KeyUsage": usage,
        "Description": description,
        "Policy": policy,
    }
    return Key(KEYS.create(tx, name, documents, status, tags))


def sealed_material(tx: Tx, arn: str, secret: bytes) -> dict[str, Any]:
    material_id = secrets.token_hex(32)
    sealed = tx.seal.close(secret, purpose(arn, material_id))
    return {
        "Id": material_id,
        "Sealed": base64.b64encode(sealed).decode(),
        "Since": tx.now.timestamp(),
    }


def purpose(arn: str, material_id: str) -> str:
    return f"material {material_id} of {arn}"


def find(tx: Tx, arn: str) -> Key | None:
    """A key that is there, whoever asks."""
    found = resources.at(tx, arn)
    return living(tx, Key(found)) if found is not None else None


def living(tx: Tx, key: Key) -> Key | None:
    """The key, unless its time is over."""
    return None if key.deletion is not None and key.deletion <= tx.now else key


def change(
    tx: Tx,
    key: Key,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    without: tuple[str, ...] = (),
) -> Key:
    """The key with other members of its documents, and `without` some of its status."""
    kept = {k: v for k, v in key.resource.status.items() if k not in without}
    changed = KEYS.change(
        tx,
        key.resource,
        spec={**key.resource.spec, **spec} if spec else None,
        status={**kept, **(status or {})},
    )
    return Key(changed)


def usable(key: Key) -> Key:
    """The key, if its state lets it work.  DisabledException, KMSInvalidStateException."""
    if key.state == DISABLED:
        raise errors.DisabledException(f"{key.arn} is disabled.")
    return staying(key)


def staying(key: Key) -> Key:
    """The key, unless it is about to be deleted.  KMSInvalidStateException."""
    if key.state == PENDING_DELETION:
        raise errors.KMSInvalidStateException(f"{key.arn} is pending deletion.")
    return key


def secret(tx: Tx, key: Key, material_id: str = "") -> bytes:
    """The material of a key: the newest, or another by its id.  Undecipherable if there is none."""
    for each in reversed(key.materials):
        if each["Id"] == (material_id or each["Id"]):
            return tx.seal.open(base64.b64decode(each["Sealed"]), purpose(key.arn, each["Id"]))
    raise material.Undecipherable


def sealing(tx: Tx, key: Key, context: Context) -> Callable[[bytes], bytes]:
    """What encrypts under a symmetric key, in the transaction or after it."""
    seal, opened = tx.seal, secret(tx, key)
    return lambda plaintext: ciphertexts.close(
        seal, key.arn, key.current, opened, plaintext, context
    )


def encrypt(tx: Tx, key: Key, plaintext: bytes, context: Context) -> bytes:
    """Encrypt under a symmetric key; whether its state and policy allow it is the caller's to see."""
    return sealing(tx, key, context)(plaintext)


def decrypt(tx: Tx, key: Key, ciphertext: Ciphertext, context: Context) -> bytes:
    """Undecipherable."""
    return ciphertext.open(secret(tx, key, ciphertext.material), context)


def sign(tx: Tx, key: Key, algorithm: str, message: bytes) -> bytes:
    return material.sign(secret(tx, key), algorithm, message)


def rotate(tx: Tx, key: Key, type_: str) -> Key:
    """Give a symmetric key new material; AUTOMATIC or ON_DEMAND."""
    fresh = sealed_material(tx, key.arn, material.generate(key.spec).secret)
    return change(tx, key, status={"Materials": [*key.materials, {**fresh, "Type": type_}]})
