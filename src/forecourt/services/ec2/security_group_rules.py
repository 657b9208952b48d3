"""Rules of security groups: authorized, revoked, changed, each with an id of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.network import vpcs
from forecourt.store.resources import Resource

from .describing import answer, select
from .kinds import RULE, VPC, InvalidParameterCombination, InvalidParameterValue, MissingParameter
from .permissions import (
    canonical,
    description,
    key,
    no_prefix_list,
    permissions_of,
    referenced,
    rules_of,
    together,
    traffic,
)
from .security_groups import given_group
from .tags import at_creation, shown

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

Duplicate = common("InvalidPermission.Duplicate", 400)
NotFound = common("InvalidPermission.NotFound", 400)
LimitExceeded = common("RulesPerSecurityGroupLimitExceeded", 400)
FILTERS = {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"}


@ops.write
def authorize_security_group_ingress(
    tx: Tx, req: t.AuthorizeSecurityGroupIngressRequest
) -> t.AuthorizeSecurityGroupIngressResult:
    return {"Return": True, "SecurityGroupRules": authorize(tx, req, egress=False)}


@ops.write
def authorize_security_group_egress(
    tx: Tx, req: t.AuthorizeSecurityGroupEgressRequest
) -> t.AuthorizeSecurityGroupEgressResult:
    return {"Return": True, "SecurityGroupRules": authorize(tx, req, egress=True)}


@ops.write
def revoke_security_group_ingress(
    tx: Tx, req: t.RevokeSecurityGroupIngressRequest
) -> t.RevokeSecurityGroupIngressResult:
    revoked: Any = revoke(tx, req, egress=False)
    result: t.RevokeSecurityGroupIngressResult = revoked
    return result


@ops.write
def revoke_security_group_egress(
    tx: Tx, req: t.RevokeSecurityGroupEgressRequest
) -> t.RevokeSecurityGroupEgressResult:
    revoked: Any = revoke(tx, req, egress=True)
    result: t.RevokeSecurityGroupEgressResult = revoked
    return result


@ops.read
def describe_security_group_rules(
    tx: Tx, req: t.DescribeSecurityGroupRulesRequest
) -> t.DescribeSecurityGroupRulesResult:
    documents = [document(tx, each) for each in RULE.kind.all(tx)]
    ids = req.get("SecurityGroupRuleIds")
    found = select(RULE, FILTERS, documents, req, ids, "SecurityGroupRuleId")
    page: t.DescribeSecurityGroupRulesResult = answer("SecurityGroupRules", found)
    return page


@ops.write
def modify_security_group_rules(
    tx: Tx, req: t.ModifySecurityGroupRulesRequest
) -> t.ModifySecurityGroupRulesResult:
    """Give rules of a group other contents; their ids and tags stay."""
    group = given_group(tx, req)
    for update in req["SecurityGroupRules"]:
        rule = rule_of(tx, group, update["SecurityGroupRuleId"])
        wanted = update.get("SecurityGroupRule", {})
        spec = {
            "GroupId": group.name,
            "IsEgress": rule.spec["IsEgress"],
            **traffic(wanted.get("IpProtocol"), wanted.get("FromPort"), wanted.get("ToPort")),
            **source(tx, group, wanted),
        }
        if "Description" in wanted:
            spec["Description"] = description(wanted["Description"])
        others = [each for each in vpcs.rules_of(tx, group.name) if each.name != rule.name]
        check_new([spec], others)
        RULE.kind.change(tx, rule, spec=spec)
    return {"Return": True}


@ops.write
def update_security_group_rule_descriptions_ingress(
    tx: Tx, req: t.UpdateSecurityGroupRuleDescriptionsIngressRequest
) -> t.UpdateSecurityGroupRuleDescriptionsIngressResult:
    update_descriptions(tx, req, egress=False)
    return {"Return": True}


@ops.write
def update_security_group_rule_descriptions_egress(
    tx: Tx, req: t.UpdateSecurityGroupRuleDescriptionsEgressRequest
) -> t.UpdateSecurityGroupRuleDescriptionsEgressResult:
    update_descriptions(tx, req, egress=True)
    return {"Return": True}


def authorize(tx: Tx, req: Mapping[str, Any], *, egress: bool) -> list[t.SecurityGroupRule]:
    """Add rules to a group, all or none."""
    group = given_group(tx, req)
    permissions = permissions_of(req)
    if not permissions:
        raise MissingParameter("The request must contain the parameter ipPermissions")
    tags = at_creation(req, RULE)
    existing = vpcs.rules_of(tx, group.name)
    new = rules_of(tx, group, permissions, egress=egress)
    check_new(new, existing)
    there = sum(each.spec["IsEgress"] == egress for each in existing)
    if there + len(new) > quotas.limit(tx, "MAX_RULES_BY_SECURITY_GROUP"):
        raise LimitExceeded("The maximum number of rules per security group has been reached.")
    made = [RULE.kind.create(tx, RULE.new_id(), spec, {}, tags) for spec in new]
    return [document(tx, each) for each in made]


def revoke(tx: Tx, req: Mapping[str, Any], *, egress: bool) -> dict[str, Any]:
    """Take rules away from a group: by id, or by what they say.

    Rules that are not there are an error, except in the default VPC, where they are told.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    group = given_group(tx, req)
    ids, permissions = req.get("SecurityGroupRuleIds", []), permissions_of(req)
    if ids and permissions:
        raise InvalidParameterCombination(
            "The parameters securityGroupRuleIds and ipPermissions cannot be used together."
        )
    if not ids and not permissions:
        raise MissingParameter(
            "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided."
        )
    gone = [rule_of(tx, group, each) for each in ids]
    if any(rule.spec["IsEgress"] != egress for rule in gone):
        raise InvalidParameterValue(
            "The specified security group rules are not all of the direction of the request."
        )
    existing = {key(each.spec): each for each in vpcs.rules_of(tx, group.name)}
    unknown = []
    for spec in rules_of(tx, group, permissions, egress=egress):
        found = existing.pop(key(spec), None)
        if found is not None:
            gone.append(found)
        elif VPC.get(tx, group.spec["VpcId"]).spec["IsDefault"]:
            unknown.append(spec)
        else:
            raise NotFound("The specified rule does not exist in this security group.")
    for rule in gone:
        RULE.kind.remove(tx, rule)
    answered = {
        "Return": not unknown or bool(gone),
        "RevokedSecurityGroupRules": [revoked(rule) for rule in gone],
    }
    return answered | ({"UnknownIpPermissions": together(unknown)} if unknown else {})


def update_descriptions(tx: Tx, req: Mapping[str, Any], *, egress: bool) -> None:
    """Set or take away the descriptions of rules, which are named as `revoke`'s are."""
    group = given_group(tx, req)
    updates: list[tuple[Resource, str | None]] = [
        (rule_of(tx, group, each.get("SecurityGroupRuleId", "")), each.get("Description"))
        for each in req.get("SecurityGroupRuleDescriptions", [])
    ]
    existing = {key(each.spec): each for each in vpcs.rules_of(tx, group.name)}
    for spec in rules_of(tx, group, req.get("IpPermissions", []), egress=egress):
        if (found := existing.get(key(spec))) is None:
            raise NotFound("The specified rule does not exist in this security group.")
        updates.append((found, spec.get("Description")))
    if not updates:
        raise MissingParameter("The request must contain the parameter ipPermissions")
    for rule, text in updates:
        spec = {name: value for name, value in rule.spec.items() if name != "Description"}
        if text:
            spec["Description"] = description(text)
        RULE.kind.change(tx, rule, spec=spec)


def rule_of(tx: Tx, group: Resource, given: str) -> Resource:
    """A rule of a group, by id."""
    rule = RULE.get(tx, given)
    if rule.spec["GroupId"] != group.name:
        raise RULE.missing(given)
    return rule


def source(tx: Tx, group: Resource, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The one source of a rule that is to be."""
    members = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")
    given = [member for member in members if member in wanted]
    if len(given) != 1:
        raise InvalidParameterCombination(
            "Exactly one of cidrIpv4, cidrIpv6, prefixListId and referencedGroupId must be given."
        )
    (member,) = given
    if member == "PrefixListId":
        raise no_prefix_list(wanted[member])
    if member == "ReferencedGroupId":
        pair = {"GroupId": wanted[member]}
        return {"ReferencedGroupInfo": referenced(tx, group, pair)}
    return {member: canonical(wanted[member], member)}


def check_new(new: Iterable[Mapping[str, Any]], existing: Iterable[Resource]) -> None:
    """Refuse rules that are there already, or twice."""
    known = {key(each.spec) for each in existing}
    for spec in new:
        if key(spec) in known:
            raise Duplicate(f'the specified rule "{words(spec)}" already exists')
        known.add(key(spec))


def words(rule: Mapping[str, Any]) -> str:
    """A rule as AWS writes it in an error."""
    group = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or group
    if rule["IpProtocol"] == "-1":
        return f"peer: {peer}, ALL, ALLOW"
    return (
        f"peer: {peer}, {rule['IpProtocol'].upper()}, from port: {rule['FromPort']},"
        f" to port: {rule['ToPort']}, ALLOW"
    )


def document(tx: Tx, rule: Resource) -> t.SecurityGroupRule:
    shown_rule: Any = {
        **rule.spec,
        "GroupOwnerId": tx.call.account,
        "SecurityGroupRuleArn": rule.arn,
        "SecurityGroupRuleId": rule.name,
        "Tags": shown(rule.tags),
    }
    document: t.SecurityGroupRule = shown_rule
    return document


def revoked(rule: Resource) -> dict[str, Any]:
    group = rule.spec.get("ReferencedGroupInfo", {}).get("GroupId")
    shown_rule = {**rule.spec, "SecurityGroupRuleId": rule.name}
    return shown_rule | ({"ReferencedGroupId": group} if group else {})
