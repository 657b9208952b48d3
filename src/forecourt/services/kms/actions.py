"""KMS as IAM sees it: nobody uses a key against its policy, but for those who hold a grant.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.platform.keys import grants, stored
from forecourt.platform.keys.stored import ALIASES, Key, errors

from . import encryption
from .grants import key_of, retired
from .identifiers import PREFIX, arn_of, key_arn, names_of, no_alias

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Find = Callable[["Tx", Params], str]  # the ARN of the key that is meant

# Condition keys that say what a member of the request says.
MEMBERS = {
    "kms:bypasspolicylockoutsafetycheck": "BypassPolicyLockoutSafetyCheck",
    "kms:datakeypairspec": "KeyPairSpec",
    "kms:encryptionalgorithm": "EncryptionAlgorithm",
    "kms:granteeprincipal": "GranteePrincipal",
    "kms:granteeserviceprincipal": "GranteeServicePrincipal",
    "kms:grantoperations": "Operations",
    "kms:keyagreementalgorithm": "KeyAgreementAlgorithm",
    "kms:macalgorithm": "MacAlgorithm",
    "kms:messagetype": "MessageType",
    "kms:retiringprincipal": "RetiringPrincipal",
    "kms:retiringserviceprincipal": "RetiringServicePrincipal",
    "kms:rotationperiodindays": "RotationPeriodInDays",
    "kms:schedulekeydeletionpendingwindowindays": "PendingWindowInDays",
    "kms:signingalgorithm": "SigningAlgorithm",
}
# And those whose members have defaults, by operation.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "CreateKey": {"kms:bypasspolicylockoutsafetycheck": "false"},
    "Decrypt": {"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    "Encrypt": {"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    "GenerateDataKey": {"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    "GenerateDataKeyPair": {"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    "GenerateDataKeyPairWithoutPlaintext": {"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    "GenerateDataKeyWithoutPlaintext": {"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    "PutKeyPolicy": {"kms:bypasspolicylockoutsafetycheck": "false"},
    "ScheduleKeyDeletion": {"kms:schedulekeydeletionpendingwindowindays": "30"},
    "Sign": {"kms:messagetype": "RAW"},
    "Verify": {"kms:messagetype": "RAW"},
}


def on_key(find: Find, name: str | None = None, prefix: str = "") -> Action:
    """On a key.  `prefix` is that of the members which tell how it is used, where there are two."""

    def policy(tx: Tx, req: Params) -> str | None:
        key = meant(tx, find(tx, req))
        return key.policy if key is not None else None

    def keys(tx: Tx, req: Params) -> Values:
        key = meant(tx, find(tx, req))
        return request_keys(tx, req, prefix) | (key_keys(tx, key) if key is not None else {})

    return Action(lambda tx, req: [find(tx, req)], name, keys, policy, required=True)


def meant(tx: Tx, arn: str) -> Key | None:
    """A key.  One that is not there is told to its account, to others it is one they may not use."""
    found = stored.find(tx, arn)
    if found is None and arn.startswith(arn_of(tx, "key/")):
        raise errors.NotFoundException(f"Key '{arn}' does not exist")
    return found


def by_id(member: str = "KeyId") -> Find:
    return lambda tx, req: key_arn(tx, req[member])


def by_name(member: str = "KeyId") -> Find:
    return lambda tx, req: key_arn(tx, req[member], by_alias=True)


def of_ciphertext(prefix: str = "") -> Find:
    return lambda tx, req: encryption.Source(tx, req, prefix).key.arn


def of_alias(tx: Tx, req: Params) -> str:
    alias = ALIASES.find(tx, req["AliasName"].removeprefix(PREFIX))
    if alias is None:
        raise no_alias(arn_of(tx, req["AliasName"]))
    return str(alias.spec["TargetKeyArn"])


def of_retired(tx: Tx, req: Params) -> str:
    return key_of(retired(tx, req))


def request_keys(tx: Tx, req: Params, prefix: str) -> dict[str, tuple[str, ...]]:
    """The condition keys that a request decides."""
    found: dict[str, tuple[str, ...]] = {"kms:calleraccount": (tx.call.account,)}
    for key, default in DEFAULTS.get(tx.call.operation, {}).items():
        found[key] = (default,)
    for key, member in MEMBERS.items():
        if (value := req.get(prefix + member)) is not None:
            found[key] = texts(value)
    context = req.get(f"{prefix}EncryptionContext") or {}
    for name, value in context.items():
        found[f"kms:encryptioncontext:{name.lower()}"] = (value,)
    if context:
        found["kms:encryptioncontextkeys"] = tuple(context)
    given = req.get(f"{prefix}KeyId", "")
    if (at := given.find(PREFIX)) == 0 or given.startswith("arn:") and at > 0:
        found["kms:requestalias"] = (given[at:],)
    if constraints := req.get("Constraints"):
        found["kms:grantconstrainttype"] = tuple(constraints)
        if "SourceArn" in constraints:
            found["kms:grantconstraintsourcearn"] = (constraints["SourceArn"],)
    if tx.call.operation in ("CreateGrant", "ListGrants", "RevokeGrant"):
        found["kms:grantisforawsresource"] = ("false",)
    return found


def texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def key_keys(tx: Tx, key: Key) -> dict[str, tuple[str, ...]]:
    """The condition keys that a key decides."""
    return {
        "kms:customermasterkeyspec": (key.spec.name,),
        "kms:customermasterkeyusage": (key.usage,),
        "kms:keyorigin": ("AWS_KMS",),
        "kms:keyspec": (key.spec.name,),
        "kms:keyusage": (key.usage,),
        "kms:multiregion": ("false",),
        "kms:resourcealiases": tuple(names_of(tx, key)),
    }


def new_key_keys(tx: Tx, req: Params) -> Values:
    """The same for a key that is to be made."""
    spec = req.get("KeySpec") or req.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    return {
        **request_keys(tx, req, ""),
        "kms:keyorigin": (req.get("Origin", "AWS_KMS"),),
        "kms:keyspec": (spec,),
        "kms:keyusage": (req.get("KeyUsage", "ENCRYPT_DECRYPT"),),
        "kms:multiregion": texts(req.get("MultiRegion", False)),
    }


def allowed_by_grant(tx: Tx, operation: str, arn: str, req: Params) -> bool:
    """Whether a grant of the key allows what policies do not."""
    if ":key/" not in arn:
        return False
    caller = tx.call.caller
    arns = {caller.arn, caller.behind} - {""}

    def may(name: str, prefix: str = "") -> bool:
        return grants.granted(tx, arn, arns, name, req.get(f"{prefix}EncryptionContext"))

    match operation:
        case "RetireGrant":
            grant = retired(tx, req)
            return grant.spec.get("RetiringPrincipal") in arns or (
                grant.spec.get("GranteePrincipal") in arns and operation in grant.spec["Operations"]
            )
        case "CreateGrant":
            return any(
                grant.spec.get("GranteePrincipal") in arns and within(req, grant.spec)
                for grant in grants.of_key(tx, arn)
            )
        case "ReEncrypt":
            source, destination = (
                of_ciphertext("Source")(tx, req),
                by_name("DestinationKeyId")(tx, req),
            )
            return (arn != source or may("ReEncryptFrom", "Source")) and (
                arn != destination or may("ReEncryptTo", "Destination")
            )
    return may(operation)


def within(req: Params, held: Mapping[str, Any]) -> bool:
    """Whether a new grant gives no more than one that is held, which lets grants be made."""
    if not {"CreateGrant", *req["Operations"]} <= set(held["Operations"]):
        return False
    limits, asked = held.get("Constraints", {}), req.get("Constraints") or {}
    context = asked.get("EncryptionContextEquals") or asked.get("EncryptionContextSubset") or {}
    if "EncryptionContextEquals" in limits:
        return bool(limits["EncryptionContextEquals"] == asked.get("EncryptionContextEquals"))
    subset = limits.get("EncryptionContextSubset", {})
    return "SourceArn" not in limits and bool(subset.items() <= context.items())


ALIAS = on("arn:aws:kms:{region}:{account}:{AliasName}")
ID = on_key(by_id())
NAME = on_key(by_name())
ACTIONS: dict[str, Action | tuple[Action, ...]] = {
    "CancelKeyDeletion": ID,
    "CreateAlias": (ALIAS, on_key(by_id("TargetKeyId"))),
    "CreateGrant": ID,
    "CreateKey": (on("*", keys=new_key_keys), on("*", name="TagResource", when="Tags[]")),
    "Decrypt": on_key(of_ciphertext()),
    "DeleteAlias": (ALIAS, on_key(of_alias)),
    "DeriveSharedSecret": NAME,
    "DescribeKey": NAME,
    "DisableKey": ID,
    "DisableKeyRotation": ID,
    "EnableKey": ID,
    "EnableKeyRotation": ID,
    "Encrypt": NAME,
    "GenerateDataKey": NAME,
    "GenerateDataKeyPair": NAME,
    "GenerateDataKeyPairWithoutPlaintext": NAME,
    "GenerateDataKeyWithoutPlaintext": NAME,
    "GenerateMac": NAME,
    "GenerateRandom": on("*"),
    "GetKeyPolicy": ID,
    "GetKeyRotationStatus": ID,
    "GetPublicKey": NAME,
    "ListAliases": on("*"),
    "ListGrants": ID,
    "ListKeyPolicies": ID,
    "ListKeyRotations": ID,
    "ListKeys": on("*"),
    "ListResourceTags": ID,
    "ListRetirableGrants": on("*"),
    "PutKeyPolicy": ID,
    "ReEncrypt": (
        on_key(of_ciphertext("Source"), "ReEncryptFrom", "Source"),
        on_key(by_name("DestinationKeyId"), "ReEncryptTo", "Destination"),
    ),
    "RetireGrant": on_key(of_retired),
    "RevokeGrant": ID,
    "RotateKeyOnDemand": ID,
    "ScheduleKeyDeletion": ID,
    "Sign": NAME,
    "TagResource": ID,
    "UntagResource": ID,
    "UpdateAlias": (ALIAS, on_key(by_id("TargetKeyId")), on_key(of_alias)),
    "UpdateKeyDescription": ID,
    "Verify": NAME,
    "VerifyMac": NAME,
}
AUTHORIZATION = Authorization("kms", ACTIONS, allowed_otherwise=allowed_by_grant)
