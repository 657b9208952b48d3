"""VPCs that private zones are answered in, of the zone's account and of others that it authorized.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-associate-vpcs-different-accounts.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.names import publishing
from forecourt.platform.network import pools, uses
from forecourt.platform.network.addresses import Exhausted
from forecourt.platform.network.vpcs import find_anybodys
from forecourt.store.resources import Kind, Resource

from .changes import record_change
from .zones import COLUMNS, Zone, arn_of, errors, get_anybodys, get_zone, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
# Named "<zone id> <VPC's ARN>", kept in the zone's account.
authorizations = Kind(
    "route53",
    "vpcauthorization",
    errors.VPCAssociationAuthorizationNotFound,
    is_global=True,
    is_shared=True,
)
MOST = 100  # on a page
INVALID = "The VPC ID is invalid."


@ops.write
def associate_vpc_with_hosted_zone(
    tx: Tx, req: t.AssociateVPCWithHostedZoneRequest
) -> t.AssociateVPCWithHostedZoneResponse:
    """By the zone's owner for a VPC of its own, or by a VPC's owner who was authorized."""
    zone = get_anybodys(tx, req["HostedZoneId"])
    vpc = find(tx, req["VPC"])
    owner, caller = Arn.parse(vpc.arn).account, tx.call.account
    if caller not in (zone.account, owner):
        raise errors.NoSuchHostedZone(f"No hosted zone found with ID: {zone.id}")
    if not zone.private:
        raise errors.PublicZoneVPCAssociation(
            f"Attempting to associate public zone: {zone.id} with vpc: {vpc.name}"
        )
    authorized = authorizations.find(tx, f"{zone.id} {vpc.arn}") is not None
    if owner != caller or (owner != zone.account and not authorized):
        raise errors.NotAuthorizedException(
            f"The VPC: {vpc.name} has not authorized to associate with your hosted zone."
        )
    check_conflict(tx, zone, vpc)
    most = quotas.limit(tx, "MAX_VPCS_ASSOCIATED_BY_ZONE")
    if len(publishing.vpcs_of(tx, zone.id)) >= most:
        raise errors.LimitsExceeded("Limits Exceeded: MAX_VPCS_ASSOCIATED_BY_ZONE")
    return {"ChangeInfo": record_change(tx, associate(tx, zone, vpc), req.get("Comment"))}


@ops.write
def disassociate_vpc_from_hosted_zone(
    tx: Tx, req: t.DisassociateVPCFromHostedZoneRequest
) -> t.DisassociateVPCFromHostedZoneResponse:
    """By the owner of the zone or of the VPC; not the last one."""
    zone = get_anybodys(tx, req["HostedZoneId"])
    vpc = find(tx, req["VPC"])
    if tx.call.account not in (zone.account, Arn.parse(vpc.arn).account):
        raise errors.NoSuchHostedZone(f"No hosted zone found with ID: {zone.id}")
    shown = publishing.vpcs_of(tx, zone.id)
    if vpc.arn not in shown:
        raise errors.VPCAssociationNotFound(
            f"The VPC: {vpc.name} is not associated with the hosted zone."
        )
    if len(shown) == 1:
        raise errors.LastVPCAssociation(
            "Cannot disassociate the last VPC from the private hosted zone."
        )
    seq = publishing.hide_from(tx, zone.id, vpc.arn)
    uses.drop(tx, arn_of(zone), vpc.arn)
    return {"ChangeInfo": record_change(tx, seq, req.get("Comment"))}


@ops.write
def create_vpc_association_authorization(
    tx: Tx, req: t.CreateVPCAssociationAuthorizationRequest
) -> t.CreateVPCAssociationAuthorizationResponse:
    """Let the owner of a VPC associate it with a zone of the caller's."""
    zone, vpc = private_zone(tx, req["HostedZoneId"]), find(tx, req["VPC"])
    known = of_zone(tx, zone.id)
    name = f"{zone.id} {vpc.arn}"
    if all(each.name != name for each in known):
        if len(known) >= quotas.limit(tx, "MAX_VPC_AUTHORIZATIONS_BY_ZONE"):
            raise errors.TooManyVPCAssociationAuthorizations(
                "You've created the maximum number of authorizations for the hosted zone."
            )
        authorizations.create(tx, name, {}, {})
    return {"HostedZoneId": zone.id, "VPC": req["VPC"]}


@ops.write
def delete_vpc_association_authorization(
    tx: Tx, req: t.DeleteVPCAssociationAuthorizationRequest
) -> t.DeleteVPCAssociationAuthorizationResponse:
    """Take it back; what was associated by it stays."""
    zone, vpc = private_zone(tx, req["HostedZoneId"]), find(tx, req["VPC"])
    complaint = (
        "The VPC that you specified is not authorized to be associated with the hosted zone."
    )
    authorizations.remove(tx, authorizations.get(tx, f"{zone.id} {vpc.arn}", complaint))
    return {}


@ops.read
def list_vpc_association_authorizations(
    tx: Tx, req: t.ListVPCAssociationAuthorizationsRequest
) -> t.ListVPCAssociationAuthorizationsResponse:
    zone = private_zone(tx, req["HostedZoneId"])
    size = min(page_size(req.get("MaxResults"), 50), 50)
    start = req.get("NextToken", "")
    found = [each for each in of_zone(tx, zone.id) if each.name >= start]
    page: t.ListVPCAssociationAuthorizationsResponse = {
        "HostedZoneId": zone.id,
        "VPCs": [vpc_document(each.name.partition(" ")[2]) for each in found[:size]],
    }
    if len(found) > size:
        page["NextToken"] = found[size].name
    return page


@ops.read
def list_hosted_zones_by_vpc(
    tx: Tx, req: t.ListHostedZonesByVPCRequest
) -> t.ListHostedZonesByVPCResponse:
    """The private zones that a VPC of the caller's is associated with."""
    vpc = own_vpc(tx, {"VPCId": req["VPCId"], "VPCRegion": req["VPCRegion"]})
    size = page_size(req.get("MaxItems"), MOST)
    columns = ", ".join(f"route53_zone.{each.strip()}" for each in COLUMNS.split(","))
    rows = tx.all(
        f"SELECT {columns} FROM published_view JOIN route53_zone ON route53_zone.id = zone"
        " WHERE vpc = :vpc AND zone >= :start ORDER BY zone LIMIT :size",
        vpc=vpc.arn,
        start=req.get("NextToken", ""),
        size=size + 1,
    )
    zones = [Zone.of(row) for row in rows]
    page: t.ListHostedZonesByVPCResponse = {
        "HostedZoneSummaries": [
            {"HostedZoneId": zone.id, "Name": zone.name, "Owner": {"OwningAccount": zone.account}}
            for zone in zones[:size]
        ],
        "MaxItems": str(size),
    }
    if len(zones) > size:
        page["NextToken"] = zones[size].id
    return page


def find(tx: Tx, given: Any) -> Resource:
    """A VPC, whosever it is.  InvalidVPCId."""
    found = find_anybodys(tx, given.get("VPCRegion", ""), given.get("VPCId", ""))
    if found is None:
        raise errors.InvalidVPCId(INVALID)
    return found


def own_vpc(tx: Tx, given: Any) -> Resource:
    """A VPC of the caller's.  InvalidVPCId."""
    found = find(tx, given)
    if Arn.parse(found.arn).account != tx.call.account:
        raise errors.InvalidVPCId(INVALID)
    return found


def private_zone(tx: Tx, zone_id: str) -> Zone:
    zone = get_zone(tx, zone_id)
    if not zone.private:
        raise errors.InvalidInput("Public hosted zones cannot be associated with VPCs.")
    return zone


def of_zone(tx: Tx, zone_id: str) -> list[Resource]:
    return authorizations.between(tx, f"{zone_id} ", f"{zone_id}!")  # the character after the space


def check_conflict(tx: Tx, zone: Zone, vpc: Resource) -> None:
    """A VPC is associated with one private zone of a name at most.  ConflictingDomainExists."""
    if zone_in(tx, zone.sort_key, vpc) is not None:
        raise errors.ConflictingDomainExists(
            f"The VPC that you chose, {vpc.name} in region {Arn.parse(vpc.arn).region}, is already"
            " associated with another private hosted zone that has an overlapping name space,"
            f" {zone.name}."
        )


def zone_in(tx: Tx, sort_key: str, vpc: Resource) -> str | None:
    """The private zone of a name that a VPC is associated with."""
    found: str | None = tx.value(
        "SELECT zone FROM published_view JOIN published_zone ON published_zone.id = zone"
        " WHERE vpc = :vpc AND sort_key = :key LIMIT 1",
        vpc=vpc.arn,
        key=sort_key,
    )
    return found


def associate(tx: Tx, zone: Zone, vpc: Resource) -> int:
    """Answer a zone in a VPC; the feed's sequence number."""
    try:
        pools.resolver(tx, vpc.arn)
    except Exhausted as exhausted:
        raise errors.LimitsExceeded(str(exhausted)) from None
    uses.record(tx, arn_of(zone), vpc.arn)
    return publishing.show_in(tx, zone.id, vpc.arn)


def forget_vpcs(tx: Tx, zone: Zone) -> None:
    """A zone is deleted."""
    for arn in publishing.vpcs_of(tx, zone.id):
        uses.drop(tx, arn_of(zone), arn)
    for each in of_zone(tx, zone.id):
        authorizations.remove(tx, each)


def vpc_document(arn: str) -> t.VPC:
    vpc = Arn.parse(arn)
    found: Any = {"VPCRegion": vpc.region, "VPCId": vpc.resource.partition("/")[2]}
    return found
