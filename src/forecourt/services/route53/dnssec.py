"""DNSSEC signing: key-signing keys in KMS, and zones that are signed.

A zone has up to two key-signing keys; while it is signed, each that is ACTIVE signs its DNSKEYs.  The
zone-signing key is the service's own (signing.py).
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from forecourt.aws.operations import Operations
from forecourt.planes.dns.dnssec import (
    ECDSAP256SHA256,
    SECURE_ENTRY_POINT,
    SHA256_DIGEST,
    digest,
    dnskey,
    key_tag,
)
from forecourt.planes.dns.wire import DS
from forecourt.platform import keys, quotas
from forecourt.platform.identity.decide import (
    Asked,
    Permissions,
    Principal,
    compile_policy,
    decide,
)
from forecourt.platform.keys.stored import ENABLED
from forecourt.platform.names import registry
from forecourt.store.resources import Kind, Resource

from . import signing
from .changes import record_change
from .domain_names import parse
from .record_sets import stored_node
from .zones import API, Zone, errors, get_zone

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
ksks = Kind(  # named "<zone id> <name>"
    "route53", "keysigningkey", errors.NoSuchKeySigningKey, is_global=True, is_shared=True
)
ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
SERVICE = "Service:dnssec-route53.amazonaws.com"
NEEDED = ("DescribeKey", "GetPublicKey", "Sign")
KEY_REGION = "us-east-1"


@ops.write
def create_key_signing_key(
    tx: Tx, req: t.CreateKeySigningKeyRequest
) -> t.CreateKeySigningKeyResponse:
    """A key-signing key out of a key of KMS that lets the service sign."""
    zone, name = get_zone(tx, req["HostedZoneId"]), req["Name"]
    if zone.private:
        raise errors.InvalidArgument("DNSSEC signing is not available for private hosted zones.")
    if not all(each.isascii() and (each.isalnum() or each == "_") for each in name):
        raise errors.InvalidKeySigningKeyName(
            f"The key-signing key (KSK) name {name} is not valid: letters, numbers, and"
            " underscores are."
        )
    if req["Status"] not in (ACTIVE, INACTIVE):
        raise errors.InvalidKeySigningKeyStatus(
            f"Key Signing Key with name {name} cannot be created with status {req['Status']}."
        )
    known = keys_of(tx, zone.id)
    reference, arn = req["CallerReference"], req["KeyManagementServiceArn"]
    if any(each.spec["Name"] == name or each.spec["KmsArn"] == arn for each in known):
        raise errors.KeySigningKeyAlreadyExists(
            "Key Signing Key with the same Name and/or KMS ARN already exist. Please make sure the"
            " Key Signing Key name and KMS ARN parameters of this request are not being used by"
            " another Key Signing Key in this Hosted Zone"
        )
    if len(known) >= quotas.limit(tx, "MAX_KEY_SIGNING_KEYS_BY_ZONE"):
        raise errors.TooManyKeySigningKeys(
            f"The Hosted Zone with Id {zone.id} has reached the limit of allowed Key Signing keys"
            " per Hosted Zone"
        )
    public = public_key(tx, zone, arn)
    made = ksks.create(
        tx,
        f"{zone.id} {name}",
        {"Name": name, "KmsArn": arn, "CallerReference": reference},
        {
            "Status": req["Status"],
            "Dnskey": b64encode(dnskey(SECURE_ENTRY_POINT, public)).decode(),
            "Modified": tx.now.timestamp(),
        },
    )
    return {
        "ChangeInfo": record_change(tx, signing.republish(tx, zone)),
        "KeySigningKey": document(zone, made),
        "Location": f"{API}/keysigningkey/{zone.id}/{name}",
    }


@ops.write
def activate_key_signing_key(
    tx: Tx, req: t.ActivateKeySigningKeyRequest
) -> t.ActivateKeySigningKeyResponse:
    """Let a key sign."""
    zone, found = get_key(tx, req["HostedZoneId"], req["Name"])
    public_key(tx, zone, found.spec["KmsArn"])
    seq = set_status(tx, zone, found, ACTIVE)
    return {"ChangeInfo": record_change(tx, seq)}


@ops.write
def deactivate_key_signing_key(
    tx: Tx, req: t.DeactivateKeySigningKeyRequest
) -> t.DeactivateKeySigningKeyResponse:
    """Let a key sign no more; the last one of a signed zone stays."""
    zone, found = get_key(tx, req["HostedZoneId"], req["Name"])
    others = [each for each in active_keys(tx, zone.id) if each.name != found.name]
    if found.status["Status"] == ACTIVE and not others and signing.is_signing(tx, zone.id):
        raise errors.KeySigningKeyInUse(
            f"Key Signing Key with name {found.spec['Name']} cannot be deactivated because it is"
            f" the only active Key Signing Key in hosted zone '{zone.id}', which is being signed."
        )
    if found.status["Status"] == ACTIVE and signing.is_signing(tx, zone.id):
        refuse_if_trusted(tx, zone, [found])
    return {"ChangeInfo": record_change(tx, set_status(tx, zone, found, INACTIVE))}


@ops.write
def delete_key_signing_key(
    tx: Tx, req: t.DeleteKeySigningKeyRequest
) -> t.DeleteKeySigningKeyResponse:
    zone, found = get_key(tx, req["HostedZoneId"], req["Name"])
    if found.status["Status"] != INACTIVE:
        raise errors.InvalidKeySigningKeyStatus(
            f"Key Signing Key with name {found.spec['Name']} cannot be deleted because current"
            " status is not INACTIVE."
        )
    ksks.remove(tx, found)
    return {"ChangeInfo": record_change(tx, signing.republish(tx, zone))}


@ops.write
def enable_hosted_zone_dnssec(
    tx: Tx, req: t.EnableHostedZoneDNSSECRequest
) -> t.EnableHostedZoneDNSSECResponse:
    """Sign a zone's answers."""
    zone = get_zone(tx, req["HostedZoneId"])
    if zone.private:
        raise errors.InvalidArgument("DNSSEC signing is not available for private hosted zones.")
    if not active_keys(tx, zone.id):
        raise errors.KeySigningKeyWithActiveStatusNotFound(
            f"Hosted zone with ID '{zone.id}' does not have a Key Signing Key in ACTIVE status."
        )
    return {"ChangeInfo": record_change(tx, signing.enable(tx, zone))}


@ops.write
def disable_hosted_zone_dnssec(
    tx: Tx, req: t.DisableHostedZoneDNSSECRequest
) -> t.DisableHostedZoneDNSSECResponse:
    """Sign no more."""
    zone = get_zone(tx, req["HostedZoneId"])
    if not signing.is_signing(tx, zone.id):
        raise errors.DNSSECNotFound(f"Hosted zone with ID '{zone.id}' is not being signed.")
    refuse_if_trusted(tx, zone, active_keys(tx, zone.id))
    return {"ChangeInfo": record_change(tx, signing.disable(tx, zone))}


@ops.read
def get_dnssec(tx: Tx, req: t.GetDNSSECRequest) -> t.GetDNSSECResponse:
    zone = get_zone(tx, req["HostedZoneId"])
    if zone.private:
        raise errors.InvalidArgument("DNSSEC signing is not available for private hosted zones.")
    serving = "SIGNING" if signing.is_signing(tx, zone.id) else "NOT_SIGNING"
    return {
        "Status": {"ServeSignature": serving},
        "KeySigningKeys": [shown(tx, zone, each) for each in keys_of(tx, zone.id)],
    }


def shown(tx: Tx, zone: Zone, found: Resource) -> t.KeySigningKey:
    """A key as it is now: one whose key of KMS works no more needs action."""
    document_ = document(zone, found)
    if found.status["Status"] == ACTIVE and not signing.is_usable(tx, found):
        document_["Status"] = "ACTION_NEEDED"
        document_["StatusMessage"] = (
            "The customer managed key could not be used. Enable it, or let Route 53 sign by it."
        )
    return document_


def keys_of(tx: Tx, zone_id: str) -> list[Resource]:
    return ksks.between(tx, f"{zone_id} ", f"{zone_id}!")  # the character after the space


def active_keys(tx: Tx, zone_id: str) -> list[Resource]:
    return [each for each in keys_of(tx, zone_id) if each.status["Status"] == ACTIVE]


def get_key(tx: Tx, zone_id: str, name: str) -> tuple[Zone, Resource]:
    """A zone of the caller's and a key of it.  NoSuchKeySigningKey."""
    complaint = f"Key Signing Key with name '{name}' in hosted zone '{zone_id}' was not found."
    try:
        zone = get_zone(tx, zone_id)
    except errors.NoSuchHostedZone:  # which the operations on keys do not declare
        raise errors.NoSuchKeySigningKey(complaint) from None
    return zone, ksks.get(tx, f"{zone.id} {name}", complaint)


def set_status(tx: Tx, zone: Zone, found: Resource, status: str) -> int:
    changed = {**found.status, "Status": status, "Modified": tx.now.timestamp()}
    ksks.change(tx, found, status=changed)
    return signing.republish(tx, zone)


def public_key(tx: Tx, zone: Zone, arn: str) -> ec.EllipticCurvePublicKey:
    """The public half of a key that the service may sign with.  InvalidKMSArn."""
    found = keys.find(tx, arn)
    if (
        found is None
        or (found.account, found.region) != (zone.account, KEY_REGION)
        or (found.spec.name, found.usage) != ("ECC_NIST_P256", "SIGN_VERIFY")
        or found.state != ENABLED
    ):
        raise errors.InvalidKMSArn(
            f"The customer managed key with ARN '{arn}' could not be used by Route 53 DNSSEC. Check"
            " to make sure that the customer managed key has not been deleted. Otherwise, review"
            " its configurations and key policy, to make sure it is in compliance with Route 53"
            " DNSSEC requirements."
        )
    policy = compile_policy(found.policy, "default")
    context = {
        "aws:sourceaccount": (zone.account,),
        "aws:sourcearn": (f"arn:aws:route53:::hostedzone/{zone.id}",),
    }
    service = Principal("", SERVICE)
    asked = (Asked(f"kms:{action}", found.arn, context, service) for action in NEEDED)
    if not all(decide(Permissions(), each, policy, required=True).allowed for each in asked):
        raise errors.InvalidKMSArn(
            f"The customer managed KMS key with the ARN '{arn}' does not grant all the required"
            " permissions for DNSSEC usage. Please review the key policy, and verify that you and"
            " Route 53 have permissions for the following actions: DescribeKey, GetPublicKey, and"
            " Sign. After you make sure that you have the right permissions in place, activate the"
            " key-signing key again."
        )
    public = load_der_public_key(found.public)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return public


def refuse_if_trusted(tx: Tx, zone: Zone, known: Iterable[Resource]) -> None:
    """Keep the keys that the zone above vouches for: without them its answers are bogus.
    KeySigningKeyInParentDSRecord.
    """
    trusted = ds_above(tx, zone)
    for each in known:
        if ds_of(zone, each) in trusted:
            raise errors.KeySigningKeyInParentDSRecord(
                f"Key Signing Key with name {each.spec['Name']} is specified in a DS record of the"
                f" parent of hosted zone '{zone.id}': without it, the authentication chain breaks."
                " Remove the DS record first."
            )


def ds_above(tx: Tx, zone: Zone) -> set[bytes]:
    """The DS rdata that the registry, or the account's own zones above a zone, have of it."""
    name = parse(zone.name)
    found = registry.delegation(tx, zone.name.rstrip("."))
    trusted = set(found.ds) if found is not None else set()
    _, *above = zone.name.rstrip(".").split(".")
    for at in range(len(above)):
        parents = tx.all(
            "SELECT id FROM route53_zone"
            " WHERE account = :account AND sort_key = :key AND server_set > 0",
            account=zone.account,
            key=parse(".".join(above[at:])).sort_key,
        )
        sets = [rrset for (parent,) in parents for rrset in stored_node(tx, parent, name)]
        trusted |= {rdata for rrset in sets if rrset.type == DS for rdata in rrset.rdata}
    return trusted


def ds_of(zone: Zone, key: Resource) -> bytes:
    """The DS rdata of a key-signing key."""
    return registry.ds_rdata(parse(zone.name).wire, b64decode(key.status["Dnskey"]))


def forget(tx: Tx, zone_id: str) -> None:
    """A zone is deleted."""
    signing.forget(tx, zone_id)


def document(zone: Zone, found: Resource) -> t.KeySigningKey:
    rdata = b64decode(found.status["Dnskey"])
    public = b64encode(rdata[4:]).decode()
    fingerprint = digest(parse(zone.name).wire, rdata).hex().upper()
    tag = key_tag(rdata)
    shown: Any = {
        "Name": found.spec["Name"],
        "KmsArn": found.spec["KmsArn"],
        "Flag": SECURE_ENTRY_POINT,
        "SigningAlgorithmMnemonic": "ECDSAP256SHA256",
        "SigningAlgorithmType": ECDSAP256SHA256,
        "DigestAlgorithmMnemonic": "SHA-256",
        "DigestAlgorithmType": SHA256_DIGEST,
        "KeyTag": tag,
        "DigestValue": fingerprint,
        "PublicKey": public,
        "DSRecord": f"{tag} {ECDSAP256SHA256} {SHA256_DIGEST} {fingerprint}",
        "DNSKEYRecord": f"{SECURE_ENTRY_POINT} 3 {ECDSAP256SHA256} {public}",
        "Status": found.status["Status"],
        "CreatedDate": found.created,
        "LastModifiedDate": datetime.fromtimestamp(found.status["Modified"], UTC),
    }
    return shown
