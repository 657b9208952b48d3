"""Who may use an authority: permissions of ACM, resource policies; and tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.certificates.private import ACM, AUTHORITIES, errors
from forecourt.platform.identity import grammar

from .authorities import checked_tags, living

if TYPE_CHECKING:
    from forecourt.aws.types import acm_pca as t
    from forecourt.store.tx import Tx

ops = Operations("acm-pca")
PAGE = 1000


@ops.write
def create_permission(tx: Tx, req: t.CreatePermissionRequest) -> None:
    """Let ACM issue from an authority, so that it can renew."""
    found = living(tx, req["CertificateAuthorityArn"])
    principal, account = req["Principal"], req.get("SourceAccount", tx.call.account)
    if principal != ACM:
        raise errors.RequestFailedException(f"Permissions are for {ACM} alone.")
    known = found.status["Permissions"]
    if any((e["Principal"], e["SourceAccount"]) == (principal, account) for e in known):
        raise errors.PermissionAlreadyExistsException(
            f"{principal} has permissions on {found.arn} already."
        )
    new = {
        "CertificateAuthorityArn": found.arn,
        "CreatedAt": tx.now.timestamp(),
        "Principal": principal,
        "SourceAccount": account,
        "Actions": req["Actions"],
    }
    AUTHORITIES.change(tx, found, status={**found.status, "Permissions": [*known, new]})


@ops.write
def delete_permission(tx: Tx, req: t.DeletePermissionRequest) -> None:
    found = living(tx, req["CertificateAuthorityArn"])
    gone = req["Principal"], req.get("SourceAccount", tx.call.account)
    known = found.status["Permissions"]
    left = [e for e in known if (e["Principal"], e["SourceAccount"]) != gone]
    if len(left) == len(known):
        raise errors.ResourceNotFoundException(f"{gone[0]} has no permissions on {found.arn}.")
    AUTHORITIES.change(tx, found, status={**found.status, "Permissions": left})


@ops.read
def list_permissions(tx: Tx, req: t.ListPermissionsRequest) -> t.ListPermissionsResponse:
    found = living(tx, req["CertificateAuthorityArn"]).status["Permissions"]
    shown, token = page(found, req)
    answer: t.ListPermissionsResponse = {"Permissions": shown}
    if token:
        answer["NextToken"] = token
    return answer


@ops.write
def put_policy(tx: Tx, req: t.PutPolicyRequest) -> None:
    found = living(tx, req["ResourceArn"])
    check_policy(req["Policy"], found.arn)
    AUTHORITIES.change(tx, found, status={**found.status, "Policy": req["Policy"]})


def check_policy(text: str, arn: str) -> None:
    """Only what has an effect here is taken: more that principals of the authority's account may do with
    it.  InvalidPolicyException.
    """
    if (problem := grammar.problem(text, kind="resource")) is not None:
        raise errors.InvalidPolicyException(problem)
    for each in json.loads(text)["Statement"]:
        if each["Effect"] != "Allow" or each.get("Resource") != arn:
            raise errors.InvalidPolicyException(f"The statements must allow something on {arn}.")
        principals = each.get("Principal")
        named = principals.get("AWS", []) if isinstance(principals, dict) else []
        owners = [named] if isinstance(named, str) else named
        account = arn.split(":")[4]
        if not owners or any(account not in owner.split(":") for owner in owners):
            raise errors.InvalidPolicyException(
                "Sharing an authority with other accounts is not implemented."
            )


@ops.read
def get_policy(tx: Tx, req: t.GetPolicyRequest) -> t.GetPolicyResponse:
    found = living(tx, req["ResourceArn"])
    if "Policy" not in found.status:
        raise errors.ResourceNotFoundException(f"{found.arn} has no policy.")
    return {"Policy": found.status["Policy"]}


@ops.write
def delete_policy(tx: Tx, req: t.DeletePolicyRequest) -> None:
    found = living(tx, req["ResourceArn"])
    left = {name: value for name, value in found.status.items() if name != "Policy"}
    AUTHORITIES.change(tx, found, status=left)


@ops.write
def tag_certificate_authority(tx: Tx, req: t.TagCertificateAuthorityRequest) -> None:
    found = living(tx, req["CertificateAuthorityArn"])
    AUTHORITIES.change(tx, found, tags=checked_tags(found.tags, req["Tags"]))


@ops.write
def untag_certificate_authority(tx: Tx, req: t.UntagCertificateAuthorityRequest) -> None:
    """A tag that is given with a value goes only if it has that value."""
    found = living(tx, req["CertificateAuthorityArn"])
    gone = {
        tag["Key"]
        for tag in req["Tags"]
        if "Value" not in tag or found.tags.get(tag["Key"]) == tag["Value"]
    }
    AUTHORITIES.change(tx, found, tags={k: v for k, v in found.tags.items() if k not in gone})


@ops.read
def list_tags(tx: Tx, req: t.ListTagsRequest) -> t.ListTagsResponse:
    tags = living(tx, req["CertificateAuthorityArn"]).tags
    shown, token = page([{"Key": k, "Value": v} for k, v in sorted(tags.items())], req)
    answer: t.ListTagsResponse = {"Tags": shown}
    if token:
        answer["NextToken"] = token
    return answer


def page(found: list[Any], req: Any) -> tuple[list[Any], str]:
    """A page, and the token of the next.  InvalidNextTokenException."""
    token = req.get("NextToken", "0")
    if not token.isdecimal():
        raise errors.InvalidNextTokenException("The token is not valid.")
    start, size = int(token), req.get("MaxResults", PAGE)
    following = str(start + size) if start + size < len(found) else ""
    return found[start : start + size], following
