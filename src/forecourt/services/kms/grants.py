"""Grants: made, listed, revoked by the key's side and retired by the user's.

A grant works at once; its token, which is for AWS's delay, says which grant it is of.
https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.identity.accounts import root_arn
from forecourt.platform.keys import grants, stored
from forecourt.platform.keys.grants import GRANTS
from forecourt.platform.keys.specs import AGREE, ENCRYPT, MAC, SIGN
from forecourt.platform.keys.stored import Key, errors
from forecourt.store import resources
from forecourt.store.resources import Resource, insert

from .identifiers import ValidationException, get_key
from .pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")
TOKEN = "grant token"
MEMBERS = (
    "Name",
    "GranteePrincipal",
    "GranteeServicePrincipal",
    "RetiringPrincipal",
    "RetiringServicePrincipal",
    "Operations",
    "Constraints",
)
# What can be granted of a key, by its usage and whether it has a public key.
# https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
OF_ANY = frozenset(("CreateGrant", "DescribeKey", "RetireGrant"))
OF_ENCRYPTION = frozenset(("Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"))
OPERATIONS = {
    (ENCRYPT, False): OF_ANY
    | OF_ENCRYPTION
    | {
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
    },
    (ENCRYPT, True): OF_ANY | OF_ENCRYPTION | {"GetPublicKey"},
    (SIGN, True): OF_ANY | {"GetPublicKey", "Sign", "Verify"},
    (MAC, False): OF_ANY | {"GenerateMac", "VerifyMac"},
    (AGREE, True): OF_ANY | {"DeriveSharedSecret", "GetPublicKey"},
}


@ops.write
def create_grant(tx: Tx, req: t.CreateGrantRequest) -> t.CreateGrantResponse:
    """With a name, asking again for the same gives the same grant."""
    key = stored.usable(get_key(tx, req["KeyId"]))
    given: Mapping[str, Any] = req
    spec = {member: given[member] for member in MEMBERS if member in given}
    check(key, spec)
    present = grants.of_key(tx, key.arn)
    if "Name" in req:
        for grant in present:
            if {k: v for k, v in grant.spec.items() if k != "IssuingAccount"} == spec:
                return issued(tx, grant)
    if len(present) >= quotas.limit(tx, "MAX_GRANTS_BY_KMS_KEY"):
        raise errors.LimitExceededException(
            "The limit of grants for this KMS key has been reached."
        )
    row = GRANTS.row(
        tx,
        key.account,
        key.region,
        f"{key.id}/{secrets.token_hex(32)}",
        {**spec, "IssuingAccount": root_arn(tx.call.account)},
        {},
        {},
    )
    insert(tx, [row])
    made = resources.at(tx, row["arn"])
    assert made is not None
    return issued(tx, made)


@ops.read
def list_grants(tx: Tx, req: t.ListGrantsRequest) -> t.ListGrantsResponse:
    key = get_key(tx, req["KeyId"])
    found = [
        grant
        for grant in grants.of_key(tx, key.arn)
        if req.get("GrantId", id_of(grant)) == id_of(grant)
        and all(
            member not in req or grant.spec.get(member) == req[member]
            for member in ("GranteePrincipal", "GranteeServicePrincipal")
        )
    ]
    return listed(found, req)


@ops.read
def list_retirable_grants(tx: Tx, req: t.ListRetirableGrantsRequest) -> t.ListGrantsResponse:
    """Those of the caller's keys that a principal may retire."""
    asked = [
        member for member in ("RetiringPrincipal", "RetiringServicePrincipal") if member in req
    ]
    if len(asked) != 1:
        raise ValidationException("Specify either RetiringPrincipal or RetiringServicePrincipal.")
    checked_principal(req.get("RetiringPrincipal"))
    found = [
        grant
        for grant in GRANTS.all(tx)
        if grant.spec.get(asked[0]) == req[asked[0]] and stored.find(tx, key_of(grant)) is not None
    ]
    return listed(found, req)


@ops.write
def revoke_grant(tx: Tx, req: t.RevokeGrantRequest) -> None:
    GRANTS.remove(tx, get_grant(tx, get_key(tx, req["KeyId"]), req["GrantId"]))


@ops.write
def retire_grant(tx: Tx, req: t.RetireGrantRequest) -> None:
    GRANTS.remove(tx, retired(tx, req))


def check(key: Key, spec: Mapping[str, Any]) -> None:
    if ("GranteePrincipal" in spec) == ("GranteeServicePrincipal" in spec):
        raise ValidationException("Specify either GranteePrincipal or GranteeServicePrincipal.")
    for member in ("GranteePrincipal", "RetiringPrincipal"):
        checked_principal(spec.get(member))
    allowed = OPERATIONS[key.usage, key.spec.paired]
    if wrong := sorted(set(spec["Operations"]) - allowed):
        raise ValidationException(
            f"Operations [{', '.join(wrong)}] cannot be granted of {key.arn}, whose key usage is"
            f" {key.usage} and key spec {key.spec.name}."
        )
    constraints = spec.get("Constraints", {})
    if len(constraints.keys() & {"EncryptionContextEquals", "EncryptionContextSubset"}) > 1:
        raise ValidationException("A grant has one constraint on the encryption context at most.")


def checked_principal(arn: str | None) -> None:
    if arn is None:
        return
    try:
        Arn.parse(arn)
    except ValueError:
        raise errors.InvalidArnException(
            f"ARN does not refer to a valid principal: {arn}"
        ) from None


def issued(tx: Tx, grant: Resource) -> t.CreateGrantResponse:
    token = tx.seal.close(grant.arn.encode(), TOKEN)
    return {"GrantToken": base64.b64encode(token).decode(), "GrantId": id_of(grant)}


def get_grant(tx: Tx, key: Key, grant_id: str) -> Resource:
    for grant in grants.of_key(tx, key.arn):
        if id_of(grant) == grant_id:
            return grant
    raise errors.NotFoundException(f"Grant ID {grant_id} not found")


def retired(tx: Tx, req: Mapping[str, Any]) -> Resource:
    """The grant that is to be retired: by its token, or by its key and id."""
    if (token := req.get("GrantToken")) is None:
        if "KeyId" not in req or "GrantId" not in req:
            raise ValidationException("Grant token OR (grant ID, key ID) must be specified")
        return get_grant(tx, get_key(tx, req["KeyId"]), req["GrantId"])
    try:
        arn = tx.seal.open(base64.b64decode(token, validate=True), TOKEN).decode()
    except ValueError:
        raise errors.InvalidGrantTokenException("") from None
    if (found := resources.at(tx, arn)) is None:
        raise errors.NotFoundException("The grant does not exist")
    return found


def id_of(grant: Resource) -> str:
    return grant.name.partition("/")[2]


def key_of(grant: Resource) -> str:
    """The ARN of a grant's key."""
    head, _, _ = grant.arn.rpartition("/")
    return head.replace(":grant/", ":key/")


def listed(found: list[Resource], req: Mapping[str, Any]) -> t.ListGrantsResponse:
    return page(
        "Grants", found, req, by=lambda grant: grant.name, show=document, default=50, most=100
    )


def document(grant: Resource) -> t.GrantListEntry:
    entry: dict[str, Any] = {
        "KeyId": key_of(grant),
        "GrantId": id_of(grant),
        "CreationDate": grant.created,
        **grant.spec,
    }
    return entry  # type: ignore[return-value]
