"""Managed policies, the account's and AWS's, and their versions.

AWS's come with the program (platform/identity/managed.py): every account sees them, none changes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.identity import managed, principals
from forecourt.platform.identity.grammar import problem

from .entities import count, errors, given_tags, moment, tag_list, within
from .paging import ValidationError, page

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.platform.identity.managed import ManagedPolicy
    from forecourt.store.tx import Row, Tx

ops = Operations("iam")
AccessDenied = common("AccessDenied", 403)
ARN = re.compile(r"arn:aws:iam::(\d{12}|aws):policy/\S+\Z", re.ASCII)
COLUMNS = "id, arn, name, path, created, updated, description, tags, current, newest"
MISSING = "Policy ARN was not found."
USES = {  # of a managed policy: by what PolicyUsageFilter calls them
    "PermissionsPolicy": "SELECT arn, count(*) FROM iam_attachment WHERE account = :account"
    " GROUP BY arn",
    "PermissionsBoundary": "SELECT boundary, count(*) FROM (SELECT boundary FROM iam_user"
    " WHERE account = :account AND boundary IS NOT NULL UNION ALL SELECT boundary FROM iam_role"
    " WHERE account = :account AND boundary IS NOT NULL) AS bounded GROUP BY boundary",
}
Uses = Mapping[str, Mapping[str, int]]  # usage -> ARN -> how often


@dataclass(frozen=True, slots=True)
class Managed:
    """One managed policy."""

    id: str
    arn: str
    name: str
    path: str
    created: float
    updated: float
    description: str | None
    tags: Mapping[str, str]
    current: int  # the number of the default version
    newest: int
    shipped: ManagedPolicy | None = None  # AWS's

    @classmethod
    def of(cls, row: Row) -> Managed:
        policy_id, arn, name, path, created, updated, description, tags, current, newest = row
        return cls(
            policy_id,
            arn,
            name,
            path,
            created,
            updated,
            description,
            json.loads(tags),
            current,
            newest,
        )

    @classmethod
    def of_aws(cls, shipped: ManagedPolicy) -> Managed:
        created, updated = map(seconds, (shipped.created, shipped.updated))
        number = int(shipped.version.removeprefix("v"))
        return cls(
            shipped.id,
            shipped.arn,
            shipped.name,
            shipped.path,
            created,
            updated,
            None,
            {},
            number,
            number,
            shipped,
        )

    @property
    def key(self) -> str:
        """Its place in lists: AWS's policies and the account's may have the same names."""
        return f"{self.name.lower()} {'' if self.shipped else self.id}"

    def document(self, uses: Uses) -> Any:
        """What lists show of it."""
        return {
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn,
            "Path": self.path,
            "DefaultVersionId": f"v{self.current}",
            "AttachmentCount": uses["PermissionsPolicy"].get(self.arn, 0),
            "PermissionsBoundaryUsageCount": uses["PermissionsBoundary"].get(self.arn, 0),
            "IsAttachable": True,
            "CreateDate": moment(self.created),
            "UpdateDate": moment(self.updated),
        }


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    document: str
    created: float

    def shown(self, policy: Managed) -> Any:
        return {
            "VersionId": f"v{self.number}",
            "IsDefaultVersion": self.number == policy.current,
            "CreateDate": moment(self.created),
        }


@ops.write
def create_policy(tx: Tx, req: t.CreatePolicyRequest) -> t.CreatePolicyResponse:
    given = given_tags(None, req.get("Tags", []))
    check_document(tx, req["PolicyDocument"])
    name, path = req["PolicyName"], req.get("Path", "/")
    if tx.one(
        "SELECT 1 FROM iam_policy WHERE account = :account AND folded = :folded",
        account=tx.call.account,
        folded=name.lower(),
    ):
        raise errors.EntityAlreadyExistsException(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    within(tx, "PoliciesPerAccount", count(tx, "iam_policy") + 1)
    policy_id = principals.new_id(principals.POLICY)
    arn = principals.arn_of("policy", tx.call.account, path, name)
    tx.run(
        "INSERT INTO iam_policy (id, account, arn, name, folded, path, created, updated,"
        " description, tags, current, newest) VALUES (:id, :account, :arn, :name, :folded, :path,"
        " :created, :created, :description, :tags, 1, 1)",
        id=policy_id,
        account=tx.call.account,
        arn=arn,
        name=name,
        folded=name.lower(),
        path=path,
        created=tx.now.timestamp(),
        description=req.get("Description"),
        tags=json.dumps(given),
    )
    add_version(tx, policy_id, 1, req["PolicyDocument"])
    principals.touch(tx)
    shown = get(tx, arn).document(uses_of(tx))
    return {"Policy": {**shown, **({"Tags": tag_list(given)} if given else {})}}


@ops.read
def get_policy(tx: Tx, req: t.GetPolicyRequest) -> t.GetPolicyResponse:
    found = get(tx, req["PolicyArn"])
    shown: Any = {**found.document(uses_of(tx)), "Tags": tag_list(found.tags)}
    if found.description is not None:
        shown["Description"] = found.description
    return {"Policy": shown}


@ops.write
def delete_policy(tx: Tx, req: t.DeletePolicyRequest) -> None:
    """Delete a policy that nothing uses, with its last version."""
    found = get_own(tx, req["PolicyArn"])
    uses = uses_of(tx)
    if any(counts.get(found.arn) for counts in uses.values()):
        raise errors.DeleteConflictException("Cannot delete a policy attached to entities.")
    if len(versions_of(tx, found)) > 1:
        raise errors.DeleteConflictException(
            "This policy has more than one version. Before you delete a policy, you must delete the"
            " policy's versions. The default version is deleted with the policy."
        )
    tx.run("DELETE FROM iam_policy_version WHERE policy_id = :id", id=found.id)
    tx.run("DELETE FROM iam_policy WHERE id = :id", id=found.id)
    principals.touch(tx)


@ops.read
def list_policies(tx: Tx, req: t.ListPoliciesRequest) -> t.ListPoliciesResponse:
    """The account's policies and AWS's, by name."""
    scope, prefix = req.get("Scope", "All"), req.get("PathPrefix", "/")
    uses = uses_of(tx)
    usage = req.get("PolicyUsageFilter")
    wanted = [uses[usage]] if usage is not None else list(uses.values())
    found = [
        each
        for each in everything(tx, own=scope != "AWS", aws=scope != "Local")
        if each.path.startswith(prefix)
        and (not req.get("OnlyAttached") or any(each.arn in counts for counts in wanted))
    ]
    shown, ending = page(req, found, lambda policy: policy.key)
    return {"Policies": [policy.document(uses) for policy in shown], **ending}


@ops.write
def create_policy_version(
    tx: Tx, req: t.CreatePolicyVersionRequest
) -> t.CreatePolicyVersionResponse:
    found = get_own(tx, req["PolicyArn"])
    check_document(tx, req["PolicyDocument"])
    most = quotas.limit(tx, "VersionsPerPolicy")
    if len(versions_of(tx, found)) >= most:
        raise errors.LimitExceededException(
            f"A managed policy can have up to {most} versions. Before you create a new version, you"
            " must delete an existing version."
        )
    number = found.newest + 1
    add_version(tx, found.id, number, req["PolicyDocument"])
    current = number if req.get("SetAsDefault") else found.current
    set_versions(tx, found, current, number)
    changed = get(tx, found.arn)
    return {"PolicyVersion": get_version(tx, changed, f"v{number}").shown(changed)}


@ops.read
def get_policy_version(tx: Tx, req: t.GetPolicyVersionRequest) -> t.GetPolicyVersionResponse:
    found, version = version_in(tx, req["PolicyArn"], req["VersionId"])
    shown: Any = {**version.shown(found), "Document": quoted(version.document)}
    return {"PolicyVersion": shown}


@ops.read
def list_policy_versions(tx: Tx, req: t.ListPolicyVersionsRequest) -> t.ListPolicyVersionsResponse:
    """The newest first."""
    found = get(tx, req["PolicyArn"])
    versions, ending = page(req, versions_of(tx, found), lambda v: f"{999_999 - v.number:06}")
    return {"Versions": [version.shown(found) for version in versions], **ending}


@ops.write
def delete_policy_version(tx: Tx, req: t.DeletePolicyVersionRequest) -> None:
    refuse_aws(tx, req["PolicyArn"])
    found, version = version_in(tx, req["PolicyArn"], req["VersionId"])
    if version.number == found.current:
        raise errors.DeleteConflictException("Cannot delete the default version of a policy.")
    tx.run(
        "DELETE FROM iam_policy_version WHERE policy_id = :id AND number = :number",
        id=found.id,
        number=version.number,
    )


@ops.write
def set_default_policy_version(tx: Tx, req: t.SetDefaultPolicyVersionRequest) -> None:
    refuse_aws(tx, req["PolicyArn"])
    found, version = version_in(tx, req["PolicyArn"], req["VersionId"])
    set_versions(tx, found, version.number, found.newest)


def check_document(tx: Tx, document: str) -> None:
    """Whether AWS takes a managed policy.  MalformedPolicyDocument, LimitExceeded."""
    refuse_malformed(problem(document, kind="identity"))
    within(tx, "PolicySize", size(document))


def refuse_malformed(complaint: str | None) -> None:
    if complaint is not None:
        raise errors.MalformedPolicyDocumentException(complaint)


def size(document: str) -> int:
    """Characters, of which white space does not count."""
    return sum(not character.isspace() for character in document)


def quoted(document: str) -> str:
    """A document as IAM answers it: URL-encoded (RFC 3986 §2.1)."""
    return quote(document, safe="")


def find(tx: Tx, arn: str) -> Managed | None:
    """A managed policy that the caller's account can see."""
    if (shipped := managed.find(arn)) is not None:
        return Managed.of_aws(shipped)
    row = tx.one(
        f"SELECT {COLUMNS} FROM iam_policy WHERE account = :account AND arn = :arn",
        account=tx.call.account,
        arn=arn,
    )
    return Managed.of(row) if row else None


def get(tx: Tx, arn: str) -> Managed:
    check_arn(arn)
    if (found := find(tx, arn)) is None:
        raise errors.NoSuchEntityException(MISSING)
    return found


def get_own(tx: Tx, arn: str) -> Managed:
    """A policy that is the account's to change.  AccessDenied for AWS's."""
    refuse_aws(tx, arn)
    return get(tx, arn)


def check_arn(arn: str) -> None:
    if not ARN.match(arn):
        raise ValidationError(f"ARN {arn} is not valid.")


def refuse_aws(tx: Tx, arn: str) -> None:
    """Nobody's account is the one that AWS's policies belong to."""
    if managed.find(arn) is not None:
        raise AccessDenied(
            f"User: {tx.call.principal} is not authorized to perform: iam:{tx.call.operation}"
            f" on resource: policy {arn}"
        )


def everything(tx: Tx, *, own: bool = True, aws: bool = True) -> list[Managed]:
    """All managed policies an account can see, in the order of lists."""
    rows = tx.all(
        f"SELECT {COLUMNS} FROM iam_policy WHERE account = :account", account=tx.call.account
    )
    found = [Managed.of(row) for row in rows] if own else []
    found += [Managed.of_aws(each) for each in managed.policies().values()] if aws else []
    return sorted(found, key=lambda policy: policy.key)


def uses_of(tx: Tx) -> Uses:
    return {usage: dict(tx.all(sql, account=tx.call.account)) for usage, sql in USES.items()}


def versions_of(tx: Tx, policy: Managed) -> list[Version]:
    """The newest first."""
    if policy.shipped is not None:
        return [Version(policy.current, policy.shipped.document, policy.updated)]
    rows = tx.all(
        "SELECT number, document, created FROM iam_policy_version WHERE policy_id = :id"
        " ORDER BY number DESC",
        id=policy.id,
    )
    return [Version(*row) for row in rows]


def version_in(tx: Tx, arn: str, version_id: str) -> tuple[Managed, Version]:
    check_arn(arn)
    if (found := find(tx, arn)) is None:
        raise missing_version(version_id)
    return found, get_version(tx, found, version_id)


def get_version(tx: Tx, policy: Managed, version_id: str) -> Version:
    for version in versions_of(tx, policy):
        if f"v{version.number}" == version_id:
            return version
    raise missing_version(version_id)


def missing_version(version_id: str) -> Exception:
    return errors.NoSuchEntityException(
        f"Policy ARN version {version_id} does not exist or is not attachable."
    )


def add_version(tx: Tx, policy_id: str, number: int, document: str) -> None:
    tx.run(
        "INSERT INTO iam_policy_version (policy_id, number, document, created)"
        " VALUES (:id, :number, :document, :created)",
        id=policy_id,
        number=number,
        document=document,
        created=tx.now.timestamp(),
    )


def set_versions(tx: Tx, policy: Managed, current: int, newest: int) -> None:
    tx.run(
        "UPDATE iam_policy SET current = :current, newest = :newest, updated = :updated"
        " WHERE id = :id",
        current=current,
        newest=newest,
        updated=tx.now.timestamp(),
        id=policy.id,
    )
    principals.touch(tx)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
